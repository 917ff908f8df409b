"""Doubt about a set of labels as entropy and as confidence: golden answers, naive references, extremes."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from text_al.strategies import strategy
from text_al.types import Candidates

GOLDEN = Path(__file__).parents[1].parent / "shared" / "reference" / "golden_multilabel.json"
NAMES = ["multilabel_entropy", "multilabel_least_confidence"]
HIGHEST = {"multilabel_entropy": 1, "multilabel_least_confidence": np.log(2)}


def scores(name, probs):
    """The logits are nonsense: these strategies must go by the probabilities."""
    probs = np.asarray(probs)
    candidates = Candidates(np.arange(len(probs)), np.ones(probs.shape), probs, np.full(probs.shape[1], 0.5))
    return strategy(name).scores(candidates)


def entropies(probs):
    """In float64, of numbers strictly between 0 and 1."""
    p = probs.astype(np.float64)
    return -(p * np.log2(p) + (1 - p) * np.log1p(-p) / np.log(2)).sum(axis=1)


def confidences(probs):
    p = probs.astype(np.float64)
    return -np.log1p(-np.minimum(p, 1 - p)).sum(axis=1)


NAIVE = {"multilabel_entropy": entropies, "multilabel_least_confidence": confidences}


@pytest.fixture
def golden():
    if not GOLDEN.exists():
        pytest.skip("the golden values are not beside the repository")
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_the_entropies_agree_with_the_golden_ones(golden):
    found = scores("multilabel_entropy", golden["P"])
    assert found == pytest.approx(golden["entropy_sum_bits"], abs=1e-6)
    assert found / 4 == pytest.approx(golden["entropy_mean_bits"], abs=1e-6)


def test_the_confidence_agrees_with_the_golden_product(golden):
    found = scores("multilabel_least_confidence", golden["P"])
    assert np.exp(-found) == pytest.approx(golden["least_conf_product"], abs=1e-6)


def test_entropies_have_these_known_answers_in_bits():
    assert scores("multilabel_entropy", [[0.5, 0.5], [0.25, 1.0], [0.0, 0.75]]) == pytest.approx(
        [2, 0.811278, 0.811278], abs=1e-6
    )


def test_the_confidence_of_a_set_is_the_product_over_its_labels():
    found = scores("multilabel_least_confidence", [[0.9, 0.2], [0.1, 0.5], [1.0, 0.0]])
    assert np.exp(-found) == pytest.approx([0.72, 0.45, 1])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_labels", [1, 2, 28, 1000])
@pytest.mark.parametrize("spread", [0.1, 4, 12])
def test_scores_of_float32_are_exact_to_a_millionth(name, n_labels, spread):
    logits = np.random.default_rng(n_labels).normal(size=(60, n_labels)) * spread
    probs = (1 / (1 + np.exp(-logits))).astype(np.float32).clip(1e-30, 1 - 2**-24)
    assert scores(name, probs) == pytest.approx(NAIVE[name](probs), rel=1e-6)
    assert scores(name, probs.astype(np.float64)) == pytest.approx(NAIVE[name](probs), rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("p", [1e-30, 1e-12, 3e-8, 1e-5, 1 - 2**-24])
def test_scores_of_sure_texts_are_as_exact_as_others(name, p):
    probs = np.full((2, 28), p, dtype=np.float32)
    assert scores(name, probs) == pytest.approx(NAIVE[name](probs), rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_many_sure_labels_do_not_make_all_texts_alike(name):
    less, more = scores(name, np.repeat([[0.4], [0.3]], 1000, axis=1))
    assert less > more


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_of_exactly_0_and_1_add_nothing(name, dtype):
    found = scores(name, np.array([[0, 1, 0.5], [0, 0, 0], [1, 1, 1]], dtype=dtype))
    assert found == pytest.approx([HIGHEST[name], 0, 0])


@pytest.mark.parametrize("name", NAMES)
@given(probs=arrays(np.float32, (4, 3), elements=st.floats(0, 1, width=32)))
def test_scores_are_finite_and_in_range(name, probs):
    found = scores(name, probs)
    assert ((found >= 0) & (found <= 3 * HIGHEST[name] * (1 + 1e-6))).all()


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_is_worked_on_in_single(name):
    probs = np.random.default_rng(0).uniform(size=(30, 5)).astype(np.float16)
    assert scores(name, probs) == pytest.approx(scores(name, probs.astype(np.float32)), rel=1e-7)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_labels", [1, 3, 28, 257])
def test_texts_that_are_alike_score_alike_to_the_last_bit(name, n_labels):
    row = np.random.default_rng(0).uniform(size=n_labels).astype(np.float32)
    for m in (1, 2, 3, 6, 130, 3000):
        assert len(np.unique(scores(name, np.tile(row, (m, 1))))) == 1
