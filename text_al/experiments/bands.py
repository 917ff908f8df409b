"""The mean of curves over seeds, and how far it may be off."""

from dataclasses import dataclass

import numpy as np

from text_al.experiments.resampling import fixed, wider_level
from text_al.types import FloatArray


@dataclass(frozen=True)
class Band:
    """A mean curve with an interval at each budget.

    Attributes:
        mean: (B,).
        lower: (B,) nan throughout with one seed.
        upper: (B,) likewise.
        n: seeds.
        level: how often each interval holds the mean, about; each for itself, not all of them together.
    """

    mean: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: int
    level: float


def band(
    values: FloatArray, *, level: float = 0.95, resamples: int = 2000, rng: np.random.Generator | None = None
) -> Band:
    """The mean over seeds with its bootstrap interval, at each budget.

    It says how far the mean of these seeds may be off. It does not say whether two strategies differ: seeds
    are paired, and bands that overlap may belong to curves that differ in every single seed.

    Args:
        values: (S, B) a curve a seed.
        level: in (0, 1).
        resamples: of the bootstrap.
        rng: draws the seeds; None is a fixed one.

    Source: scipy.stats.bootstrap, percentile, at the level of `resampling.wider_level`.
    """
    from scipy.stats import bootstrap

    values = np.asarray(values, dtype=np.float64)
    mean, n = values.mean(axis=0), len(values)
    if n < 2:
        nothing = np.full(mean.shape, np.nan)
        return Band(mean, nothing, nothing, n, level)
    found = bootstrap(
        (values,),
        np.mean,
        axis=0,
        method="percentile",
        confidence_level=wider_level(n, level),
        n_resamples=resamples,
        rng=fixed(rng),
    ).confidence_interval
    return Band(mean, np.asarray(found.low), np.asarray(found.high), n, level)
