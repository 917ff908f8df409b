"""Learning curves as they would rise without noise, and how many labels a value takes on them.

Between budgets a curve is a straight line over the logarithm of the labels, which learning curves nearly are.
"""

import numpy as np

from text_al.types import FloatArray


def smooth(means: FloatArray) -> FloatArray:
    """The rising curves nearest to these, by least squares: where a curve falls, its mean there.

    Args:
        means: (R, B).

    Returns:
        (R, B), each row rising or level.

    Source: scipy.optimize.isotonic_regression (pool adjacent violators, Ayer et al. 1955).
    """
    from scipy.optimize import isotonic_regression

    return np.stack([isotonic_regression(row).x for row in means])


def mean_log_labels(
    smoothed: FloatArray, budgets: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """The mean logarithm of the labels that the values from low to high take.

    Exact: the curve is a chain of straight lines, so its inverse is one too. Where it is level it takes no
    values, and the jump of the inverse there weighs nothing.

    Args:
        smoothed: (R, B) rising curves.
        budgets: (B,) labels, rising, above 0.
        low: (R,) at or above the curve's first value.
        high: (R,) above `low`, at or below the curve's last value.

    Returns:
        (R,); nan where `high` is not above `low`.
    """
    logs = np.log(budgets)
    start, end = smoothed[:, :-1], smoothed[:, 1:]
    from_value = np.clip(start, low[:, None], high[:, None])
    to_value = np.clip(end, low[:, None], high[:, None])
    rises = np.where(end > start, end - start, 1.0)
    middle = logs[:-1] + np.diff(logs) * ((from_value + to_value) / 2 - start) / rises
    width = np.where(high > low, high - low, np.nan)
    return np.asarray(((to_value - from_value) * middle).sum(axis=1) / width)


def first_reached(smoothed: FloatArray, budgets: FloatArray, value: FloatArray) -> FloatArray:
    """The labels at which each curve first reaches a value.

    Args:
        smoothed: (R, B) rising curves.
        budgets: (B,) labels, rising, above 0.
        value: (R,).

    Returns:
        (R,); the first budget where the curve begins there or higher, inf where it never gets there.
    """
    logs, rows = np.log(budgets), np.arange(len(smoothed))
    below = (smoothed < value[:, None]).sum(axis=1)
    after = np.clip(below, 1, len(budgets) - 1)
    start, end = smoothed[rows, after - 1], smoothed[rows, after]
    part = np.clip((value - start) / np.where(end > start, end - start, 1.0), 0.0, 1.0)
    labels = np.exp(logs[after - 1] + (logs[after] - logs[after - 1]) * part)
    labels = np.where(below == 0, budgets[0], labels)
    return np.asarray(np.where(below == len(budgets), np.inf, labels))
