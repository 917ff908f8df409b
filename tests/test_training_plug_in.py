"""Plug-in thresholds: the highest expected F1, if the probabilities are right, and never an absurd rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from text_al.training.plug_in import MAX_RATIO, plug_in_thresholds

FREE = float("inf")


def expected_f1(probs, threshold):
    """Of one label's probabilities (m,): twice the expected hits, by predicted and expected positives."""
    predicted = probs >= threshold
    return 2 * probs[predicted].sum() / (predicted.sum() + probs.sum())


def threshold_of(probs, *, rate=None, max_ratio=FREE):
    rate = probs.mean() if rate is None else rate
    return plug_in_thresholds(probs[:, None], np.array([rate]), max_ratio=max_ratio)[0]


@given(arrays(float, st.integers(1, 30), elements=st.integers(1, 20).map(lambda n: n / 20)))
def test_no_other_threshold_is_expected_to_be_better(probs):
    best = max(expected_f1(probs, threshold) for threshold in probs)
    assert expected_f1(probs, threshold_of(probs)) == pytest.approx(best)


def test_worked_by_hand():
    # Expected F1 of the 1, 2, 3, 4 likeliest: 2 * (.9, 1.5, 1.6, 1.7) / (k + 1.7) = .667, .811, .681, .596.
    assert threshold_of(np.array([0.1, 0.9, 0.6, 0.1 - 1e-12])) == pytest.approx(0.35)


@pytest.mark.parametrize("shape", [(0.5, 5.0), (1.0, 20.0), (2.0, 2.0)])
def test_on_continuous_probabilities_the_threshold_is_half_the_highest_expected_f1(shape):
    probs = np.random.default_rng(0).beta(*shape, size=100_000)
    found = threshold_of(probs)
    assert found == pytest.approx(expected_f1(probs, found) / 2, abs=2e-3)


def test_drawn_labels_have_nearly_the_f1_of_the_best_threshold_in_hindsight():
    rng = np.random.default_rng(1)
    probs = rng.beta(0.5, 5, size=20_000)
    truth = rng.random(len(probs)) < probs
    best = max(f1_score(truth, probs >= threshold) for threshold in np.linspace(0.02, 0.9, 89))
    assert f1_score(truth, probs >= threshold_of(probs)) > best - 0.01
    assert f1_score(truth, probs >= 0.5) < best - 0.1


def test_each_label_is_cut_by_itself():
    probs = np.random.default_rng(2).beta(1, 6, size=(400, 3))
    alone = [threshold_of(probs[:, label]) for label in range(3)]
    together = plug_in_thresholds(probs, probs.mean(axis=0), max_ratio=FREE)
    assert together == pytest.approx(alone)


@given(st.integers(0, 2**32), st.floats(0.001, 1), st.integers(1, 300))
def test_the_number_predicted_stays_between_the_guards(seed, rate, m):
    probs = np.random.default_rng(seed).beta(0.3, 5, size=m) + 1e-6
    count = (probs >= threshold_of(probs, rate=rate, max_ratio=MAX_RATIO)).sum()
    expected = np.sqrt(rate * probs.mean()) * m
    assert np.floor(max(1, expected / MAX_RATIO)) <= count <= np.ceil(max(1, expected * MAX_RATIO))


def test_a_label_of_which_nothing_is_known_does_not_flood():
    probs = np.linspace(0.01, 0.01001, 1000)
    assert (probs >= threshold_of(probs)).all()
    guarded = threshold_of(probs, rate=0.01, max_ratio=MAX_RATIO)
    assert (probs >= guarded).sum() == np.ceil(3 * np.sqrt(0.01 * probs.mean()) * 1000)


def test_a_frequent_label_that_the_model_hardly_sees_is_still_predicted():
    probs = np.append(0.99, np.linspace(1e-4, 2e-4, 999))
    assert (probs >= threshold_of(probs)).sum() == 1
    guarded = threshold_of(probs, rate=0.5, max_ratio=MAX_RATIO)
    assert (probs >= guarded).sum() == np.floor(np.sqrt(0.5 * probs.mean()) * 1000 / 3)


def test_equal_probabilities_are_never_parted():
    probs = np.repeat([0.8, 0.3, 0.01], [5, 20, 75])
    for max_ratio in (FREE, 3.0, 1.5, 1.0):
        assert (probs >= threshold_of(probs, max_ratio=max_ratio)).sum() in (5, 25)


@pytest.mark.parametrize("p", [1e-15, 0.02, 0.3])
def test_where_all_texts_are_alike_and_all_would_be_too_many_none_is_predicted(p):
    probs = np.full(500, p)
    found = threshold_of(probs, max_ratio=MAX_RATIO)
    # Clear of them: a model's own rounding may set them a little higher.
    assert p + 0.1 < found <= 1


@pytest.mark.parametrize("p", [0.4, 1.0])
def test_where_all_texts_are_alike_and_likely_all_are_predicted(p):
    assert threshold_of(np.full(500, p), max_ratio=MAX_RATIO) <= p


def test_between_neighbours_among_the_numbers_the_upper_one_is_the_cut():
    upper = 0.9
    lower = np.nextafter(upper, 0)
    probs = np.array([upper, lower, 1e-9])
    assert threshold_of(probs, rate=1 / 9, max_ratio=1.0) == upper


def test_without_texts_every_label_is_cut_at_one_half():
    assert plug_in_thresholds(np.empty((0, 3)), np.full(3, 0.1)).tolist() == [0.5] * 3


def test_probabilities_of_zero_and_one_are_cut_too():
    probs = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    found = plug_in_thresholds(probs, np.array([0.6, 0.1]))
    assert (probs >= found).sum(axis=0).tolist() == [2, 0]
    assert ((found >= 0) & (found <= 1)).all()
