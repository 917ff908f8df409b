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
from text_al.loop.timing import rounded, timed
from text_al.metrics import lower_is_better
from text_al.records import FitReport, RoundRecord
from text_al.tracking.records import to_json

FITTED_ON = "fitted on"
"""The store's fact of what the last fit learned from; see `QueryPool.decisions`."""


def fit_round(run: Run, round_number: int) -> None:
    """Fits on all that is labelled, measures, saves the model, and commits the round as trained."""
    began, before = time.monotonic(), run.records()
    counts = run.pool.counts()
    run.follower.begin_round(round_number, counts.labelled, counts.open)
    steps_before = before[-1].global_step if before else 0
    report = _fit(run, round_number, steps_before)
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
    record = _record(run, round_number, report, measured)
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
    """The first of the best rounds whose model is still there; the last round where none was measured."""
    metric, best, highest = run.plan.best_metric, rounds[-1], -math.inf
    sign = -1.0 if lower_is_better(metric) else 1.0
    for stored, record in zip(rounds, run.records(), strict=True):
        value = sign * record.metrics.get(metric, math.nan)
        if value > highest and run.folder.has_model(stored.model):
            best, highest = stored, value
    return best


def _fit(run: Run, round_number: int, global_step: int) -> FitReport:
    if run.plan.warm_start and round_number > 1:
        run.learner_of(round_number - 1)
    rows, targets = run.pool.labelled()
    run.round_in_memory = 0  # while it trains, the learner holds no round's weights
    return run.learner.fit(
        rows,
        targets,
        run.validation,
        round_number=round_number,
        global_step=global_step,
        reporter=run.follower,
    )


def _record(run: Run, round_number: int, report: FitReport, measured: Measured) -> RoundRecord:
    """The record of a fit, but for what only the round as a whole knows."""
    counts = run.pool.counts()
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
        notes=(*report.notes, *measured.notes),
        hardware=report.hardware,
    )
