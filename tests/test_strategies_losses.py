"""Max loss and mean max loss: worked by hand, and the hinge loss spelled out."""

import numpy as np
import pytest

from text_al.strategies import strategy
from text_al.strategies.from_probs import losses
from text_al.testing import check_strategy
from text_al.types import Candidates

assert losses  # importing registers


def of_probs(probs, thresholds=None):
    probs = np.asarray(probs)
    n_labels = probs.shape[1]
    return Candidates(
        np.arange(len(probs)),
        np.zeros(probs.shape),
        probs,
        np.full(n_labels, 0.5) if thresholds is None else thresholds,
    )


def hinge(p, k):
    """The loss of "label k alone", as defined."""
    return sum(max(0, 1 - (1 if label == k else -1) * (2 * value - 1)) for label, value in enumerate(p))


def random_probs(seed, m=60, n_labels=5):
    return np.random.default_rng(seed).beta(0.5, 0.8, size=(m, n_labels))


@pytest.mark.parametrize("name", ["max_loss", "mean_max_loss"])
def test_they_keep_the_contract(name):
    check_strategy(name)


def test_max_loss_has_these_known_answers():
    probs = [[0.9, 0.2, 0.6], [0.5, 0.5, 0.5], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    # the first, with label 0 alone: 1 - 0.8, then 1 - 0.6, then 1 + 0.2
    assert strategy("max_loss").scores(of_probs(probs)) == pytest.approx([1.8, 3, 0, 2, 4])


def test_mean_max_loss_has_these_known_answers():
    probs = [[0.9, 0.2, 0.6], [0.4, 0.3, 0.1], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    # the first, with label 0 alone 1.8, with label 2 alone 1.8 + 0.4 + 0.8; the second has none: label 0
    assert strategy("mean_max_loss").scores(of_probs(probs)) == pytest.approx([2.4, 2.0, 0, 2, 4])


def test_max_loss_equals_the_hinge_loss_at_the_likeliest_label():
    probs = random_probs(0)
    expected = [hinge(row, int(np.argmax(row))) for row in probs]
    assert strategy("max_loss").scores(of_probs(probs)) == pytest.approx(expected)


def test_mean_max_loss_equals_the_mean_hinge_loss_over_the_labels_above_their_thresholds():
    probs, thresholds = random_probs(1), np.array([0.3, 0.5, 0.5, 0.8, 0.9])
    predicted = [[k for k in range(5) if row[k] >= thresholds[k]] for row in probs]
    assert sorted({len(found) for found in predicted})[:3] == [0, 1, 2]
    expected = [
        np.mean([hinge(row, k) for k in (found or [int(np.argmax(row))])])
        for row, found in zip(probs, predicted, strict=True)
    ]
    assert strategy("mean_max_loss").scores(of_probs(probs, thresholds)) == pytest.approx(expected)


def test_where_one_label_is_predicted_and_likeliest_both_losses_agree():
    probs = np.array([[0.7, 0.2, 0.4], [0.1, 0.3, 0.95]])
    ours, mean = (strategy(name).scores(of_probs(probs)) for name in ("max_loss", "mean_max_loss"))
    assert ours == pytest.approx(mean)


def test_a_probability_at_its_threshold_is_predicted():
    at, below = (of_probs([[0.9, 0.5]], np.array([0.5, t])) for t in (0.5, 0.5000001))
    assert strategy("mean_max_loss").scores(at) == pytest.approx([(1.2 + 2.8) / 2])
    assert strategy("mean_max_loss").scores(below) == pytest.approx([1.2])


def test_scores_stay_within_the_range_that_is_promised():
    for n_labels in (1, 2, 7):
        probs = np.random.default_rng(n_labels).choice([0.0, 1.0, 0.3, 0.8], size=(300, n_labels))
        highest = strategy("max_loss").scores(of_probs(probs))
        mean = strategy("mean_max_loss").scores(of_probs(probs))
        assert highest.min() >= 0
        assert highest.max() <= 2 * max(1, n_labels - 1)
        assert mean.min() >= 0
        assert mean.max() <= 2 * n_labels


def test_single_precision_probabilities_are_summed_in_double():
    probs = np.full((1, 100_000), 0.1, dtype=np.float32)
    expected = 2 * (np.float64(np.float32(0.1)) * 99_998 + 1)
    assert strategy("max_loss").scores(of_probs(probs))[0] == pytest.approx(expected, rel=1e-12)
