"""The labels of a run that has begun: which there are, what is known of each, and one more."""

from dataclasses import dataclass
from pathlib import Path

from text_al.data.added_labels import added_labels, stored_names
from text_al.data.lock import RunLock
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.loop.new_labels import begin_with_label
from text_al.loop.run_folder import RunFolder
from text_al.types import Label


@dataclass(frozen=True)
class RunLabels:
    """The labels of a run by its store.

    Attributes:
        names: (L,) of all labels; none where the run has not begun.
        added: those that were added since it began, the last of them.
    """

    names: tuple[str, ...] = ()
    added: tuple[Label, ...] = ()


@dataclass(frozen=True)
class LabelCounts:
    """In how many labelled texts a label stands, does not stand, and is not known."""

    name: str
    yes: int
    no: int
    not_known: int


@dataclass(frozen=True)
class Added:
    """A label that was just added.

    Attributes:
        name: the label's.
        n_not_known: labelled texts, for all of which it is not known.
        n_asked: how many of them the run asks about next.
    """

    name: str
    n_not_known: int
    n_asked: int


def run_labels(folder: RunFolder) -> RunLabels:
    """The labels of a run that has begun, read beside a process that may be advancing it.

    Raises:
        PoolError: there is no run in this folder.
    """
    with RunStore.open(folder.state, read_only=True) as store:
        return RunLabels(stored_names(store), tuple(one.label for one in added_labels(store)))


def add_label(run: Path, label: Label, *, n_backfill: int = 50) -> Added:
    """Adds a label to a run that has begun; all that is labelled already is not known for it.

    Args:
        run: the run's folder.
        label: the label.
        n_backfill: labelled texts that the run asks about it next, at most; 0: none.

    Raises:
        PoolError: there is no run in this folder, or the name is blank or taken; nothing was changed.
        RunLockedError: the run is being advanced at this moment.
    """
    folder = RunFolder(run)
    with RunStore.open(folder.state) as store, RunLock(folder.state):
        begin_with_label(store, label, n_backfill=n_backfill)
        pool = QueryPool.open(store)
        _, cells = pool.open_cells()
        n_askable = int(cells[:, -1].sum())
        return Added(label.name, pool.counts().labelled, min(n_backfill, n_askable))


def label_counts(run: Path) -> list[LabelCounts]:
    """Each label of a run, in order, with what is known of it.

    Raises:
        PoolError: there is no run in this folder.
    """
    with RunStore.open(RunFolder(run).state, read_only=True) as store:
        pool = QueryPool.open(store)
        _, targets = pool.labelled()
    counts = ((targets == value).sum(axis=0).tolist() for value in (1, 0, -1))
    return [LabelCounts(*found) for found in zip(pool.labels, *counts, strict=True)]
