"""Two strategies on the same seeds: how much they differ, and how likely luck alone would do that."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from text_al.experiments.bands import band
from text_al.types import FloatArray

_MOST_FLIPPED = 13
"""Up to so many pairs all 2^n flips of signs are tried where ranks are tied; scipy's own limit."""
_DIGITS = 12
"""Differences closer than this part of the largest one are equal, as they are but for rounding."""


@dataclass(frozen=True)
class PairTest:
    """A paired comparison of one number a seed.

    Attributes:
        n: pairs.
        mean_difference: of the first less the second.
        interval: of the mean difference, by bootstrap over seeds; nan with one pair.
        statistic: the smaller sum of signed ranks.
        p: two-sided, in (0, 1].
        can_reach: the smallest p that n pairs can give: 2^(1 - n), all differences having the same sign.
        level: of the interval.
    """

    n: int
    mean_difference: float
    interval: tuple[float, float]
    statistic: float
    p: float
    can_reach: float
    level: float = 0.95


def smallest_p(n: int) -> float:
    """The smallest p that a two-sided signed-rank test of n pairs can give: 2^(1 - n), at most 1."""
    return min(1.0, 2.0 ** (1 - n))


def compare_pairs(
    a: FloatArray,
    b: FloatArray,
    *,
    level: float = 0.95,
    resamples: int = 9999,
    rng: np.random.Generator | None = None,
) -> PairTest:
    """The two-sided Wilcoxon signed-rank test of a - b, and the bootstrap interval of its mean.

    Pairs that are equal are dropped before ranking (Wilcoxon's own way); equal differences share a mean rank.
    The p is exact up to 50 pairs where no ranks are tied and none is zero; else by all flips of signs up to
    13 pairs, and by the normal approximation beyond. Where all pairs are equal, p is 1.

    Args:
        a: (S,) of the first strategy, a number a seed.
        b: (S,) of the second, same seeds in the same order.
        level: of the interval, in (0, 1).
        resamples: of the bootstrap.
        rng: draws the seeds; None is a fixed one.

    Raises:
        ValueError: shapes differ, nothing is there, or a number is not finite.

    Source: scipy.stats.wilcoxon; Wilcoxon (1945), Individual comparisons by ranking methods.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise ValueError(f"pairs have shapes {a.shape} and {b.shape}; both must be (S,), S at least 1")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("pairs must be finite; leave out seeds that one of the two has not measured")
    differences = a - b
    mean = band(differences[:, None], level=level, resamples=resamples, rng=rng)
    statistic, p = _signed_rank(differences, max(np.abs(a).max(), np.abs(b).max()))
    n = len(differences)
    interval = float(mean.lower[0]), float(mean.upper[0])
    return PairTest(n, float(mean.mean[0]), interval, statistic, p, smallest_p(n), level)


def _signed_rank(differences: FloatArray, scale: float) -> tuple[float, float]:
    from scipy.stats import PermutationMethod, wilcoxon

    if not differences.any():
        return 0.0, 1.0
    # what is equal but for rounding is tied: 0.3 - 0.2 and 0.2 - 0.1 differ in the last bit
    rounded = np.round(differences, _DIGITS - math.ceil(math.log10(scale)))
    ranked = np.abs(rounded[rounded != 0])
    if not len(ranked):
        return 0.0, 1.0
    tied = len(ranked) < len(rounded) or len(np.unique(ranked)) < len(ranked)
    flips = PermutationMethod(n_resamples=2**_MOST_FLIPPED)
    method = flips if tied and len(rounded) <= _MOST_FLIPPED else "auto"
    found = wilcoxon(rounded, method=method)
    return float(found.statistic), float(found.pvalue)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p values: each may be held against alpha, and all together err alpha often at most.

    The smallest p is multiplied by m, the next by m - 1, and so on; none may fall below the one before it.

    Args:
        p_values: m of them, in any order.

    Returns:
        In the order given, at most 1.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return tuple(adjusted.tolist())
