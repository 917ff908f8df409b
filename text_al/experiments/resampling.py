"""Bootstrap over seeds: seeds are drawn with replacement, whole, so that what is paired stays paired."""

import math

import numpy as np

from text_al.types import FloatArray


def wider_level(n: int, level: float) -> float:
    """The level to ask a percentile bootstrap of n seeds for, to get one that holds the truth `level` often.

    The percentile interval of a mean is too short for small n: its spread is sqrt((n - 1) / n) of the
    standard error, and it takes normal instead of t quantiles. At n = 10 and level 0.95 this is 0.983.

    Args:
        n: seeds, at least 2.
        level: in (0, 1).

    Returns:
        In [level, 1].

    Source: Hesterberg (2015), What Teachers Should Know About the Bootstrap, section 5.3, the expanded
        percentile interval.
    """
    from scipy.stats import norm, t

    tail = norm.cdf(math.sqrt(n / (n - 1)) * t.ppf((1 - level) / 2, n - 1))
    return float(1 - 2 * tail)


def seed_weights(n: int, resamples: int, rng: np.random.Generator | None) -> FloatArray:
    """(resamples, n) how much each seed counts in each resample; rows sum to 1.

    Args:
        n: seeds.
        resamples: how many.
        rng: draws the seeds; None is a fixed one, so that a report made again shows the same figures.
    """
    drawn = fixed(rng).multinomial(n, np.full(n, 1 / n), size=resamples)
    return np.asarray(drawn / n, dtype=np.float64)


def fixed(rng: np.random.Generator | None) -> np.random.Generator:
    """The generator given, or one that is the same every time."""
    return np.random.default_rng(0) if rng is None else rng


def central(resampled: FloatArray, n: int, level: float) -> tuple[float, float]:
    """The interval that holds the middle of what n seeds gave when resampled, at the wider level.

    Args:
        resampled: (R,), where infinite values may stand for "more than could be measured".
        n: seeds; with fewer than 2 there is no interval, and both ends are nan.
        level: in (0, 1).
    """
    if n < 2:
        return math.nan, math.nan
    outside = (1 - wider_level(n, level)) / 2
    # not interpolated: between a number and infinity there is nothing
    low, high = np.quantile(resampled, [outside, 1 - outside], method="inverted_cdf")
    return float(low), float(high)
