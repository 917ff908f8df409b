"""How many times fewer labels a strategy needs for the same value: the saving factor, and its correction.

All three curves (the strategy's A, random's R, and random's again, the control C) are means over the same
seeds, smoothed to rise, and turned around: n_X(v) is the labels that X takes to the value v. Over the values
that all three reach,

    uncorrected = exp(mean over v of log n_R(v) - log n_A(v))
    control     = exp(mean over v of log n_R(v) - log n_C(v))
    factor      = uncorrected / sqrt(control)

Every curve is read in the same way, so that between two randoms the mean logarithm is 0. What is usually
printed is not so: it gives random its whole budget and the strategy the labels at which it first touches
random's last value, and forgets the cases where it never does. On noisy, flat curves that finds a saving of
random against itself. `as_printed` and `control_as_printed` show how much.

R's own luck is in the factor of every strategy measured against it. The control shows how R and C differ;
both are random, so half of that is R's luck, as best one can tell, and half C's: hence the square root. The
factor is the same as the geometric mean of those against R and against C.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from text_al.experiments.areas import check_budgets
from text_al.experiments.resampling import central, seed_weights
from text_al.experiments.smoothing import first_reached, mean_log_labels, smooth
from text_al.types import FloatArray


@dataclass(frozen=True)
class Saving:
    """Labels that random needs, over labels that the strategy needs, for the same values.

    Attributes:
        factor: corrected by the control; above 1 the strategy saves. nan where no value is reached by all.
        interval: of the factor, by bootstrap over seeds; nan with one seed or without a factor.
        uncorrected: against the one random only.
        control: of the second random against the first, in the same way: what luck alone gives.
        control_interval: likewise.
        as_printed: random's whole budget over the labels at which the strategy first touches the value that
            random has at the end; nan where it never does. Biased upward: see the module.
        control_as_printed: the same of the second random.
        values: the lowest and the highest value that all three reach, where the factor was averaged.
        strategy_beyond: the part of the strategy's own rise that lies above all that random reached, in
            [0, 1]: what is saved there is not in the factor ("censored").
        random_beyond: the part of random's rise that lies above all that the strategy reached, in [0, 1]:
            what is lost there is not in the factor.
        n: seeds.
        level: of the intervals.
    """

    factor: float
    interval: tuple[float, float]
    uncorrected: float
    control: float
    control_interval: tuple[float, float]
    as_printed: float
    control_as_printed: float
    values: tuple[float, float]
    strategy_beyond: float
    random_beyond: float
    n: int
    level: float = 0.95


def saving(
    reference: FloatArray,
    curves: FloatArray,
    budgets: FloatArray,
    control: FloatArray,
    *,
    lower_is_better: bool = False,
    level: float = 0.95,
    resamples: int = 2000,
    rng: np.random.Generator | None = None,
) -> Saving:
    """The saving factor of a strategy, corrected by random against random.

    Seeds are resampled whole, so that what the three share in a seed stays shared. A resample in which no
    value is reached by all counts as the largest saving, or loss, that the budgets can show.

    Args:
        reference: (S, B) random's.
        curves: (S, B) the strategy's, same seeds in the same order.
        budgets: (B,) labels, rising, above 0.
        control: (S, B) the second random's, same seeds in the same order.
        lower_is_better: whether the metric should fall.
        level: of the intervals, in (0, 1).
        resamples: of the bootstrap.
        rng: draws the seeds; None is a fixed one.

    Raises:
        ValueError: shapes differ, or see `check_budgets`.
    """
    budgets = np.asarray(budgets, dtype=np.float64)
    sign = -1.0 if lower_is_better else 1.0
    three = [sign * np.asarray(values, dtype=np.float64) for values in (curves, reference, control)]
    for values in three:
        check_budgets(budgets, values, log=True)
    if len({values.shape for values in three}) > 1:
        raise ValueError(f"curves have shapes {[values.shape for values in three]}; they must be the same")
    n = len(three[0])
    means = [smooth(values.mean(axis=0, keepdims=True)) for values in three]
    found = _logs(means, budgets)
    weights = seed_weights(n, resamples if n > 1 else 1, rng)
    again = _logs([smooth(weights @ values) for values in three], budgets)
    least, most = found.low[0], found.high[0]
    measured = bool(most > least)
    printed = _as_printed(three, budgets)
    return Saving(
        factor=math.exp(found.corrected[0]) if measured else math.nan,
        interval=_factors(again.corrected, n if measured else 0, level),
        uncorrected=math.exp(found.uncorrected[0]) if measured else math.nan,
        control=math.exp(found.control[0]) if measured else math.nan,
        control_interval=_factors(again.control, n if measured else 0, level),
        as_printed=printed[0],
        control_as_printed=printed[1],
        values=(float(sign * least), float(sign * most)) if measured else (math.nan, math.nan),
        strategy_beyond=_beyond(means[0], most),
        random_beyond=min(_beyond(mean, most) for mean in means[1:]),
        n=n,
        level=level,
    )


@dataclass(frozen=True)
class _Logs:
    """Logarithms of factors, (R,) each, and the values (R,) between which they were averaged."""

    uncorrected: FloatArray
    control: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def corrected(self) -> FloatArray:
        return self.uncorrected - self.control / 2


def _logs(smoothed: Sequence[FloatArray], budgets: FloatArray) -> _Logs:
    low = np.max([curve[:, 0] for curve in smoothed], axis=0)
    high = np.min([curve[:, -1] for curve in smoothed], axis=0)
    strategy, random, again = (mean_log_labels(curve, budgets, low, high) for curve in smoothed)
    most = math.log(budgets[-1] / budgets[0])
    # where no value is shared, a strategy that begins above where a random ends leads; else it lags
    ends = np.minimum(smoothed[1][:, -1], smoothed[2][:, -1])
    apart = np.where(smoothed[0][:, 0] >= ends, most, -most)
    shared = high > low
    return _Logs(
        np.where(shared, random - strategy, apart),
        np.where(shared, random - again, 0.0),
        low,
        high,
    )


def _beyond(smoothed: FloatArray, value: float) -> float:
    """The part of a curve's rise (1, B) that lies above a value."""
    rise = smoothed[0, -1] - smoothed[0, 0]
    return float(np.clip((smoothed[0, -1] - value) / rise, 0.0, 1.0)) if rise > 0 else 0.0


def _factors(logs: FloatArray, n: int, level: float) -> tuple[float, float]:
    low, high = central(logs, n, level)
    return math.exp(low), math.exp(high)


def _as_printed(three: Sequence[FloatArray], budgets: FloatArray) -> tuple[float, float]:
    strategy, random, again = (values.mean(axis=0, keepdims=True) for values in three)
    at = [first_reached(smooth(mean), budgets, random[:, -1])[0] for mean in (strategy, again)]
    factors = [float(budgets[-1] / labels) if np.isfinite(labels) else math.nan for labels in at]
    return factors[0], factors[1]
