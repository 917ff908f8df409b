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


class CrossFitted(Learner, Protocol):
    """A learner that can say what it would make of texts that it has not seen, before it is fitted."""

    def out_of_fold(
        self, rows: IntArray, targets: TargetArray, *, round_number: int, reporter: Reporter
    ) -> FloatArray | None:
        """(n, L) logits of pool rows (n,), each by a model that had not seen it; None with too few.

        A fit of the same rows in the same round does not do it again.
        """
        ...


class Auto:
    """Two learners on one pool, of which the better one is asked; see `training.base.Learner`.

    Each round is decided anew, by macro average precision on the validation set, or without one out of
    fold: then only the better one is fitted on all texts.

    Args:
        linear: fitted in each round, as it takes seconds.
        make_finetuned: makes the other one, once it is first needed.
    """

    def __init__(self, linear: Learner, make_finetuned: Callable[[], CrossFitted]) -> None:
        self.linear, self._make_finetuned = linear, make_finetuned
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
            return self._decided(simple, tuned, found, "on the validation set")
        with timed(seconds, "cross_fit"):
            held_out = self.finetuned.out_of_fold(
                rows, targets, round_number=place["round_number"], reporter=place["reporter"]
            )
        found = _precision(targets, simple.out_of_fold_logits, held_out)
        if held_out is None or found[1] <= found[0]:
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
        """The report of the better one, which is asked from now on, with a sentence on why."""
        if tuned is not None and found[1] > found[0]:
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
