"""Distances from the boundary between yes and no, plain and weighted, and from tuned thresholds."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from text_al.errors import StrategyError
from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.selection import selection
from text_al.types import Candidates, Labelled

GOLDEN = Path(__file__).parents[1].parent / "shared" / "reference" / "golden_multilabel.json"
BY_PROBS = ["multilabel_margin", "weighted_margin", "threshold_margin"]
NAMES = [*BY_PROBS, "binary_minimum"]


def of_probs(probs, targets=None, thresholds=None, dtype=np.float64):
    probs = np.asarray(probs, dtype=dtype)
    m, n_labels = probs.shape
    exact = probs.astype(np.float64).clip(1e-60, 1 - 1e-16)
    targets = np.empty((0, n_labels)) if targets is None else np.asarray(targets)
    return Candidates(
        np.arange(m),
        np.log(exact) - np.log1p(-exact),
        probs,
        np.full(n_labels, 0.5) if thresholds is None else np.asarray(thresholds),
        labelled=Labelled(np.arange(len(targets)), targets.astype(np.int8)),
    )


def of_logits(logits):
    logits = np.asarray(logits, dtype=np.float32)
    return replace(of_probs(0.5 * (1 + np.tanh(logits / 2)), dtype=np.float32), logits=logits)


def uniform(m, n_labels, seed=0):
    return np.random.default_rng(seed).uniform(size=(m, n_labels)).astype(np.float32)


def weights_by_hand(targets):
    positives = np.array([sum(1 for row in targets if row[label] == 1) for label in range(len(targets[0]))])
    raw = 1 / np.sqrt(positives + 1)
    return raw * len(raw) / raw.sum()


def logit(p):
    return np.log(p / (1 - p))


def test_the_binary_minimum_agrees_with_the_golden_margins():
    if not GOLDEN.exists():
        pytest.skip("the golden values are not beside the repository")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    scores = strategy("binary_minimum").scores(of_probs(golden["P"]))
    assert 1 / (1 + np.exp(scores)) - 0.5 == pytest.approx(golden["binmin_margin"], abs=1e-6)


def test_the_binary_minimum_is_minus_the_smallest_logit_whatever_its_sign():
    scores = strategy("binary_minimum").scores(of_logits([[3, -0.5, 200], [-2, 4, 5], [200, -200, 200]]))
    assert scores == pytest.approx([-0.5, -2, -200])


def test_the_binary_minimum_takes_one_open_label_over_several_that_are_nearly_open():
    candidates = of_logits([[0.1, 9, 9], [0.2, 0.2, 0.2]])
    first = {
        name: np.argmax(strategy(name).scores(candidates)) for name in ("binary_minimum", "multilabel_margin")
    }
    assert first == {"binary_minimum": 0, "multilabel_margin": 1}


@pytest.mark.parametrize("n_labels", [1, 2, 28, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_multilabel_margin_is_exact_to_a_millionth(n_labels, dtype):
    probs = uniform(70, n_labels).astype(dtype)
    expected = -np.abs(probs.astype(np.float64) - 0.5).sum(axis=1)
    assert strategy("multilabel_margin").scores(of_probs(probs, dtype=dtype)) == pytest.approx(
        expected, rel=1e-6
    )


def test_the_error_of_a_sum_does_not_grow_with_the_number_of_labels():
    probs = uniform(8, 20_000)
    expected = -np.abs(probs.astype(np.float64) - 0.5).sum(axis=1)
    assert strategy("multilabel_margin").scores(of_probs(probs, dtype=np.float32)) == pytest.approx(
        expected, rel=8e-8
    )


@pytest.mark.parametrize("n_labels", [1, 2, 28, 1000])
def test_weighted_margin_equals_its_definition(n_labels):
    probs = uniform(50, n_labels)
    targets = np.random.default_rng(1).integers(-1, 2, size=(20, n_labels))
    expected = (weights_by_hand(targets) * (1 - np.abs(2 * probs.astype(np.float64) - 1))).sum(axis=1)
    scores = strategy("weighted_margin").scores(of_probs(probs, targets, dtype=np.float32))
    assert scores == pytest.approx(expected, rel=1e-6)


def test_weighted_margin_has_this_known_answer():
    targets = [[1, 0], [1, 0], [1, 0]]  # raw weights 1/2 and 1, scaled to 2/3 and 4/3
    scores = strategy("weighted_margin").scores(of_probs([[0.5, 0.0], [0.0, 0.5], [0.75, 0.9]], targets))
    assert scores == pytest.approx([2 / 3, 4 / 3, 2 / 3 * 0.5 + 4 / 3 * 0.2])


@pytest.mark.parametrize("name", ["weighted_margin", "threshold_margin"])
def test_a_rare_label_weighs_more_and_unknown_targets_count_for_nothing(name):
    common, rare = strategy(name).scores(
        of_probs([[0.5, 0.01], [0.01, 0.5]], [[1, -1], [1, -1], [0, -1], [-1, 0]])
    )
    assert rare > common
    unknown, none = ([[1, fill], [1, fill]] for fill in (-1, 0))
    first, second = (strategy(name).scores(of_probs(uniform(9, 2), known)) for known in (unknown, none))
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize("name", ["weighted_margin", "threshold_margin"])
def test_weights_can_be_left_out_and_are_alike_where_nothing_is_labelled(name):
    probs, targets = uniform(30, 3), [[1, 0, 0]] * 8
    weighed = strategy(name).scores(of_probs(probs, targets))
    alike = strategy(name, label_weights="none").scores(of_probs(probs, targets))
    assert np.abs(weighed - alike).max() > 0.1
    assert strategy(name).scores(of_probs(probs)) == pytest.approx(alike)
    with pytest.raises(SettingsError, match="label_weights"):
        strategy(name, label_weights="rare")


def test_without_weights_weighted_margin_is_multilabel_margin_counted_from_the_sure_end():
    candidates = of_probs(uniform(40, 5), [[1, 0, 0, 0, 0]])
    plain, alike = strategy("multilabel_margin"), strategy("weighted_margin", label_weights="none")
    assert alike.scores(candidates) == pytest.approx(5 + 2 * plain.scores(candidates), abs=1e-6)


def test_weighted_margin_keeps_its_precision_where_the_model_is_sure():
    probs = np.array([[1e-9, 1e-12], [1e-20, 1e-30], [0, 1]], dtype=np.float32)
    scores = strategy("weighted_margin").scores(of_probs(probs, dtype=np.float32))
    assert scores == pytest.approx([2.002e-9, 2e-20, 0], rel=1e-6)


def test_the_power_rule_draws_from_weighted_margins_among_sure_texts_too():
    sure = strategy("weighted_margin").with_selection(selection("power", beta=4.0))
    candidates = of_probs(np.full((6, 2), 1e-9), [[1, 0]])
    drawn = {
        row
        for seed in range(60)
        for row in sure.choose(candidates, 2, np.random.default_rng(seed)).rows.tolist()
    }
    assert drawn == set(range(6))


@pytest.mark.parametrize("n_labels", [1, 2, 28, 1000])
def test_threshold_margin_equals_its_definition(n_labels):
    rng = np.random.default_rng(n_labels)
    probs = uniform(50, n_labels).clip(1e-6, 1 - 1e-6)
    thresholds = rng.uniform(0.01, 0.9, size=n_labels)
    targets = rng.integers(-1, 2, size=(20, n_labels))
    apart = np.abs(logit(probs.astype(np.float64)) - logit(thresholds))
    expected = (weights_by_hand(targets) * np.exp(-apart)).sum(axis=1)
    scores = strategy("threshold_margin").scores(of_probs(probs, targets, thresholds, np.float32))
    assert scores == pytest.approx(expected, rel=1e-6)


def test_threshold_margin_has_these_known_answers():
    candidates = of_probs([[0.2, 0.5], [0.5, 0.8], [0.0, 1.0]], thresholds=[0.2, 0.5])
    assert strategy("threshold_margin").scores(candidates) == pytest.approx([2, 0.25 + 0.25, 0])


def test_a_label_is_at_stake_near_its_threshold_and_not_near_a_half():
    scores = strategy("threshold_margin").scores(of_probs([[0.1], [0.5]], thresholds=[0.1]))
    assert scores[0] == pytest.approx(1)
    assert scores[1] == pytest.approx(1 / 9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_thresholds_of_0_and_1_leave_their_labels_out_and_all_scores_finite(dtype):
    probs = [[0.0, 0.0, 0.3], [1.0, 1.0, 0.3], [0.6, 0.6, 0.3], [1e-30, 1e-30, 0.3]]
    scores = strategy("threshold_margin").scores(of_probs(probs, thresholds=[0, 1, 0.3], dtype=dtype))
    assert scores == pytest.approx([1] * 4, abs=1e-6)


def test_a_threshold_is_clipped_at_a_logit_of_30():
    near, far = np.exp(-25.0), np.exp(-35.0)
    scores = strategy("threshold_margin").scores(of_probs([[near], [far]], thresholds=[0.0]))
    assert scores == pytest.approx([np.exp(-5)] * 2, rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_labels", [1, 2, 3, 5, 28, 257])
def test_texts_that_are_alike_score_alike_to_the_last_bit(name, n_labels):
    row = uniform(1, n_labels).clip(0.01, 0.99)
    for m in (1, 2, 3, 6, 9, 130, 3000):
        alike = of_probs(np.tile(row, (m, 1)), [[1, *[0] * (n_labels - 1)]] * 3, dtype=np.float32)
        assert len(np.unique(strategy(name).scores(alike))) == 1


@pytest.mark.parametrize("name", BY_PROBS)
def test_scores_do_not_depend_on_where_blocks_and_chunks_end(name):
    probs = uniform(5000, 28)  # more than two blocks
    candidates = of_probs(probs, [[1, *[0] * 27]] * 5, dtype=np.float32)
    whole = strategy(name).scores(candidates)
    assert strategy(name).scores(candidates, chunk=997).tolist() == whole.tolist()
    assert (
        strategy(name).scores(of_probs(probs[4321:4322], [[1, *[0] * 27]] * 5, dtype=np.float32))
        == whole[4321]
    )


@pytest.mark.parametrize("name", NAMES)
def test_arrays_that_are_not_contiguous_score_alike(name):
    candidates = of_probs(uniform(40, 6), [[1] + [0] * 5], dtype=np.float32)
    others = replace(
        candidates, probs=np.asfortranarray(candidates.probs), logits=np.asfortranarray(candidates.logits)
    )
    assert strategy(name).scores(others).tolist() == strategy(name).scores(candidates).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_is_worked_on_in_single(name):
    half = uniform(30, 5).astype(np.float16).clip(0.01, 0.99)
    found, expected = (
        strategy(name).scores(of_probs(half, [[1, 0, 0, 0, 0]], dtype=dtype))
        for dtype in (np.float16, np.float32)
    )
    assert found == pytest.approx(expected, rel=1e-6)


def broken(value, *places, shape=(150_000, 2), dtype=np.float32, part="logits"):
    numbers = np.full(shape, 0.25, dtype=dtype)
    for place in places:
        numbers[place] = value
    fine = np.full(shape, 0.5, dtype=dtype)
    parts = {"logits": fine, "probs": fine} | {part: numbers}
    return Candidates(np.arange(shape[0]) + 7, **parts, thresholds=np.full(shape[1], 0.5))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", ["logits", "probs"])
def test_the_first_row_that_is_not_finite_is_found_in_any_block(value, dtype, part):
    candidates = broken(value, (140_000, 1), (149_999, 0), dtype=dtype, part=part)
    for chunk in (150_000, 65_536):
        with pytest.raises(StrategyError, match="of row 140007 are not finite"):
            strategy("multilabel_entropy").scores(candidates, chunk=chunk)


def test_infinities_that_would_cancel_are_found():
    candidates = broken(np.inf, (3, 0), shape=(9, 2))
    candidates.logits[3, 1] = candidates.logits[8, 0] = -np.inf
    with pytest.raises(StrategyError, match="the logits of row 10 are not finite"):
        strategy("multilabel_entropy").scores(candidates)


@pytest.mark.parametrize(("dtype", "value"), [(np.float32, 3e38), (np.float64, 1e308), (np.float16, 6e4)])
def test_finite_logits_whose_squares_are_not_are_no_error(dtype, value):
    candidates = broken(value, slice(None), shape=(50, 2), dtype=dtype)
    candidates.logits[::2] *= -1
    assert len(strategy("multilabel_entropy").scores(candidates)) == 50


def test_after_large_finite_numbers_a_nan_further_down_is_still_found():
    candidates = broken(3e38, (0, 0))
    candidates.logits[100_000, 0] = np.nan
    with pytest.raises(StrategyError, match="row 100007 are not finite"):
        strategy("multilabel_entropy").scores(candidates)


def nearest_of_any_classifier(distances):
    """Binary minimisation as told in words: one classifier a label, each text at a distance from each.

    The smallest of all distances is sought, whatever classifier it is of, and a text at it is asked about.
    """
    of_labels = [[abs(distance) for distance in column] for column in zip(*distances, strict=True)]
    smallest = min(min(column) for column in of_labels)
    return {text for column in of_labels for text, distance in enumerate(column) if distance == smallest}


@pytest.mark.parametrize("decimals", [0, 1, 6])
@pytest.mark.parametrize("seed", range(10))
def test_the_binary_minimum_asks_what_an_independent_account_of_it_asks(seed, decimals):
    logits = np.random.default_rng(seed).normal(0, 3, size=(25, 4)).round(decimals).astype(np.float32)
    chooser, candidates = strategy("binary_minimum"), of_logits(logits)
    firsts = {int(chooser.choose(candidates, 1, np.random.default_rng(s)).rows[0]) for s in range(150)}
    possible = nearest_of_any_classifier(logits.tolist())
    assert firsts <= possible
    assert len(firsts) == len(possible) or len(possible) > 12
