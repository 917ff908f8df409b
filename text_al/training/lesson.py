"""What a head was taught: kept beside it, so that a committee can be made of it when one is asked for."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.seeds import generator
from text_al.training.class_weights import ClassWeight, class_weights
from text_al.training.committee import Committee
from text_al.training.linear_head import LinearHead, fit_linear_head
from text_al.types import IntArray, TargetArray


@dataclass(frozen=True)
class HeadSettings:
    """How a head is fitted.

    Attributes:
        c: the inverse of its penalty; larger fits closer.
        class_weight: what positives weigh.
        committee: heads of a committee, fitted only where a strategy needs one.
    """

    c: float
    class_weight: ClassWeight = "none"
    committee: int = 10


@dataclass(frozen=True)
class Lesson:
    """Pool rows (n,), their targets (n, L), and the round in which they were learned."""

    rows: IntArray
    targets: TargetArray
    round_number: int

    def head(self, pool: Any, settings: HeadSettings, *, scale: float) -> LinearHead:
        """The head that fits it, on the pool's features (N, D) as they are.

        Args:
            pool: dense or scipy sparse.
            settings: how it is fitted.
            scale: what features are multiplied by while they are fitted.
        """
        weights = class_weights(self.targets, settings.class_weight)
        fitted = fit_linear_head(self._features(pool, scale), self.targets, weights=weights, c=settings.c)
        return fitted.scaled(scale)

    def committee(self, pool: Any, settings: HeadSettings, *, scale: float, seed: int) -> Committee:
        """The committee that it makes; the same each time, as its draws have the address (seed, round)."""
        fitted = Committee.fit(
            self._features(pool, scale),
            self.targets,
            n_heads=settings.committee,
            c=settings.c,
            rng=generator(seed, self.round_number, "committee"),
            weights=class_weights(self.targets, settings.class_weight),
        )
        return Committee(fitted.heads.scaled(scale), fitted.n_heads)

    def _features(self, pool: Any, scale: float) -> Any:
        """(n, D) float64."""
        return pool[self.rows].astype(np.float64) * scale
