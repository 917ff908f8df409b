"""The fit of a round: train, measure, save, and commit that it is done."""

import json
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from text_al.data.store import RunStore, StoredRound
from text_al.loop.measuring import Measured, measure
from text_al.loop.run import Run
from text_al.loop.stopping import of_one_kind
from text_al.metrics import lower_is_better
from text_al.records import FitReport, RoundRecord
from text_al.timing import rounded, timed
from text_al.tracking.naming import OUT_OF_FOLD
from text_al.tracking.records import to_json

FITTED_ON = "fitted on"
"""The store's fact of what the last fit learned from; see `QueryPool.decisions`."""


def fit_round(run: Run, round_number: int) -> None:
    """Fits on all that is labelled, measures, saves the model, and commits the round as trained."""
    began, before = time.monotonic(), run.records()
    counts = run.pool.counts()
    run.follower.begin_round(round_number, counts.labelled, counts.open)
    steps_before = before[-1].global_step if before else 0
    report = _fit(run, round_number, before)
    if report.hardware and not before:
        run.follower.note(f"trained on: {report.hardware}")
    for sentence in () if before else report.notes:
        run.follower.note(sentence)  # of the pool and the encoder, the same in every round
    seconds, texts = dict(report.seconds), dict(report.texts)
    with timed(seconds, "test"):
        measured = measure(run, report)
    if run.test is not None:
        texts["test"] = len(run.test.source)
    with timed(seconds, "save"):
        run.learner.save(run.folder.model(round_number))
    run.round_in_memory = round_number
    seconds["total"] = time.monotonic() - began
    record = _record(run, round_number, report, measured, before)
    record = replace(record, global_step=steps_before + report.steps, seconds=rounded(seconds), texts=texts)
    with run.store.transaction():
        keep_round(run.store, record, "trained", run.folder.model(round_number).name)
        run.store.set_meta(FITTED_ON, run.pool.decisions())
    tidy_models(run)


def keep_round(store: RunStore, record: RoundRecord, phase: Literal["trained", "done"], model: str) -> None:
    """Commits a round's record and the name of its model's folder."""
    store.put_round(record.round, phase, json.dumps(to_json(record), ensure_ascii=False), model)


def tidy_models(run: Run) -> None:
    """Keeps the best and the last model, as the store has them, and removes the others."""
    rounds = run.store.rounds()
    if rounds:
        run.folder.keep_models(_best(run, rounds).model, rounds[-1].model)


def _best(run: Run, rounds: Sequence[StoredRound]) -> StoredRound:
    """The first of the best rounds whose model is still there; the last round where none was measured.

    Only models with the labels of the last one count, where labels were added.

    So it is the last one without a validation set: what is measured out of fold is measured on other texts in
    each round, harder ones the longer a strategy chooses, and its figures do not compare the rounds' models.
    """
    metric, best, highest = run.plan.best_metric, rounds[-1], -math.inf
    sign = -1.0 if lower_is_better(metric) else 1.0
    records = of_one_kind(run.records())
    for stored, record in zip(rounds[-len(records) :], records, strict=True):
        value = sign * record.metrics.get(metric, math.nan)
        if value > highest and run.folder.has_model(stored.model):
            best, highest = stored, value
    return best


def _fit(run: Run, round_number: int, before: Sequence[RoundRecord]) -> FitReport:
    """The fit's report.

    A warm start goes on from the round before only if that one's model has all labels.
    """
    if run.plan.warm_start and before and not _new_labels(run, before):
        run.learner_of(round_number - 1)
    rows, targets = run.pool.labelled()
    run.round_in_memory = 0  # while it trains, the learner holds no round's weights
    return run.learner.fit(
        rows,
        targets,
        run.validation,
        round_number=round_number,
        global_step=before[-1].global_step if before else 0,
        reporter=run.follower,
    )


def _record(
    run: Run, round_number: int, report: FitReport, measured: Measured, before: Sequence[RoundRecord]
) -> RoundRecord:
    """The record of a fit, but for what only the round as a whole knows."""
    counts, effort, price = run.pool.counts(), run.pool.effort(), run.plan.price
    return RoundRecord(
        round=round_number,
        n_labelled=report.n_samples,
        n_pool=counts.open,
        n_skipped=counts.skipped,
        strategy=run.strategy.name,
        metrics=measured.metrics,
        per_label_f1=measured.per_label_f1,
        per_label_set=measured.per_label_set,
        thresholds=dict(zip(run.pool.labels, map(float, report.thresholds), strict=True)),
        threshold_rule=report.threshold_rule,
        evaluations=report.evaluations,
        best_epoch=report.best_epoch,
        stopped_early=report.stopped_early,
        steps=report.steps,
        global_step=0,
        seconds={},
        notes=(*report.notes, *measured.notes, *_explained(run, measured, before)),
        hardware=report.hardware,
        reliability=measured.reliability,
        n_decisions=effort.decisions,
        cost=price.text * effort.texts + price.label * effort.decisions,
    )


def _explained(run: Run, measured: Measured, before: Sequence[RoundRecord]) -> tuple[str, ...]:
    """What figures out of fold are, in the first round that has some, and which labels are new in this."""
    is_first = "oof" in measured.reliability and not any("oof" in record.reliability for record in before)
    new = ", ".join(f"'{name}'" for name in _new_labels(run, before))
    sentence = f"labels added since the last round: {new}; means over labels hold them from here on"
    return (*([OUT_OF_FOLD] if is_first else []), *([sentence] if new else []))


def _new_labels(run: Run, before: Sequence[RoundRecord]) -> tuple[str, ...]:
    """The labels that the last round's model did not have; none where there was no round."""
    return tuple(name for name in run.pool.labels if before and name not in before[-1].thresholds)
