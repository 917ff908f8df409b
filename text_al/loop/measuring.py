"""What a fitted model is worth: its metrics on every set there is."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from text_al import metrics
from text_al.errors import TrainingError
from text_al.loop.run import Run
from text_al.loop.stopping import StopRules
from text_al.records import FitReport, Reliability
from text_al.sentences import did_you_mean
from text_al.types import FloatArray, TargetArray


@dataclass(frozen=True)
class Measured:
    """The figures of one round.

    Attributes:
        metrics: flat names to values, of the training texts, validation, test and out of fold.
        per_label_f1: label name to F1, on the first of validation, test and out of fold; empty without any.
        per_label_set: "val", "test", "oof" or "".
        reliability: of each of these sets, how far its probabilities hold.
        notes: sentences a user should read with the figures.
    """

    metrics: dict[str, float]
    per_label_f1: dict[str, float]
    per_label_set: str
    reliability: dict[str, Reliability]
    notes: tuple[str, ...]


def measure(run: Run, report: FitReport) -> Measured:
    """Measures the weights that the run's learner holds, those of `report`.

    Args:
        run: with its sets and its learner.
        report: of the fit.

    Raises:
        TrainingError: a metric that can end the run was not measured.
    """
    found = _training_metrics(report)
    reliability: dict[str, Reliability] = {}
    per_label: dict[str, float] = {}
    notes: tuple[str, ...] = ()
    by_people = run.pool.targets_by_people()
    for name, truth, logits in _scored(run, report, by_people):
        found |= _figures(run, report, name, truth, logits)
        probs = metrics.sigmoid(logits)
        if not reliability:
            scores = metrics.f1_scores(
                truth, probs >= report.thresholds, absent_labels=run.plan.absent_labels
            )
            per_label = dict(zip(run.pool.labels, map(float, scores.per_label), strict=True))
            notes = _notes(run, name, scores)
        reliability[name] = metrics.reliability(truth, probs)
    _check_watched(run.plan.stop, found)
    notes = (*notes, *_left_out(run, report, by_people))
    return Measured(found, per_label, next(iter(reliability), ""), reliability, notes)


def _scored(
    run: Run, report: FitReport, by_people: TargetArray
) -> Iterator[tuple[str, TargetArray, FloatArray]]:
    """Each set with its targets and logits, (n, L) both; the fit has scored all but the test set already."""
    if run.validation is not None and report.validation_logits is not None:
        yield "val", run.validation.targets, report.validation_logits
    if run.test is not None:
        yield "test", run.test.targets, run.learner.logits(run.test.source, run.follower)
    if report.out_of_fold_logits is not None and np.any(by_people != -1):
        yield "oof", by_people, report.out_of_fold_logits


def _left_out(run: Run, report: FitReport, by_people: TargetArray) -> tuple[str, ...]:
    """What a program answered is no truth to be measured by."""
    _, targets = run.pool.labelled()
    n = int(np.any(targets != by_people, axis=1).sum())
    if not n or report.out_of_fold_logits is None:
        return ()
    return (f"{n} of {len(targets)} texts have labels by a program; figures out of fold leave those out",)


def _figures(
    run: Run, report: FitReport, name: str, targets: TargetArray, logits: FloatArray
) -> dict[str, float]:
    """A set's metrics; at the fit's thresholds too where this set may be measured at such ones."""
    return metrics.evaluate(
        targets,
        logits,
        report.thresholds if report.threshold_rule in metrics.RULES_BY_SET[name] else None,
        prefix=name,
        rule=report.threshold_rule,
        absent_labels=run.plan.absent_labels,
    )


def _check_watched(rules: StopRules, found: dict[str, float]) -> None:
    """Looks whether all is there that can end the run: what depends on the learner is known only now."""
    watched = {} if rules.goal is None else {"stop.goal.metric": rules.goal.metric}
    if rules.patience is not None:
        watched["stop.metric"] = rules.metric
    for key, name in watched.items():
        if name not in found:
            raise TrainingError(
                f"active_learning.{key} is '{name}', which the fit of this learner does not give. "
                f"{did_you_mean(name, found)}"
            )


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
