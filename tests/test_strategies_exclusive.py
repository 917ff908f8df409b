"""Strategies for sets where exactly one label applies: a softmax over labels, naively and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from text_al.strategies import STRATEGIES, strategy
from text_al.types import Candidates

NAMES = ["margin", "ratio", "least_confidence", "entropy", "largest_margin"]
EVEN = {"margin": 0, "ratio": 1, "least_confidence": 1 - 1 / 4, "entropy": 2, "largest_margin": 0}
SURE = {"margin": -1, "ratio": 0, "least_confidence": 0, "entropy": 0, "largest_margin": -1}


def of_logits(logits):
    logits = np.asarray(logits)
    probs = 0.5 * (1 + np.tanh(logits / 2))
    return Candidates(np.arange(len(logits)), logits, probs, np.full(logits.shape[1], 0.5))


def scores(name, logits):
    return strategy(name).scores(of_logits(logits))


def softmax(row):
    powers = np.exp(row - np.max(row))
    return np.sort(powers / powers.sum())[::-1]


DEFINITIONS = {
    "margin": lambda p: p[1] - p[0],
    "ratio": lambda p: p[1] / p[0],
    "least_confidence": lambda p: 1 - p[0],
    "entropy": lambda p: -(p * np.log2(p)).sum(),
    "largest_margin": lambda p: p[-1] - p[0],
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_labels", [2, 3, 28, 300])
def test_scores_equal_their_definitions_text_by_text(name, n_labels):
    logits = np.random.default_rng(n_labels).normal(size=(40, n_labels)) * 3
    expected = [DEFINITIONS[name](softmax(row)) for row in logits]
    assert scores(name, logits) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("margin", [-0.2, 0, -0.97]),
        ("ratio", [0.6, 1, 1 / 98]),
        ("least_confidence", [0.5, 0.6, 0.02]),
        ("entropy", [1.485475, 1.521928, 0.161441]),
        ("largest_margin", [-0.3, -0.2, -0.97]),
    ],
)
def test_scores_have_these_known_answers(name, expected):
    logits = np.log([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.98, 0.01, 0.01]])
    assert scores(name, logits) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_one_label_scores_as_two_of_which_the_other_has_the_logit_0(name):
    logits = np.array([[0.0], [-3.0], [3.0], [150.0], [-0.2]])
    both = np.hstack([logits, np.zeros_like(logits)])
    assert scores(name, logits) == pytest.approx(scores(name, both), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ratio", 0.1 / 0.9), ("least_confidence", 0.1), ("entropy", 0.468996), ("largest_margin", -0.8)],
)
def test_one_label_compares_yes_with_no_by_the_sigmoid(name, expected):
    assert scores(name, [[np.log(9)], [-np.log(9)]]) == pytest.approx([expected] * 2, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_evenest_text_scores_highest_and_the_surest_lowest(name):
    found = scores(name, [[0.3] * 4, [200, -200, -200, -200], [-200, -200, -200, 200.0], [-200.0] * 4])
    assert found == pytest.approx([EVEN[name], SURE[name], SURE[name], EVEN[name]])


@pytest.mark.parametrize("name", ["ratio", "least_confidence", "entropy"])
def test_of_two_very_sure_texts_the_less_sure_one_still_comes_first(name):
    less, more = scores(name, np.array([[100, -50, -60], [100, -60, -70]], dtype=np.float32))
    assert less > more > 0


def test_the_ratio_looks_at_the_two_highest_logits_only():
    found = scores("ratio", [[200, 199, -200], [2, 1, 1], [0, -200, -1.0]])
    assert found == pytest.approx([np.exp(-1)] * 3, rel=1e-12)


def test_the_margin_looks_at_the_third_label_too():
    first, second = scores("margin", [[2, 1, -9], [2, 1, 1.0]])
    assert first < second


@pytest.mark.parametrize("name", NAMES)
@given(
    logits=arrays(np.float32, (3, 4), elements=st.floats(-200, 200, width=32)),
    rise=st.sampled_from([-64.0, 0.5, 8.0]),
)
def test_scores_are_finite_in_range_and_the_same_in_any_order_of_labels(name, logits, rise):
    found = scores(name, logits)
    low, high = sorted([SURE[name], EVEN[name]])
    assert ((found >= low - 1e-12) & (found <= high + 1e-12)).all()
    assert scores(name, logits[:, ::-1]) == pytest.approx(found, abs=1e-12)
    assert scores(name, logits.astype(np.float64) + rise) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_labels", [1, 3, 28])
def test_texts_that_are_alike_score_alike_to_the_last_bit(name, n_labels):
    row = np.random.default_rng(0).normal(size=n_labels).astype(np.float32)
    for m in (2, 7, 130, 9000):
        assert len(np.unique(scores(name, np.tile(row, (m, 1))))) == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_says_that_exactly_one_label_must_apply(name):
    assert "for sets where exactly one label applies" in STRATEGIES.entry(name).summary
