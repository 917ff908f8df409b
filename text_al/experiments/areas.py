"""A curve as one number: the area under it, and its value at a budget."""

from itertools import pairwise

import numpy as np

from text_al.types import FloatArray


def check_budgets(budgets: FloatArray, values: FloatArray, *, least: int = 2, log: bool = False) -> None:
    """Refuses what is no set of curves.

    Args:
        budgets: (B,).
        values: (S, B).
        least: how many budgets there must be.
        log: whether logarithms of the budgets are needed.

    Raises:
        ValueError: shapes differ, budgets do not rise or are too few, one is 0 where a logarithm is needed,
            or a value is not finite.
    """
    if budgets.ndim != 1 or values.ndim != 2 or values.shape[1] != len(budgets) or not len(values):
        raise ValueError(f"values have shape {values.shape}, budgets {budgets.shape}; need (S, B) and (B,)")
    if len(budgets) < least:
        raise ValueError(f"there are {len(budgets)} budgets; at least {least} are needed")
    if any(after <= before for before, after in pairwise(budgets)):
        raise ValueError("budgets must rise")
    if log and budgets[0] <= 0:
        raise ValueError(f"the first budget is {budgets[0]:g}, which has no logarithm; leave it out")
    if not np.isfinite(values).all():
        raise ValueError("values must be finite; leave out budgets that not every seed has measured")


def area_under(budgets: FloatArray, values: FloatArray, *, log: bool = False) -> FloatArray:
    """The mean height of each curve between the first budget and the last, by trapezoids.

    Args:
        budgets: (B,) labels, rising.
        values: (S, B) a curve a seed.
        log: over the logarithm of the labels, where each doubling weighs the same; else over labels.

    Returns:
        (S,) in the metric's own units.

    Raises:
        ValueError: see `check_budgets`.
    """
    budgets = np.asarray(budgets, dtype=np.float64)
    check_budgets(budgets, values, log=log)
    axis = np.log(budgets) if log else budgets
    return np.asarray(np.trapezoid(values, axis, axis=1) / (axis[-1] - axis[0]))


def at_budget(budgets: FloatArray, values: FloatArray, budget: float) -> FloatArray:
    """The height of each curve at a budget, on the straight line between its neighbours.

    Args:
        budgets: (B,) labels, rising.
        values: (S, B) a curve a seed.
        budget: labels.

    Returns:
        (S,); nan where the budget lies outside the curves: nothing is extrapolated.

    Raises:
        ValueError: see `check_budgets`.
    """
    budgets = np.asarray(budgets, dtype=np.float64)
    check_budgets(budgets, values, least=1)
    return np.array([np.interp(budget, budgets, row, left=np.nan, right=np.nan) for row in values])
