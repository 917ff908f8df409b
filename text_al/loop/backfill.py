"""Asking about a label that came later: of the texts that are labelled already, those that tell most."""

import numpy as np

from text_al.data.added_labels import added_labels
from text_al.errors import NothingLearnedError
from text_al.loop.asking import ask
from text_al.loop.backfill_choice import drawn_by_chance, likely_and_confusable
from text_al.loop.looking import look
from text_al.loop.new_labels import Backfill, backfills, keep_backfills
from text_al.loop.run import Run
from text_al.seeds import generator
from text_al.strategies.base import Chosen
from text_al.types import IntArray, TargetArray

STRATEGY = "backfill"


def ask_backfill(run: Run) -> bool:
    """Asks about the new label that was not asked about yet, if there is one; whether there was.

    It must come before any fit or reading of weights: the learner says what it makes of the names alone.
    """
    wanted = backfills(run.store)
    if not wanted:
        return False
    chosen = _chosen(run, wanted[0])
    with run.store.transaction():
        if len(chosen):
            _ask(run, wanted[0].label, chosen)
        keep_backfills(run.store, wanted[1:])
    return True


def _ask(run: Run, label: int, chosen: Chosen) -> None:
    name, n_added = run.pool.labels[label], len(added_labels(run.store))
    rounds = run.store.rounds()
    request = ask(
        run,
        rounds[-1].number if rounds else 0,
        chosen,
        STRATEGY,
        considered=((label,),) * len(chosen),
        request_id=f"labels-{label - run.pool.n_labels + n_added + 1:03d}",
    )
    run.follower.note(f"{len(chosen)} labelled texts are asked about label '{name}' alone, as {request.id}")


def _chosen(run: Run, wanted: Backfill) -> Chosen:
    """Texts that are labelled, and not known for this label; by its name, if the learner can read it."""
    name, (rows, targets) = run.pool.labels[wanted.label], _askable(run, wanted.label)
    if not len(rows):
        return Chosen(rows, None, ())
    try:
        candidates = look(run, lambda: run.learner, rows, frozenset(["probs"]))
    except NothingLearnedError as error:
        run.follower.note(f"the first texts for label '{name}' are drawn by chance: {error}")
        return drawn_by_chance(rows, name, wanted.n, generator(run.plan.seed, wanted.label, STRATEGY))
    return likely_and_confusable(candidates, targets, run.pool.labels, wanted.label, wanted.n)


def _askable(run: Run, label: int) -> tuple[IntArray, TargetArray]:
    """Labelled rows (M,) that may be asked about a label, and what is known of them (M, L)."""
    asked, cells = run.pool.open_cells()
    rows, targets = run.pool.labelled()
    is_asked = np.isin(rows, asked[cells[:, label]])
    return rows[is_asked], targets[is_asked]
