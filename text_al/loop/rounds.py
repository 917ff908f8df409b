"""Advance a run: everything that can be done without a person, one committed step after the other.

A step looks at what the store says and does the next thing; nothing is remembered between steps but what is
committed. So a run that was killed anywhere goes on with the step that was cut short, and ends as if it had
not been.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from text_al.data.store import StoredRound
from text_al.errors import OracleError, TrainingError
from text_al.loop.askable import n_askable
from text_al.loop.asking import ask, queried_texts
from text_al.loop.backfill import ask_backfill
from text_al.loop.first_batch import first_batch
from text_al.loop.fitting import FITTED_ON, fit_round, keep_round
from text_al.loop.kept_scores import keep_last_scores, tidy_scores
from text_al.loop.querying import Query, query
from text_al.loop.run import Run
from text_al.loop.stopping import stop_reason
from text_al.records import RoundRecord
from text_al.timing import rounded
from text_al.types import LabelRequest

NOTHING_PAYS = "no question is worth its price; lower label_cost or read_cost to go on"
"""Why a run ends that asks about single labels, and whose model is sure enough of all that are left."""


@dataclass(frozen=True)
class Waiting:
    """Somebody has to answer before the run goes on.

    Attributes:
        request: what is asked.
        n_missing: how many of its texts have no answer yet.

    Example:
        >>> import text_al
        >>> request = text_al.LabelRequest("round-000", 0, (4, 2), None, ("", ""), "random")
        >>> text_al.Waiting(request, n_missing=2).request.rows
        (4, 2)
    """

    request: LabelRequest
    n_missing: int


@dataclass(frozen=True)
class Finished:
    """The run is done.

    Attributes:
        reason: why, in a sentence.

    Example:
        >>> import text_al
        >>> text_al.Finished("the budget of 100 texts is spent").reason
        'the budget of 100 texts is spent'
    """

    reason: str


def advance(run: Run) -> Waiting | Finished:
    """Does all that can be done without a person.

    Returns:
        Waiting, when answers are missing: call again when they are there. Finished, when the budget, the
        goal, the pool or another rule of the run's plan says so; opened again with a larger budget, the run
        goes on.

    Raises:
        TextALError: of whatever cannot go on; what was committed stays.

    Example:
        >>> import tempfile, text_al
        >>> changes = ["learner={type: tfidf}", "data.pool.size=300", "tracking.progress=none"]
        >>> changes += ["active_learning.stop.max_rounds=2", f"output_dir={tempfile.mkdtemp()}"]
        >>> with text_al.open_run(text_al.load_config("configs/quickstart.yaml", changes)) as run:
        ...     outcome = text_al.advance(run)
        >>> outcome
        Finished(reason='2 rounds are done')
    """
    while True:
        outcome = _step(run)
        if outcome is not None:
            return outcome


def release(run: Run) -> int:
    """Gives the texts that nobody has answered back to the pool, to go on without them; how many."""
    return sum(run.pool.release(request.id) for request in run.pool.open_requests())


def _step(run: Run) -> Waiting | Finished | None:
    request = run.open_request()
    if request is not None:
        return _collect(run, request)
    if ask_backfill(run):
        return None
    rounds = run.store.rounds()
    if not rounds:
        return _begin(run)
    if rounds[-1].phase == "trained":
        return _query_or_finish(run, rounds[-1])
    records = run.records()
    if records[-1].finished:
        run.follower.finish(records, records[-1].finished)  # again: a kill may have come before the first
        return Finished(records[-1].finished)
    if run.store.meta(FITTED_ON) == run.pool.decisions():
        # All texts were skipped or given back: the model would be the same, so it only chooses anew.
        keep_round(run.store, records[-1], "trained", rounds[-1].model)
        return None
    fit_round(run, rounds[-1].number + 1)
    return None


def _collect(run: Run, request: LabelRequest) -> Waiting | None:
    """Asks (again, which is once) and takes what has come in."""
    try:
        run.oracle.ask(request)
        answers = run.oracle.collect(request)
    except OracleError as error:
        if error.answers is not None and error.answers.answers:
            run.pool.label(error.answers, round=request.round)  # paid for, and right
        raise
    if answers.answers:
        run.pool.label(answers, round=request.round)
    n_missing = int(run.pool.idxs_pending.sum())
    return Waiting(request, n_missing) if n_missing else None


def _begin(run: Run) -> Finished | None:
    """The first batch, or the first fit once there are labels enough or no more texts."""
    n_labelled, rows = run.pool.counts().labelled, run.pool.unlabelled()
    n = min(run.plan.initial_size, run.plan.stop.budget) - n_labelled
    # Asked once: a person who skipped two of a hundred is not asked for two more before anything is learned.
    was_asked = n_labelled and run.pool.request("round-000") is not None
    if n > 0 and len(rows) and not was_asked:
        ask(run, 0, first_batch(run, n), run.initial.name)
        return None
    if not n_labelled and len(rows):
        raise TrainingError(
            "no text is labelled, and initial_size is 0; "
            "raise active_learning.initial_size, or name labelled texts in data.labelled"
        )
    if not n_labelled:
        return Finished("no text is labelled, and none is left to ask")
    fit_round(run, 1)
    return None


def _query_or_finish(run: Run, stored: StoredRound) -> Finished | None:
    records, n_labelled = run.records(), run.pool.counts().labelled
    n_open = n_askable(run.pool, by_label=run.pairs is not None)
    reason = stop_reason(run.plan.stop, records, n_labelled, n_open)
    if reason:
        return _finish(run, stored, records, reason)
    made = query(run, stored, min(run.plan.query_size, run.plan.stop.budget - n_labelled))
    if not len(made.chosen):
        return _finish(run, stored, records, NOTHING_PAYS)
    _keep_query(run, stored, records, made)
    return None


def _finish(run: Run, stored: StoredRound, records: Sequence[RoundRecord], reason: str) -> Finished:
    record = replace(records[-1], finished=reason)
    keep_round(run.store, record, "done", stored.model)
    tidy_scores(run)
    run.follower.end_round(record, [*records[:-1], record])
    run.follower.finish([*records[:-1], record], reason)
    return Finished(reason)


def _keep_query(run: Run, stored: StoredRound, records: Sequence[RoundRecord], made: Query) -> None:
    """What the strategy chose is pending and the round is done, in one transaction."""
    record = records[-1]
    with run.store.transaction():
        request = ask(
            run,
            record.round,
            made.chosen,
            run.strategy.name,
            considered=made.considered,
            explained=made.explained,
        )
        if made.last_scores is not None:
            keep_last_scores(run, request.id, made.last_scores)
        total = record.seconds["total"] + sum(made.seconds.values())
        record = replace(
            record,
            strategy=run.strategy.name,
            queried=queried_texts(run, request),
            request_id=request.id,
            seconds=rounded({**record.seconds, **made.seconds, "total": total}),
            texts={**record.texts, **made.texts},
            notes=(*record.notes, *made.notes),
        )
        keep_round(run.store, record, "done", stored.model)
    tidy_scores(run)
    run.follower.end_round(record, [*records[:-1], record])
