"""A label is added to a run: in one transaction it is there, asked about next, and learned in a new fit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from text_al.data.added_labels import add_label
from text_al.data.store import RunStore
from text_al.loop.fitting import FITTED_ON, keep_round
from text_al.loop.run import stored_records
from text_al.types import Label

_BACKFILLS = "backfills"
"""The store's fact of backfills that were not asked yet, oldest first."""


@dataclass(frozen=True)
class Backfill:
    """Labelled texts are to be asked about a label that came later: its place, and how many texts."""

    label: int
    n: int


def begin_with_label(store: RunStore, label: Label, *, n_backfill: int) -> None:
    """Adds a label to a run that nobody is advancing; the run goes on with it when it is opened next.

    A model is one of a fixed list of labels, so the last round chooses no more texts by its own, and a
    finished run has another fit before it.

    Args:
        store: of the run.
        label: see `added_labels.add_label`.
        n_backfill: labelled texts to ask about it, at most; 0: none.

    Raises:
        PoolError: the label cannot be added; nothing was changed.
    """
    with store.transaction():
        place = add_label(store, label)
        if n_backfill:
            keep_backfills(store, [*backfills(store), Backfill(place, n_backfill)])
        records, rounds = stored_records(store), store.rounds()
        if records:
            keep_round(store, replace(records[-1], finished=""), "done", rounds[-1].model)
        store.set_meta(FITTED_ON, f"fewer labels than {place + 1}")


def backfills(store: RunStore) -> tuple[Backfill, ...]:
    """Those that were not asked yet, oldest first."""
    return tuple(Backfill(**found) for found in json.loads(store.meta(_BACKFILLS) or "[]"))


def keep_backfills(store: RunStore, wanted: Sequence[Backfill]) -> None:
    """Keeps these as not asked yet, instead of any others."""
    store.set_meta(_BACKFILLS, json.dumps([{"label": one.label, "n": one.n} for one in wanted]))
