"""The learner that finds out by itself whether to fine-tune: linear first, fine-tuned once that is better."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from text_al import metrics
from text_al.records import EvaluationRecord, FitReport
from text_al.reporting import Reporter
from text_al.timing import timed
from text_al.training.artifact import read_description
from text_al.training.base import Learner
from text_al.training.processes import place, told, world_size
from text_al.types import Candidates, FloatArray, IntArray, LabelledTexts, TargetArray, Texts

LEAD = 3.0
"""Standard errors (over the labels) by which the linear learner must be ahead out of fold. The folds' models
have seen two thirds of the texts, which costs the one more that learns more from each: with 100 texts of
GoEmotions the linear one led by two standard errors out of fold, and was .028 behind on the test set."""


class CrossFitted(Learner, Protocol):
    """A learner that can say what it would make of texts that it has not seen, before it is fitted."""

    def out_of_fold(
        self, rows: IntArray, targets: TargetArray, *, round_number: int, reporter: Reporter
    ) -> FloatArray | None:
        """(n, L) logits of pool rows (n,), each by a model that had not seen it; None with too few.

        A fit of the same rows in the same round does not do it again.
        """
        ...


class InFolds(Learner, Protocol):
    """A learner that can say the same in given folds."""

    def out_of_fold(
        self, rows: IntArray, targets: TargetArray, *, round_number: int, n_folds: int, reporter: Reporter
    ) -> FloatArray | None:
        """(n, L) logits of pool rows (n,), each by a model that had not seen it; None with too few."""
        ...


class Auto:
    """Two learners on one pool, of which the better one is asked; see `training.base.Learner`.

    Each round is decided anew, by macro average precision on the validation set, or without one out of
    fold: then only the better one is fitted on all texts. Out of fold both are judged on the same folds, and
    the linear one must be far ahead (`LEAD`).

    Args:
        linear: fitted in each round, as it takes seconds.
        make_finetuned: makes the other one, once it is first needed.
        n_folds: in which the other one is cross-fitted.
    """

    def __init__(
        self, linear: InFolds, make_finetuned: Callable[[], CrossFitted], *, n_folds: int = 3
    ) -> None:
        self.linear, self._make_finetuned, self._n_folds = linear, make_finetuned, n_folds
        self._finetuned: CrossFitted | None = None
        self._now: Learner = linear

    @property
    def finetuned(self) -> CrossFitted:
        """The fine-tuned learner, made when it is first needed."""
        if self._finetuned is None:
            self._finetuned = self._make_finetuned()
        return self._finetuned

    @property
    def thresholds(self) -> FloatArray:
        """(L,) of the learner that was better."""
        return self._now.thresholds

    def fit(
        self,
        rows: IntArray,
        targets: TargetArray,
        validation: LabelledTexts | None,
        *,
        round_number: int,
        global_step: int,
        reporter: Reporter,
    ) -> FitReport:
        """Fits on pool rows (n,) and targets (n, L) whichever learner is better."""
        place = {
            "round_number": round_number,
            "global_step": global_step,
            "reporter": _WithoutEvaluations(reporter),
        }
        report = self._better(rows, targets, validation, place)
        for record in report.evaluations:
            reporter.evaluation(record)
        return report

    def _better(
        self,
        rows: IntArray,
        targets: TargetArray,
        validation: LabelledTexts | None,
        place: Mapping[str, Any],
    ) -> FitReport:
        """The report of the better learner, which is asked from now on; `place` goes to each fit."""
        simple = self.linear.fit(rows, targets, validation, **place)
        seconds: dict[str, float] = {}
        if validation is not None:
            tuned = self.finetuned.fit(rows, targets, validation, **place)
            tuned = replace(tuned, seconds=_sum(simple.seconds, tuned.seconds))
            simple = replace(simple, seconds=tuned.seconds)
            found = _precision(validation.targets, simple.validation_logits, tuned.validation_logits)
            better = tuned if found[1] > found[0] else None
            return self._decided(simple, better, found, "on the validation set")
        with timed(seconds, "cross_fit"):
            held_out = self.finetuned.out_of_fold(
                rows, targets, round_number=place["round_number"], reporter=place["reporter"]
            )
            in_folds = None
            if held_out is not None:
                in_folds = self.linear.out_of_fold(
                    rows,
                    targets,
                    round_number=place["round_number"],
                    n_folds=self._n_folds,
                    reporter=place["reporter"],
                )
        found = _precision(targets, in_folds, held_out)
        if held_out is None or in_folds is None or _is_ahead(targets, in_folds, held_out):
            spent = {**simple.seconds, **seconds}
            return self._decided(replace(simple, seconds=spent), None, found, "out of fold")
        tuned = self.finetuned.fit(rows, targets, None, **place)
        tuned = replace(tuned, seconds=_sum(simple.seconds, seconds, tuned.seconds))
        return self._decided(simple, tuned, found, "out of fold")

    def look(self, rows: IntArray, needs: frozenset[str], reporter: Reporter) -> Candidates:
        """What a strategy may see of the pool's rows (M,)."""
        return self._now.look(rows, needs, reporter)

    def frozen(self, rows: IntArray, reporter: Reporter) -> FloatArray:
        """(M, D) float32 vectors of the pool's rows (M,), the same in every round."""
        return self.linear.frozen(rows, reporter)

    def logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) float32 logits of all texts."""
        return self._now.logits(texts, reporter)

    def save(self, folder: Path) -> None:
        """Writes the model of the learner that was better, as that one writes it."""
        self._now.save(folder)

    def restore(self, folder: Path) -> None:
        """Takes back what `save` wrote, whichever learner it was."""
        is_linear = read_description(folder)["kind"] == "linear"
        kept = self.linear if is_linear else self.finetuned
        kept.restore(folder)
        self._now = kept

    def _decided(
        self, simple: FitReport, tuned: FitReport | None, found: tuple[float, float], where: str
    ) -> FitReport:
        """The report of the better one, which is asked from now on, with a sentence on why.

        Args:
            simple: of the linear one.
            tuned: of the other one, if that is better.
            found: average precision of both.
            where: it was measured.
        """
        if tuned is not None:
            self._now, report, better = self.finetuned, tuned, "fine-tuned"
        else:
            self._now, report, better = self.linear, simple, "linear"
        figures = f"average precision {where}: linear {found[0]:.3f}, fine-tuned {found[1]:.3f}"
        if np.isnan(found[1]):
            figures = "too few texts to compare with a fine-tuned one"
        return replace(report, notes=(*report.notes, f"learner auto takes the {better} model ({figures})"))


class _WithoutEvaluations:
    """A reporter that passes on all but evaluations: only those of the learner that is taken are told."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def stage(self, name: str, total: int | None = None) -> None:
        self._reporter.stage(name, total)

    def advance(self, amount: int = 1) -> None:
        self._reporter.advance(amount)

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:
        self._reporter.train_loss(global_step, loss, learning_rate)

    def evaluation(self, record: EvaluationRecord) -> None:
        pass

    def note(self, sentence: str) -> None:
        self._reporter.note(sentence)


def _is_ahead(targets: TargetArray, simple: FloatArray, tuned: FloatArray) -> bool:
    """Whether the linear logits (n, L) rank better by `LEAD` standard errors over the labels, or alike."""
    lead = _lead(targets, simple, tuned) if place()[0] == 0 else None
    # The last bit may differ between machines, and all processes must go the same way.
    return bool(lead if world_size() == 1 or place()[1] == 1 else told(lead))


def _lead(targets: TargetArray, simple: FloatArray, tuned: FloatArray) -> bool:
    has = (targets == 1).any(axis=0)
    by = (metrics.average_precision(targets, simple) - metrics.average_precision(targets, tuned))[has]
    error = by.std(ddof=1) / np.sqrt(len(by)) if len(by) > 1 else 0.0
    return bool(len(by) == 0 or by.mean() >= LEAD * error)


def _precision(
    targets: TargetArray, simple: FloatArray | None, tuned: FloatArray | None
) -> tuple[float, float]:
    """Macro average precision of both (n, L) logits; nan for what there is not."""
    found = (
        float("nan") if simple is None else metrics.macro_average_precision(targets, simple),
        float("nan") if tuned is None else metrics.macro_average_precision(targets, tuned),
    )
    if world_size() == 1 or place()[1] == 1:
        return found
    # The last bit may differ between machines, and all processes must go the same way.
    return tuple(told(found if place()[0] == 0 else None))


def _sum(*stages: Mapping[str, float]) -> dict[str, float]:
    """Seconds of each stage over several parts of one fit."""
    names = dict.fromkeys(name for part in stages for name in part)
    return {name: round(sum(part.get(name, 0.0) for part in stages), 3) for name in names}
