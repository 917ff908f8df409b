"""The fits of one round: of all that is labelled, and without a validation set also of each fold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from text_al.reporting import Reporter, Silent
from text_al.seeds import generator, torch_seed
from text_al.training.adapters import adapted
from text_al.training.crossfit import out_of_fold
from text_al.training.first_head import first_head, ground_of
from text_al.training.interpolation import SHARES, best_share, interpolate, snapshot
from text_al.training.keeper import Fitted
from text_al.training.label_prior import STRENGTHS
from text_al.training.lesson import Lesson
from text_al.training.name_texts import joined
from text_al.training.scoring import embed, score
from text_al.training.settings import TrainingSettings
from text_al.training.tokens import TokenSet
from text_al.training.trainer import Trainer
from text_al.types import BoolArray, FloatArray, IntArray

LEAST_A_FOLD = 10
"""Texts; with fewer, what a model says of those it has not seen is no measure."""


@dataclass(frozen=True)
class HeldOut:
    """What models make of texts that they had not seen.

    Attributes:
        logits: (n, L).
        share: of the way from a fit's first to its last weights, at which they were best.
    """

    logits: FloatArray
    share: float


def share_of(settings: TrainingSettings, held_out: HeldOut | None) -> float:
    """How far the weights go from a fit's start to its end: as set, or as was best on what was held out."""
    if settings.trained_share != "auto":
        return settings.trained_share
    return 1.0 if held_out is None else held_out.share


class EncoderFits:
    """All layers trained, from the pretrained encoder and the head that fits it.

    Args:
        trainer: fits its model, which is changed in place.
        pretrained: the encoder's weights at the start.
        train: what is labelled.
        towards: (L, D) where the label names lie among vectors of unit length, or None.
        named: label names as texts to learn from too, where names are believed; or None.
        round_number: from 1; addresses all random draws.
        reporter: hears of the progress.
    """

    def __init__(
        self,
        trainer: Trainer,
        pretrained: Mapping[str, Tensor],
        train: TokenSet,
        *,
        towards: FloatArray | None,
        named: TokenSet | None = None,
        round_number: int,
        reporter: Reporter,
    ) -> None:
        self._trainer, self._pretrained, self._train = trainer, pretrained, train
        self._towards, self._round, self._reporter = towards, round_number, reporter
        self._named = named
        self._vectors: FloatArray | None = None
        self._name_vectors: FloatArray | None = None
        self._is_settled = False
        self.lesson = Lesson(np.arange(len(train)), train.targets, round_number)

    def start(self) -> None:
        """Gives the model the pretrained encoder, and the head that fits what is labelled."""
        self._start_on(np.ones(len(self._train), dtype=bool))

    def run(self, validation: TokenSet | None, *, global_step: int, share: float = 1.0) -> Fitted:
        """Trains from the weights that the model has; see `Trainer.fit`.

        Args:
            validation: for early stopping, or None.
            global_step: updates of the run before.
            share: how far the weights go from where they were to where they have come.
        """
        model = self._trainer.model
        before = snapshot(model) if share < 1 else {}
        done = self._trained(self._train, validation, global_step, self._reporter)
        if before:
            interpolate(model, before, snapshot(model), share)
        return done

    def held_out(self, n_folds: int) -> HeldOut:
        """What is made of what is labelled by models that had not seen it; the model's weights are lost.

        Args:
            n_folds: models, each as costly as a fit of the other folds.
        """
        trainer, train, n = self._trainer, self._train, len(self._train)
        trainer.model.encoder.load_state_dict(self._pretrained)
        self._settled()  # its own stage of the progress ends before the next begins
        self._reporter.stage("cross-fit", n_folds)

        asked = trainer.settings.trained_share
        shares = SHARES if asked == "auto" else (asked,)

        def predict(left_out: BoolArray) -> FloatArray:
            self._start_on(~left_out)
            before = snapshot(trainer.model)
            self._trained(_part(train, ~left_out), None, 0, Silent())
            after = snapshot(trainer.model)
            self._reporter.advance()
            return np.stack(
                [self._at(before, after, share, train.rows[left_out]) for share in shares], axis=1
            )

        rng = generator(trainer.seed, self._round, "folds")
        found = out_of_fold(predict, n, n_folds=n_folds, rng=rng)
        best = best_share(train.targets, found, shares)
        return HeldOut(found[:, best], shares[best])

    def _at(
        self, before: Mapping[str, Tensor], after: Mapping[str, Tensor], share: float, rows: IntArray
    ) -> FloatArray:
        """(m, L) logits of rows (m,) of the pool with the weights at a share of the way."""
        model = self._trainer.model
        interpolate(model, before, after, share)
        tokens, work = self._train.tokens, self._trainer.work
        return score(work, model.fitted_head(), tokens, rows, reporter=Silent()).logits

    def _start_on(self, taught: BoolArray) -> None:
        """The pretrained encoder, and the head that fits the texts that are taught (n,)."""
        trainer, model = self._trainer, self._trainer.model
        model.encoder.load_state_dict(self._pretrained)
        lesson = self._settled()
        vectors, targets = self._embedded()[taught], self._train.targets[taught]
        named = self._believed()
        if named is not None:
            vectors = np.concatenate([vectors, self._embedded_names(named)])
            targets = np.concatenate([targets, named.targets])
        ground = ground_of(vectors, trainer.settings, towards=self._towards, seed=trainer.seed)
        model.set_head(
            first_head(
                replace(lesson, rows=np.arange(len(targets)), targets=targets), ground, trainer.settings
            )
        )

    def _settled(self) -> Lesson:
        """The lesson with the strength of its label prior, which all fits of the round share.

        Where names are believed at all, they are believed as far as can be: a head that is to stay would be
        better off with less of them, one that all layers move away from is not (docs/learner.md).
        """
        settings = self._trainer.settings
        if not self._is_settled and settings.head_start == "fitted":
            ground = ground_of(self._embedded(), settings, towards=self._towards, seed=self._trainer.seed)
            lesson = self.lesson.settled(ground)
            if settings.label_prior == "auto" and lesson.label_prior:
                lesson = replace(lesson, label_prior=STRENGTHS[-1])
            self.lesson = lesson
        self._is_settled = True
        return self.lesson

    def _embedded(self) -> FloatArray:
        """(n, D) pooled vectors of what is labelled, by the pretrained encoder, which the model holds now."""
        if self._vectors is None:
            trainer, train = self._trainer, self._train
            self._reporter.stage("head", len(train))
            width = trainer.model.head.in_features
            self._vectors = embed(
                trainer.work, train.tokens, train.rows, width=width, reporter=self._reporter
            )
        return self._vectors

    def _embedded_names(self, named: TokenSet) -> FloatArray:
        """(P, D) pooled vectors of the label names, by the pretrained encoder, which the model holds now."""
        if self._name_vectors is None:
            work, width = self._trainer.work, self._trainer.model.head.in_features
            self._name_vectors = embed(work, named.tokens, named.rows, width=width, reporter=Silent())
        return self._name_vectors

    def _believed(self) -> TokenSet | None:
        """Label names as texts, where names help; None too in a warm start, which does not find that out."""
        return self._named if self.lesson.label_prior else None

    def _trained(
        self, train: TokenSet, validation: TokenSet | None, global_step: int, reporter: Reporter
    ) -> Fitted:
        trainer, n = self._trainer, len(train)
        named = self._believed()
        if named is not None:
            train = joined(train, named)
        with adapted(trainer.model, trainer.settings.lora, seed=torch_seed(trainer.seed, self._round, 0)):
            return trainer.fit(
                train,
                validation,
                round_number=self._round,
                global_step=global_step,
                reporter=reporter,
                n_measured=n,
            )


def _part(train: TokenSet, kept: BoolArray) -> TokenSet:
    return TokenSet(train.tokens, train.rows[kept], train.targets[kept])
