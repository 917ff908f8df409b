"""Label cardinality inconsistency and the max-margin gap: golden answers, edges, and what is not known."""

import json
from pathlib import Path

import numpy as np
import pytest

from text_al.errors import StrategyError
from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_probs import cardinality, max_margin
from text_al.testing import check_strategy
from text_al.types import Candidates, Labelled

GOLDEN = Path(__file__).parents[1].parent / "shared" / "reference" / "golden_multilabel.json"
LCI, MMU = "label_cardinality_inconsistency", "max_margin_uncertainty"


def golden():
    if not GOLDEN.exists():
        pytest.skip("the golden values are not beside the repository")
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


def of_probs(probs, targets=(), thresholds=None):
    probs = np.asarray(probs, dtype=np.float64)
    n_labels = probs.shape[1]
    with np.errstate(divide="ignore"):
        logits = np.log(probs) - np.log1p(-probs)
    targets = np.array(targets, dtype=np.int8).reshape(-1, n_labels)
    return Candidates(
        np.arange(len(probs)),
        logits,
        probs,
        np.full(n_labels, 0.5) if thresholds is None else np.asarray(thresholds),
        labelled=Labelled(np.arange(len(targets)), targets),
    )


def of_logits(logits):
    logits = np.asarray(logits, dtype=np.float64)
    probs = 0.5 * (1 + np.tanh(logits / 2))
    return Candidates(np.arange(len(logits)), logits, probs, np.full(logits.shape[1], 0.5))


@pytest.mark.parametrize(
    ("name", "settings"),
    [(LCI, {}), (MMU, {}), (MMU, {"one_sided": "boundary"}), (MMU, {"one_sided": "last"})],
)
def test_they_keep_the_contract(name, settings):
    assert cardinality
    assert max_margin
    check_strategy(name, **settings)


def test_the_cardinality_inconsistency_agrees_with_the_golden_values():
    known = golden()
    scores = strategy(LCI).scores(of_probs(known["P"], known["Y_labeled"]))
    assert scores == pytest.approx(known["lci"], abs=1e-6)


def test_predicted_labels_are_counted_at_their_thresholds():
    candidates = of_probs([[0.3, 0.6, 0.9]], [[1, 0, 0]], thresholds=[0.3, 0.7, 0.2])
    assert strategy(LCI).scores(candidates).tolist() == [1]  # labels 0 and 2, against one on average


def test_the_cardinality_of_partly_known_targets_is_the_sum_of_the_labels_known_shares():
    targets = [[1, 0, -1], [0, -1, 1], [-1, 1, 1], [0, 0, 0]]
    probs = [[0.1, 0.1, 0.1], [0.9, 0.9, 0.9]]
    expected = 1 / 3 + 1 / 3 + 2 / 3
    assert strategy(LCI).scores(of_probs(probs, targets)) == pytest.approx([expected, 3 - expected])


def test_a_label_of_which_nothing_is_known_counts_on_neither_side():
    probs = [[0.9, 0.9, 0.9], [0.9, 0.1, 0.1]]
    with_new, without = (of_probs(np.array(probs)[:, :k], np.full((2, k), -1)) for k in (3, 2))
    assert strategy(LCI).scores(with_new).tolist() == strategy(LCI).scores(without).tolist() == [0, 0]
    new = of_probs(probs, [[1, 0, -1], [1, 1, -1]])
    old = of_probs(np.array(probs)[:, :2], [[1, 0], [1, 1]])
    assert strategy(LCI).scores(new).tolist() == strategy(LCI).scores(old).tolist() == [0.5, 0.5]


def test_with_nothing_labelled_no_text_is_inconsistent():
    assert strategy(LCI).scores(of_probs([[0.9, 0.2], [0.9, 0.9]])).tolist() == [0, 0]


def test_targets_are_asked_for_where_they_are_missing():
    with pytest.raises(StrategyError, match="the candidates come without labelled"):
        cardinality.label_cardinality_inconsistency(of_logits([[1.0]]))


def test_the_gaps_agree_with_the_golden_values_and_one_sided_texts_come_first():
    known = golden()
    scores = strategy(MMU).scores(of_probs(known["P"]))
    expected = [1e12 if gap is None else 1 / gap for gap in known["separation_margin_logit"]]
    assert scores == pytest.approx(expected, rel=1e-5)


def test_the_gap_is_between_the_lowest_positive_and_the_highest_other_logit():
    scores = strategy(MMU).scores(of_logits([[3.0, 1.0, -1.0, -7.0], [0.5, 0.0, -2.0, -2.0]]))
    assert scores == pytest.approx([1 / 2, 1 / 0.5])


ONE_SIDED = [[2.0, 5.0], [-0.5, -4.0], [0.0, 0.0], [1.0, -1.0]]


@pytest.mark.parametrize(
    ("where", "expected"),
    [("last", [0, 0, 0, 0.5]), ("boundary", [0.5, 2, 1e12, 0.5]), ("first", [1e12, 1e12, 1e12, 0.5])],
)
def test_one_sided_texts_stand_where_the_setting_says(where, expected):
    assert strategy(MMU, one_sided=where).scores(of_logits(ONE_SIDED)) == pytest.approx(expected)


def test_another_word_for_one_sided_texts_is_refused():
    with pytest.raises(SettingsError, match="one_sided"):
        strategy(MMU, one_sided="never")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_narrowest_gap_there_can_be_gives_a_finite_score(dtype):
    logits = np.array([[np.finfo(dtype).smallest_subnormal, -0.0], [200, -200]], dtype=dtype)
    scores = strategy(MMU).scores(of_logits(logits))
    assert scores == pytest.approx([1e12, 1 / 400])


def test_gaps_equal_their_definition():
    logits = np.random.default_rng(3).normal(size=(80, 4))
    expected = [
        1 / (row[row > 0].min() - row[row <= 0].max()) if 0 < (row > 0).sum() < 4 else 0 for row in logits
    ]
    assert strategy(MMU, one_sided="last").scores(of_logits(logits)) == pytest.approx(expected)
    assert 0 in expected
