"""What a fitted model is worth: its metrics on every set there is."""

from collections.abc import Iterator
from dataclasses import dataclass

from text_al import metrics
from text_al.loop.run import Run
from text_al.records import FitReport
from text_al.types import FloatArray, LabelledTexts


@dataclass(frozen=True)
class Measured:
    """The figures of one round.

    Attributes:
        metrics: flat names to values, of training, validation and test set.
        per_label_f1: label name to F1, on the first of validation and test; empty without either.
        per_label_set: "val", "test" or "".
        notes: sentences a user should read with the figures.
    """

    metrics: dict[str, float]
    per_label_f1: dict[str, float]
    per_label_set: str
    notes: tuple[str, ...]


def measure(run: Run, report: FitReport) -> Measured:
    """Measures the weights that the run's learner holds, those of `report`."""
    thresholds = report.thresholds if report.threshold_rule == "tuned" else None
    found, absent_labels = _training_metrics(report), run.plan.absent_labels
    per_label: dict[str, float] = {}
    notes: tuple[str, ...] = ()
    first = ""
    for name, labelled, logits in _scored(run, report):
        found |= metrics.evaluate(
            labelled.targets, logits, thresholds, prefix=name, absent_labels=absent_labels
        )
        if not first:
            predictions = metrics.sigmoid(logits) >= report.thresholds
            scores = metrics.f1_scores(labelled.targets, predictions, absent_labels=absent_labels)
            per_label = dict(zip(run.pool.labels, map(float, scores.per_label), strict=True))
            first, notes = name, _notes(run, name, scores)
    return Measured(found, per_label, first, notes)


def _scored(run: Run, report: FitReport) -> Iterator[tuple[str, LabelledTexts, FloatArray]]:
    """Each set with the model's logits (n, L); the fit has scored the validation set already."""
    if run.validation is not None and report.validation_logits is not None:
        yield "val", run.validation, report.validation_logits
    if run.test is not None:
        yield "test", run.test, run.learner.logits(run.test.source, run.follower)


def _training_metrics(report: FitReport) -> dict[str, float]:
    """Those of the evaluation whose weights were kept, or of the next one that has some.

    The head alone is evaluated before any text was trained on, so that an evaluation may have none.
    """
    for evaluation in report.evaluations:
        if evaluation.epoch >= report.best_epoch and "train_loss" in evaluation.metrics:
            return {name: value for name, value in evaluation.metrics.items() if name.startswith("train_")}
    return {}


def _notes(run: Run, name: str, scores: metrics.F1Scores) -> tuple[str, ...]:
    note = metrics.absent_labels_note(run.pool.labels, scores, run.plan.absent_labels)
    return (f"{name}: {note}",) if note else ()
