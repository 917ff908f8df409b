"""Saving factors: by hand, on simulated curves whose saving is known, and random against random."""

import math

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from text_al.experiments.areas import area_under
from text_al.experiments.reach import labels_to_reach
from text_al.experiments.saving import saving
from text_al.experiments.smoothing import first_reached, mean_log_labels, smooth

BUDGETS = np.arange(100.0, 1001.0, 50.0)
SIMULATIONS = 100


def wander(rng, shape, *, spread=0.012, memory=0.8):
    """Noise as of learning curves: half of it wanders from round to round, half is new in each."""
    steps, wandering = rng.normal(size=shape), np.empty(shape)
    wandering[..., 0] = steps[..., 0]
    for i in range(1, shape[-1]):
        wandering[..., i] = memory * wandering[..., i - 1] + math.sqrt(1 - memory**2) * steps[..., i]
    return spread * (wandering + rng.normal(size=shape))


def simulated(factors, *, n=SIMULATIONS, seeds=10, budgets=BUDGETS, spread=0.012, top=0.6, rng=0):
    """For each factor (n, seeds, B): a curve that needs so many times fewer labels than random.

    What a seed does to all strategies (its split, its first texts) is larger than what the queries do.
    """
    rng = np.random.default_rng(rng)
    shared = 0.02 * rng.normal(size=(n, seeds, 1))
    shape = (n, seeds, len(budgets))
    return [
        top - 1.5 * (budgets * factor) ** -0.35 + shared + wander(rng, shape, spread=spread)
        for factor in factors
    ]


def savings(factor, *, resamples=1, n=SIMULATIONS, rng=0, **how):
    random, strategy, control = simulated([1.0, factor, 1.0], n=n, rng=rng, **how)
    budgets = how.get("budgets", BUDGETS)
    return [
        saving(*run, budgets, again, resamples=resamples)
        for *run, again in zip(random, strategy, control, strict=True)
    ]


def test_a_case_by_hand():
    budgets = np.array([100.0, 200.0, 400.0, 800.0])
    random = np.array([[0.1, 0.2, 0.3, 0.4]])
    ahead = np.array([[0.2, 0.3, 0.4, 0.5]])  # at n what random is at 2 n
    found = saving(random, ahead, budgets, random)
    assert found.factor == pytest.approx(2.0)
    assert found.uncorrected == pytest.approx(2.0)
    assert found.control == 1.0
    assert found.values == pytest.approx((0.2, 0.4))
    assert found.strategy_beyond == pytest.approx(1 / 3)  # of its rise of 0.3, 0.1 is above all of random
    assert found.random_beyond == 0.0
    assert found.as_printed == pytest.approx(2.0)  # 800 labels, over the 400 at which 0.4 is reached
    assert math.isnan(found.interval[0])  # one seed

    behind = saving(ahead, random, budgets, ahead)
    assert behind.factor == pytest.approx(0.5)
    assert (behind.strategy_beyond, behind.random_beyond) == (0.0, pytest.approx(1 / 3))
    assert math.isnan(behind.as_printed)


@pytest.mark.parametrize("factor", [1.0, 1.3, 2.0])
def test_a_known_saving_is_found_within_a_tenth(factor):
    found = np.array([item.factor for item in savings(factor)])
    centre = np.exp(np.log(found).mean())
    assert abs(centre / factor - 1) < 0.02  # no bias to speak of
    assert np.mean(np.abs(found / factor - 1) < 0.1) > 0.8  # and mostly so in a single comparison


def test_a_known_saving_is_found_within_a_tenth_in_one_comparison():
    for factor in (1.0, 1.3, 2.0):
        assert savings(factor, n=1, rng=1)[0].factor == pytest.approx(factor, rel=0.1)


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_the_interval_holds_the_truth_in_90_of_100_simulations(factor):
    held = [low <= factor <= high for low, high in (item.interval for item in savings(factor, resamples=300))]
    assert sum(held) >= 90


def test_the_interval_is_no_wider_than_it_needs_to_be():
    """What never misses says nothing: random against random, intervals that leave 1.0 out do happen."""
    low, high = np.array([item.interval for item in savings(1.0, resamples=300)]).T
    assert np.exp(np.log(high / low).mean()) < 1.3
    assert (low > 1).any() or (high < 1).any()


def test_counted_as_often_printed_random_saves_of_itself_and_counted_alike_it_does_not():
    """Single, flat, noisy curves, as of a fine-tuned encoder: the whole budget over the first touch."""
    budgets = np.linspace(200.0, 4000.0, 20)
    luck = savings(1.0, seeds=1, n=400, budgets=budgets, spread=0.02, top=0.8)
    printed = np.array([item.control_as_printed for item in luck])
    reached = printed[np.isfinite(printed)]
    assert 0.5 < len(reached) / len(printed) < 0.75  # the others are forgotten: a selection
    assert np.median(reached) > 1.4
    assert np.exp(np.mean([np.log(item.control) for item in luck])) == pytest.approx(1.0, abs=0.06)


def test_the_correction_takes_half_of_the_controls_luck():
    for item in savings(1.3, n=20):
        assert item.factor == pytest.approx(item.uncorrected / math.sqrt(item.control))


def test_the_two_randoms_may_change_places():
    random, strategy, control = (curves[0] for curves in simulated([1.0, 1.3, 1.0], n=1))
    one = saving(random, strategy, BUDGETS, control, resamples=50)
    other = saving(control, strategy, BUDGETS, random, resamples=50)
    assert one.factor == pytest.approx(other.factor)
    assert one.factor == pytest.approx(math.sqrt(one.uncorrected * other.uncorrected))
    assert one.interval == pytest.approx(other.interval)
    assert one.control == pytest.approx(1 / other.control)


def test_correcting_by_the_control_makes_single_comparisons_more_exact():
    found = savings(1.3, n=300)
    corrected = np.std([math.log(item.factor) for item in found])
    plain = np.std([math.log(item.uncorrected) for item in found])
    whole = np.std([math.log(item.uncorrected / item.control) for item in found])
    assert corrected < 0.92 * min(plain, whole)


def test_a_metric_that_falls_is_turned_around():
    three = [curves[0] for curves in simulated([1.0, 1.3, 1.0], n=1)]
    up = saving(three[0], three[1], BUDGETS, three[2], resamples=50)
    down = saving(-three[0], -three[1], BUDGETS, -three[2], lower_is_better=True, resamples=50)
    assert (up.factor, up.interval, up.as_printed) == (down.factor, down.interval, down.as_printed)
    assert down.values == tuple(-value for value in up.values)


def test_the_saving_is_the_area_gained_over_log_labels_divided_by_the_rise():
    """Where both curves span the same values: the identity that says why flat curves show large savings."""
    random, strategy = np.array([[0.1, 0.15, 0.2, 0.4]]), np.array([[0.1, 0.3, 0.35, 0.4]])
    budgets = np.array([100.0, 200.0, 400.0, 800.0])
    gain = float((area_under(budgets, strategy, log=True) - area_under(budgets, random, log=True))[0])
    expected = math.exp(gain * math.log(8) / 0.3)
    assert saving(random, strategy, budgets, random).factor == pytest.approx(expected)


def test_curves_that_share_no_value_have_no_factor():
    low, high = np.tile([0.1, 0.2], (4, 1)), np.tile([0.5, 0.6], (4, 1))
    found = saving(low, high, np.array([100.0, 200.0]), low, resamples=20)
    assert math.isnan(found.factor)
    assert np.isnan([*found.interval, *found.values]).all()
    assert found.strategy_beyond == 1.0


def test_a_strategy_that_learns_nothing_has_no_factor_and_raises_no_alarm():
    random = np.tile([0.1, 0.2, 0.3], (4, 1))
    found = saving(random, np.full((4, 3), 0.1), np.array([100.0, 200, 400]), random, resamples=20)
    assert math.isnan(found.factor)
    assert found.random_beyond == pytest.approx(1.0)


def test_curves_of_different_seeds_are_refused():
    with pytest.raises(ValueError, match="must be the same"):
        saving(np.ones((3, 2)), np.ones((4, 2)), np.array([100.0, 200.0]), np.ones((3, 2)))


def test_smoothing_is_scikit_learns_isotonic_regression():
    rng = np.random.default_rng(0)
    rows = np.cumsum(rng.normal(0.1, 0.5, size=(20, 12)), axis=1)
    expected = [IsotonicRegression().fit_transform(np.arange(12), row) for row in rows]
    np.testing.assert_allclose(smooth(rows), expected)


def test_mean_log_labels_is_the_mean_over_many_values_read_one_by_one():
    rng = np.random.default_rng(0)
    curves = smooth(np.cumsum(rng.normal(0.1, 0.3, size=(10, len(BUDGETS))), axis=1))
    low, high = np.quantile(curves, [0.2, 0.7], axis=1)
    values = low[:, None] + (high - low)[:, None] * (np.arange(4000) + 0.5) / 4000
    one_by_one = [
        np.log(first_reached(np.tile(curve, (4000, 1)), BUDGETS, wanted)).mean()
        for curve, wanted in zip(curves, values, strict=True)
    ]
    np.testing.assert_allclose(mean_log_labels(curves, BUDGETS, low, high), one_by_one, rtol=2e-4)


def test_labels_to_a_line_are_read_between_rounds_over_log_labels():
    budgets, curve = np.array([100.0, 400.0, 800.0]), np.array([[0.2, 0.4, 0.3], [0.2, 0.4, 0.3]])
    # smoothed: 0.2, 0.35, 0.35; 0.275 is half way up, at the geometric mean of 100 and 400
    found = labels_to_reach(curve, budgets, np.array([0.27, 0.28]))
    assert (found.labels, found.line) == (pytest.approx(200.0), pytest.approx(0.275))
    assert found.interval[0] < 200 < found.interval[1]
    assert labels_to_reach(curve, budgets, np.array([0.1, 0.1])).labels == 100.0


def test_a_line_that_is_not_reached_lies_beyond_the_budget_and_so_may_the_interval():
    curve = np.array([[0.2, 0.3], [0.2, 0.5]])
    found = labels_to_reach(curve, np.array([100.0, 200.0]), np.array([0.45, 0.45]))
    assert math.isinf(found.labels)
    assert (100 < found.interval[0] < 200, found.interval[1]) == (True, math.inf)
