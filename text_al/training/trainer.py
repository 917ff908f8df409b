"""The trainer: one fit of a classifier on labelled texts, measured as it goes, the best weights kept.

Ours, on accelerate, because the stock Trainer mis-scales multilabel losses under accumulation and several
processes, returns predictions out of order when batches are grouped by length, and is slower here
(docs/decisions/0001-loop.md). Every random draw is addressed by (seed, round, step): a fit that was cut
short and done again ends the same to the bit.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from accelerate import Accelerator, DistributedDataParallelKwargs

from text_al import metrics
from text_al.errors import TrainingError
from text_al.records import EvaluationRecord
from text_al.reporting import Reporter
from text_al.seeds import generator
from text_al.training.averaging import Average
from text_al.training.base import check_learnable
from text_al.training.batches import training_batches
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import Hardware
from text_al.training.keeper import Fitted, Keeper
from text_al.training.optimisation import Schedule
from text_al.training.processes import gathered
from text_al.training.randomness import own_randomness
from text_al.training.scoring import Work, score
from text_al.training.settings import TrainingSettings
from text_al.training.steps import Seen, Stepper
from text_al.training.thresholds import tune_thresholds
from text_al.training.tokens import TokenSet
from text_al.types import FloatArray, IntArray, TargetArray

_UNUSED = DistributedDataParallelKwargs(find_unused_parameters=True)
"""For several processes: an encoder's own pooler has parameters that mean pooling does not use."""


@dataclass(frozen=True)
class Trainer:
    """Fits one classifier.

    Attributes:
        model: the classifier with its starting weights; changed in place.
        settings: how.
        hardware: where, and how precisely.
        work: how the validation set is scored.
        pad_id: the tokenizer's padding id.
        seed: the run's.
        absent_labels: how macro-F1 counts labels without positives.
    """

    model: MultilabelClassifier
    settings: TrainingSettings
    hardware: Hardware
    work: Work
    pad_id: int
    seed: int
    absent_labels: metrics.AbsentLabels = "zero"

    def fit(
        self,
        train: TokenSet,
        validation: TokenSet | None,
        *,
        round_number: int,
        global_step: int,
        reporter: Reporter,
        n_measured: int | None = None,
    ) -> Fitted:
        """Trains to the schedule's end, or until the metric has stopped rising; restores the best weights.

        Args:
            train: at least one text with one known target.
            validation: for early stopping; None trains the whole schedule and keeps the last weights.
            round_number: from 1; addresses the random draws.
            global_step: updates of the run before this fit.
            reporter: hears of losses and evaluations.
            n_measured: of the training texts, the first ones, that training metrics are about; None: all.

        Raises:
            TrainingError: nothing to learn from, the metric of early stopping is not known, or the loss is
                no longer a number.
        """
        check_learnable(train.targets)
        with own_randomness(self.hardware.device):
            fit = _Fit(self, train, validation, round_number, global_step, reporter)
            fit.n_measured = len(train) if n_measured is None else n_measured
            return fit.run()


class _Fit:
    """One fit in progress: what lives as long as it does."""

    def __init__(
        self,
        trainer: Trainer,
        train: TokenSet,
        validation: TokenSet | None,
        round_number: int,
        global_step: int,
        reporter: Reporter,
    ) -> None:
        self.trainer, self.settings = trainer, trainer.settings
        self.train, self.validation = train, validation
        self.round_number, self.first_step, self.reporter = round_number, global_step, reporter
        self.updates_per_epoch = math.ceil(len(train) / self.settings.batch_size)
        self.total = max(self.settings.max_epochs * self.updates_per_epoch, self.settings.min_updates)
        averaged, kind = self.settings.weight_averaging, self.settings.lr_scheduler_type
        falls = ("constant" if averaged else "linear") if kind == "auto" else kind
        self.schedule = Schedule(falls, self.total, self.settings.warmup_ratio)
        self.stepper = Stepper(
            Accelerator(
                device_placement=False, kwargs_handlers=[_UNUSED]
            ),  # its device is that of the process's first one
            trainer.model,
            train,
            self.settings,
            hardware=trainer.hardware,
            pad_id=trainer.pad_id,
        )
        self.average = Average(trainer.model, averaged, self.total)
        self.keeper = Keeper(self.settings.early_stopping if validation is not None else None)
        self.seconds: dict[str, float] = defaultdict(float)
        self.seen: list[Seen] = []
        self.step, self.n_trained, self.n_measured = 0, 0, len(train)
        self.began = time.monotonic()

    def run(self) -> Fitted:
        """The first evaluation is of the head alone; the last, of the end of the schedule."""
        every = max(1, round(self.total / self.settings.evaluations))
        self._evaluate()
        self._say_stage()
        for batch in self._batches():
            self._update(batch)
            if self.step % every == 0 or self.step == self.total:
                self._evaluate()
                if self.keeper.patience_is_spent or self.step == self.total:
                    break
                self._say_stage()
        self.keeper.restore(self.trainer.model)
        if not self.keeper.restores:
            self.average.apply()
        return Fitted(
            steps=self.step,
            n_trained=self.n_trained,
            best_epoch=0.0 if self.keeper.kept is None else self.keeper.kept.epoch,
            stopped_early=self.step < self.total,
            evaluations=tuple(self.keeper.evaluations),
            thresholds=self.keeper.thresholds,
            validation_logits=self.keeper.logits,
            seconds=dict(self.seconds),
        )

    def _say_stage(self) -> None:
        self.reporter.stage("train", self.total)
        self.reporter.advance(self.step)

    def _batches(self) -> Iterator[IntArray]:
        """Batches until the schedule ends, epoch by epoch."""
        epoch = 0
        lengths = self.train.tokens.lengths[self.train.rows]
        while self.step < self.total:
            rng = generator(self.trainer.seed, self.round_number, f"epoch {epoch}")
            batches = training_batches(lengths, self.settings.batch_size, rng)
            yield from batches[: self.total - self.step]
            epoch += 1

    def _update(self, batch: IntArray) -> None:
        start = time.monotonic()
        factor = self.schedule.at(self.step)
        seen = self.stepper.update(batch, factor, seed=(self.trainer.seed, self.round_number, self.step))
        if not math.isfinite(seen.loss):
            raise TrainingError(
                f"the loss is {seen.loss} after {self.step + 1} updates in round {self.round_number}; "
                "lower training.learning_rate, or write compute.precision: fp32"
            )
        self.step += 1
        self.average.update(self.step)
        self.n_trained += len(batch)
        self.seen.append(seen)
        self.seconds["train"] += time.monotonic() - start
        self.reporter.train_loss(self.first_step + self.step, seen.loss, self.settings.learning_rate * factor)
        self.reporter.advance()

    def _evaluate(self) -> None:
        """Scores the validation set and files the result: of averaged weights, once some are averaged."""
        with nullcontext() if self.validation is None else self.average.applied():
            self._evaluate_weights()

    def _evaluate_weights(self) -> None:
        start = time.monotonic()
        logits = self._validation_logits()
        found: dict[str, float] = {}
        thresholds = None
        if self.validation is not None and logits is not None:
            thresholds = tune_thresholds(self.validation.targets, metrics.sigmoid(logits))
            found = self._metrics(self.validation.targets, logits, thresholds, "val")
        found |= self._training_metrics(thresholds)
        self.seconds["evaluate"] += time.monotonic() - start
        record = EvaluationRecord(
            round=self.round_number,
            epoch=round(self.step / self.updates_per_epoch, 3),
            step=self.step,
            global_step=self.first_step + self.step,
            learning_rate=self.settings.learning_rate * self.schedule.at(max(0, self.step - 1)),
            metrics=found,
            is_best=False,
            seconds=round(time.monotonic() - self.began, 3),
        )
        self.keeper.offer(record, self.trainer.model, logits, thresholds)
        self.reporter.evaluation(self.keeper.evaluations[-1])

    def _validation_logits(self) -> FloatArray | None:
        if self.validation is None:
            return None
        self.reporter.stage("evaluate", len(self.validation))
        head = self.trainer.model.fitted_head()
        return score(
            self.trainer.work, head, self.validation.tokens, self.validation.rows, reporter=self.reporter
        ).logits

    def _training_metrics(self, thresholds: FloatArray | None) -> dict[str, float]:
        """Of the texts since the last evaluation as they were seen: dropout on, weights still moving."""
        if not self.seen:
            return {}
        every = gathered(self.seen)
        rows = np.concatenate([seen.rows for seen in every])
        logits = np.concatenate([seen.logits for seen in every])
        own = rows < self.n_measured
        found = self._metrics(self.train.targets[rows[own]], logits[own], thresholds, "train")
        n_known = sum(seen.n_known for seen in self.seen)
        # What was minimised, which is not always cross-entropy.
        found["train_loss"] = sum(seen.loss * seen.n_known for seen in self.seen) / max(1, n_known)
        self.seen = []
        return found

    def _metrics(
        self, targets: TargetArray, logits: FloatArray, thresholds: FloatArray | None, prefix: str
    ) -> dict[str, float]:
        return metrics.evaluate(
            targets, logits, thresholds, prefix=prefix, absent_labels=self.trainer.absent_labels
        )
