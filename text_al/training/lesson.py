"""What a head was taught: kept beside it, so that a committee can be made of it when one is asked for."""

from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np

from text_al.seeds import generator
from text_al.training.class_weights import ClassWeight, class_weights
from text_al.training.committee import Committee
from text_al.training.label_prior import STRENGTHS, choose_strength
from text_al.training.linear_head import LinearHead, fit_linear_head
from text_al.types import FloatArray, IntArray, TargetArray


@dataclass(frozen=True)
class HeadSettings:
    """How a head is fitted.

    Attributes:
        c: the inverse of its penalty; larger fits closer.
        class_weight: what positives weigh.
        committee: heads of a committee, fitted only where a strategy needs one.
        label_prior: how strongly the head is drawn towards the label names; "auto" finds out in each round.
    """

    c: float
    class_weight: ClassWeight = "none"
    committee: int = 10
    label_prior: float | Literal["auto"] = "auto"


@dataclass(frozen=True)
class Lesson:
    """What a head is taught, and how.

    Attributes:
        rows: (n,) of the pool.
        targets: (n, L).
        round_number: in which it is learned.
        label_prior: how strongly the head is drawn towards the label names.
    """

    rows: IntArray
    targets: TargetArray
    round_number: int
    label_prior: float = 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence on how far the label names were believed; none where they were not."""
        said = (
            f"label names: strength {self.label_prior:g} (0: no help; {STRENGTHS[-1]:g}: the strongest tried)"
        )
        return (said,) if self.label_prior else ()

    def with_label_prior(
        self, pool: Any, towards: FloatArray | None, settings: HeadSettings, *, scale: float, seed: int
    ) -> Self:
        """The same with the strength of the prior settled.

        Args:
            pool: (N, D) the pool's features as they are.
            towards: (L, D) where the label names lie; None where nothing is known of that.
            settings: how the head is fitted.
            scale: what features are multiplied by while they are fitted.
            seed: the run's.
        """
        strength = settings.label_prior
        if towards is None:
            return replace(self, label_prior=0.0)
        if strength == "auto":
            strength = choose_strength(
                self._features(pool, scale),
                self.targets,
                towards,
                c=settings.c,
                rng=generator(seed, self.round_number, "label prior"),
                weights=class_weights(self.targets, settings.class_weight),
            )
        return replace(self, label_prior=strength)

    def head(
        self, pool: Any, settings: HeadSettings, *, scale: float, towards: FloatArray | None = None
    ) -> LinearHead:
        """The head that fits it, on the pool's features (N, D) as they are.

        Args:
            pool: dense or scipy sparse.
            settings: how it is fitted.
            scale: what features are multiplied by while they are fitted.
            towards: (L, D) where the label names lie, or None.
        """
        fitted = fit_linear_head(
            self._features(pool, scale),
            self.targets,
            weights=class_weights(self.targets, settings.class_weight),
            prior=self._prior(towards),
            c=settings.c,
        )
        return fitted.scaled(scale)

    def committee(
        self,
        pool: Any,
        settings: HeadSettings,
        *,
        scale: float,
        seed: int,
        towards: FloatArray | None = None,
    ) -> Committee:
        """The committee that it makes; the same each time, as its draws have the address (seed, round)."""
        fitted = Committee.fit(
            self._features(pool, scale),
            self.targets,
            n_heads=settings.committee,
            c=settings.c,
            rng=generator(seed, self.round_number, "committee"),
            weights=class_weights(self.targets, settings.class_weight),
            prior=self._prior(towards),
        )
        return Committee(fitted.heads.scaled(scale), fitted.n_heads)

    def _features(self, pool: Any, scale: float) -> Any:
        """(n, D) float64."""
        return pool[self.rows].astype(np.float64) * scale

    def _prior(self, towards: FloatArray | None) -> FloatArray | None:
        return None if towards is None or not self.label_prior else self.label_prior * towards
