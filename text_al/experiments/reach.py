"""How many labels it takes to reach a line, such as the value with every text of the pool labelled."""

from dataclasses import dataclass

import numpy as np

from text_al.experiments.areas import check_budgets
from text_al.experiments.resampling import central, seed_weights
from text_al.experiments.smoothing import first_reached, smooth
from text_al.types import FloatArray


@dataclass(frozen=True)
class Reach:
    """Where the smoothed mean curve first reaches a line.

    Attributes:
        line: the value, the mean over the same seeds.
        labels: at which it is first reached; inf where it is not within the budget.
        interval: of the labels, by bootstrap over seeds of curve and line together; inf where it is beyond
            the budget, nan with one seed.
        last: the budget's end.
        n: seeds.
        level: of the interval.
    """

    line: float
    labels: float
    interval: tuple[float, float]
    last: float
    n: int
    level: float = 0.95


def labels_to_reach(
    curves: FloatArray,
    budgets: FloatArray,
    lines: FloatArray,
    *,
    lower_is_better: bool = False,
    level: float = 0.95,
    resamples: int = 2000,
    rng: np.random.Generator | None = None,
) -> Reach:
    """The labels at which the smoothed mean of curves first reaches the mean of the lines.

    A first touch comes early where a curve is flat and noisy: compare it between strategies, with the
    interval, rather than take it for the labels that one needs.

    Args:
        curves: (S, B) a curve a seed.
        budgets: (B,) labels, rising, above 0.
        lines: (S,) the value to reach in each seed.
        lower_is_better: whether the metric should fall.
        level: of the interval, in (0, 1).
        resamples: of the bootstrap.
        rng: draws the seeds; None is a fixed one.

    Raises:
        ValueError: see `check_budgets`; or there are not as many lines as curves.
    """
    budgets, sign = np.asarray(budgets, dtype=np.float64), -1.0 if lower_is_better else 1.0
    check_budgets(budgets, curves, log=True)
    if lines.shape != (len(curves),):
        raise ValueError(f"lines have shape {lines.shape}; {len(curves)} curves need ({len(curves)},)")
    n = len(curves)
    mean = sign * curves.mean(axis=0, keepdims=True)
    labels = first_reached(smooth(mean), budgets, sign * lines.mean(keepdims=True))
    weights = seed_weights(n, resamples if n > 1 else 1, rng)
    again = first_reached(smooth(weights @ (sign * curves)), budgets, weights @ (sign * lines))
    last = float(budgets[-1])
    return Reach(float(lines.mean()), float(labels[0]), central(again, n, level), last, n, level)
