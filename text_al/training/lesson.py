"""What a head was taught: kept beside it, so that a committee can be made of it when one is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from text_al import metrics
from text_al.seeds import generator
from text_al.training.calibration import Calibration
from text_al.training.class_weights import ClassWeight, class_weights
from text_al.training.committee import Committee
from text_al.training.crossfit import out_of_fold
from text_al.training.label_prior import FEW, FOLDS, REPEATS, STRENGTHS, UNTOLD, Auto, Trial, ahead
from text_al.training.linear_head import LinearHead, fit_linear_head
from text_al.training.samples import spread
from text_al.training.self_training import TEXTS, WEIGHT, Pseudo, pseudo_targets, stacked
from text_al.training.thresholds import rates
from text_al.types import BoolArray, FloatArray, IntArray, TargetArray


@dataclass(frozen=True)
class HeadSettings:
    """How a head is fitted.

    Attributes:
        c: the inverse of its penalty; larger fits closer.
        class_weight: what positives weigh.
        committee: heads of a committee, fitted only where a strategy needs one.
        label_prior: how strongly the head is drawn towards the label names; "auto" finds out in each round.
        self_training: whether the head's opinion of open texts is tried as further labels.
        label_correlation: whether it is tried what the other labels say of each.
    """

    c: float
    class_weight: ClassWeight = "none"
    committee: int = 10
    label_prior: float | Auto = "auto"
    self_training: bool = False
    label_correlation: bool = False


@dataclass(frozen=True)
class Ground:
    """What heads stand on, the same in every round.

    Attributes:
        pool: (N, D) features as they are, dense or scipy sparse; a lesson's rows point into it.
        settings: how heads are fitted.
        scale: what features are multiplied by while they are fitted.
        towards: (L, D) where the label names lie; None where nothing is known of that.
        seed: the run's.
    """

    pool: Any
    settings: HeadSettings
    scale: float = 1.0
    towards: FloatArray | None = None
    seed: int = 0

    def names_alone(self) -> LinearHead | None:
        """The head before any label, on features as they are; None where label names say nothing.

        Biases are such that a text has about one label: nothing is known of how often each stands.
        """
        if self.towards is None or self.settings.label_prior == 0 or self.pool.shape[0] == 0:
            return None
        strength = UNTOLD if self.settings.label_prior == "auto" else self.settings.label_prior
        weights = self.scale * strength * self.towards
        rows = spread(self.pool.shape[0], 1000)
        usual = (self.pool[rows].astype(np.float64) @ weights.T).mean(axis=0)
        return LinearHead(weights, -usual - np.log(max(1, len(weights) - 1)))


@dataclass(frozen=True)
class Lesson:
    """What a head is taught, and how.

    Attributes:
        rows: (n,) of the pool.
        targets: (n, L).
        round_number: in which it is learned.
        label_prior: how strongly the head is drawn towards the label names.
        calibration: of the head's logits; None: none.
        others: open rows (m,) that are labelled by the head itself; none where that does not help.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = ("rows", "targets", "label_prior", "calibration")

    rows: IntArray
    targets: TargetArray
    round_number: int
    label_prior: float = 0.0
    calibration: Calibration | None = None
    others: IntArray | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence on how far the label names were believed; none where they were not."""
        said = (
            f"label names: strength {self.label_prior:g} (0: no help; {STRENGTHS[-1]:g}: the strongest tried)"
        )
        return (said,) if self.label_prior else ()

    def settled(self, ground: Ground) -> Self:
        """The same with the strength of the prior settled."""
        strength = ground.settings.label_prior
        if ground.towards is None:
            strength = 0.0
        elif strength == "auto":
            trial = Trial(
                self._features(ground), self.targets, ground.towards, ground.settings.c, self._weights(ground)
            )
            strength = trial.choose(generator(ground.seed, self.round_number, "label prior"))
        return replace(self, label_prior=strength)

    def head(self, ground: Ground) -> LinearHead:
        """The head that fits it, on the pool's features (N, D) as they are; not calibrated."""
        every = np.ones(len(self.rows), dtype=bool)
        return self._taught(ground, self._features(ground), every).scaled(ground.scale)

    def out_of_fold(
        self, ground: Ground, *, n_folds: int = FOLDS, n_draws: int | None = None
    ) -> FloatArray | None:
        """(n, L) logits of the texts, each by a head that had not seen it, not calibrated; None for one text.

        Args:
            ground: see there.
            n_folds: heads, each taught the other folds.
            n_draws: of the folds, over which logits are averaged; None: several for few texts.
        """
        features, n = self._features(ground), len(self.rows)
        rng = generator(ground.seed, self.round_number, "folds")

        def predict(left_out: BoolArray) -> FloatArray:
            return self._taught(ground, features, ~left_out).logits(features[left_out])

        if n < 2:
            return None
        n_draws = n_draws or (REPEATS if n <= FEW else 1)
        drawn = [out_of_fold(predict, n, n_folds=n_folds, rng=rng) for _ in range(n_draws)]
        return np.asarray(np.mean(drawn, axis=0))

    def with_others(self, ground: Ground, others: IntArray) -> Self:
        """The same with open rows (m,) that the head labels itself, if that ranks unseen texts better."""
        if not (self.targets == 1).any() or not len(others):
            return self
        tried = replace(self, others=others[spread(len(others), TEXTS)])
        plain, more = self.out_of_fold(ground), tried.out_of_fold(ground)
        if plain is None or more is None:
            return self
        found = np.array([metrics.average_precision(self.targets, said) for said in (plain, more)])
        return tried if ahead(found) == 1 else self

    def committee(self, ground: Ground) -> Committee:
        """The committee that it makes; the same each time, as its draws have the address (seed, round)."""
        fitted = Committee.fit(
            self._features(ground),
            self.targets,
            n_heads=ground.settings.committee,
            c=ground.settings.c,
            rng=generator(ground.seed, self.round_number, "committee"),
            weights=self._weights(ground),
            prior=self._prior(ground),
        )
        heads = fitted.heads.scaled(ground.scale)
        return Committee(heads if self.calibration is None else self.calibration.onto(heads), fitted.n_heads)

    def arrays(self) -> dict[str, Any]:
        """What `read` takes back, as arrays."""
        kept = {"rows": self.rows.astype(np.int64), "targets": self.targets}
        kept["label_prior"] = np.array([self.label_prior])
        if self.calibration is not None:
            kept["calibration"] = np.append(self.calibration.shifts, self.calibration.slope)
        return kept

    @classmethod
    def read(cls, arrays: Mapping[str, Any], round_number: int) -> Self:
        """The lesson of which `arrays` gave the arrays."""
        kept = arrays.get("calibration")
        calibration = None if kept is None else Calibration(float(kept[-1]), np.asarray(kept[:-1]))
        rows, targets = np.asarray(arrays["rows"]), np.asarray(arrays["targets"])
        label_prior = float(arrays["label_prior"][0]) if "label_prior" in arrays else 0.0
        return cls(rows, targets, round_number, label_prior, calibration)

    def _taught(self, ground: Ground, features: Any, taught: BoolArray) -> LinearHead:
        """The head on the texts that are taught (n,), and on what it makes of the others."""
        head = self._fit(ground, features, taught)
        if self.others is None:
            return head
        seen = ground.pool[self.others].astype(np.float64) * ground.scale
        targets = pseudo_targets(head.logits(seen), rates(self.targets[taught]))
        return self._fit(
            ground, features, taught, Pseudo(seen, targets, WEIGHT * taught.sum() / len(targets))
        )

    def _fit(
        self, ground: Ground, features: Any, taught: BoolArray, more: Pseudo | None = None
    ) -> LinearHead:
        """The head on the texts that are taught (n,), on scaled features."""
        targets, known = self.targets[taught], features[taught]
        weights = class_weights(targets, ground.settings.class_weight)
        if more is not None:
            own = np.ones(targets.shape) if weights is None else np.broadcast_to(weights, targets.shape)
            weights = np.concatenate([own, np.full(more.targets.shape, more.weight)])
            known, targets = stacked(known, more.features), np.concatenate([targets, more.targets])
        prior = self._prior(ground)
        return fit_linear_head(known, targets, weights=weights, prior=prior, c=ground.settings.c)

    def _weights(self, ground: Ground) -> FloatArray | None:
        return class_weights(self.targets, ground.settings.class_weight)

    def _features(self, ground: Ground) -> Any:
        """(n, D) float64, scaled."""
        return ground.pool[self.rows].astype(np.float64) * ground.scale

    def _prior(self, ground: Ground) -> FloatArray | None:
        strength = self.label_prior
        return None if ground.towards is None or not strength else strength * ground.towards
