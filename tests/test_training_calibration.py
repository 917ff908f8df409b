"""Calibration: the slope and the shifts of highest likelihood, and none where there is nothing to go by."""

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.linear_model import LogisticRegression

from text_al.metrics import sigmoid
from text_al.training.calibration import LEAST, Calibration, fit_calibration
from text_al.training.linear_head import LinearHead

SLOPE, SHIFTS = 0.4, np.array([-1.0, -0.5, 0.0, 0.5, 1.0])


def planted(n, seed=0):
    """Logits (n, 5) that are too sure and shifted, and targets drawn from what they should have been."""
    rng = np.random.default_rng(seed)
    true = rng.normal(-1, 1.5, size=(n, len(SHIFTS)))
    targets = (rng.random(true.shape) < sigmoid(true)).astype(np.int8)
    return (true - SHIFTS) / SLOPE, targets


def test_a_planted_slope_and_planted_shifts_are_recovered():
    found = fit_calibration(*planted(20_000))
    assert found.slope == pytest.approx(SLOPE, abs=0.01)
    assert found.shifts == pytest.approx(SHIFTS, abs=0.06)


def test_for_one_label_it_is_scikit_learns_logistic_regression_on_the_logits():
    logits, targets = planted(20_000, seed=1)
    found = fit_calibration(logits[:, :1], targets[:, :1])
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(logits[:, :1], targets[:, 0])
    assert found.slope == pytest.approx(model.coef_[0, 0], rel=1e-3)
    assert found.shifts[0] == pytest.approx(model.intercept_[0], abs=3e-3)


def test_it_lowers_the_loss_on_texts_that_it_was_not_fitted_on():
    logits, targets = planted(400, seed=2)
    new, truth = planted(4000, seed=3)

    def loss(scores):
        return np.logaddexp(0, scores).mean() - (scores * truth).mean()

    assert loss(fit_calibration(logits, targets).apply(new)) < loss(new) - 0.1


def test_the_mean_probability_of_a_lone_label_becomes_its_rate():
    logits, targets = planted(300, seed=4)
    found = fit_calibration(logits[:, :1], targets[:, :1])
    assert sigmoid(found.apply(logits[:, :1])).mean() == pytest.approx(targets[:, 0].mean(), abs=2e-4)


def test_a_label_of_which_nothing_is_known_is_shifted_as_the_mean_label_is():
    logits, targets = planted(2000)
    targets[:, 2] = -1
    found = fit_calibration(logits, targets)
    assert found.shifts[2] == pytest.approx(found.shifts.mean(), abs=1e-3)
    others = [0, 1, 3, 4]
    assert found.slope == pytest.approx(
        fit_calibration(logits[:, others], targets[:, others]).slope, abs=1e-3
    )


def own_shift(logits, targets, slope):
    """The shift (scalar) at which a lone label's mean probability is its rate."""
    return brentq(lambda shift: (sigmoid(slope * logits + shift) - targets).sum(), -20, 20)


@pytest.mark.parametrize(("n", "least", "most"), [(20, 0.3, 0.9), (4000, 0.98, 1.0)])
def test_a_label_goes_its_own_way_as_far_as_its_texts_are_many(n, least, most):
    logits, targets = planted(4000)
    targets[n:, 4] = -1
    found = fit_calibration(logits, targets)
    alone = own_shift(logits[:n, 4], targets[:n, 4], found.slope)
    way = (found.shifts[4] - found.shifts.mean()) / (alone - found.shifts.mean())
    assert least < way < most


@pytest.mark.parametrize("n_positives", [0, LEAST - 1])
def test_with_hardly_a_positive_nothing_is_changed(n_positives):
    targets = np.zeros((40, 5), dtype=np.int8)
    targets[:n_positives, 0] = 1
    logits, _ = planted(40)
    found = fit_calibration(logits, targets)
    assert np.array_equal(found.apply(logits), logits)
    targets[:LEAST, 0] = 1
    assert not np.array_equal(fit_calibration(logits, targets).apply(logits), logits)


def test_the_slope_stays_positive_even_where_logits_mislead():
    logits, targets = planted(500)
    found = fit_calibration(-logits, targets)
    assert 0 < found.slope < 0.1


@pytest.mark.parametrize("n_heads", [1, 3])
def test_a_head_that_is_calibrated_gives_calibrated_logits(n_heads):
    rng = np.random.default_rng(0)
    head = LinearHead(rng.normal(size=(5 * n_heads, 4)), rng.normal(size=5 * n_heads))
    features, calibration = rng.normal(size=(9, 4)), Calibration(SLOPE, SHIFTS)
    expected = [calibration.apply(part) for part in np.split(head.logits(features), n_heads, axis=1)]
    assert calibration.onto(head).logits(features) == pytest.approx(np.concatenate(expected, axis=1))
