"""Takes answers from files into a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from text_al.data.changes import LabelChange
from text_al.data.corpus import Corpus
from text_al.data.lock import RunLock
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.loop.run_folder import RunFolder
from text_al.oracles import import_answers


@dataclass(frozen=True)
class Imported:
    """What an import changed, and how many texts still wait for an answer."""

    change: LabelChange
    n_missing: int


def import_files(run: Path, files: Sequence[Path]) -> Imported:
    """Takes all answers of all files, or, if one of them is wrong, none.

    Args:
        run: the run's folder.
        files: filled-in query files.

    Raises:
        AnswersError: with every problem: file, line, id, label; nothing was changed.
        RunLockedError: the run is being advanced at this moment.
        PoolError: there is no run in this folder.
    """
    folder = RunFolder(run)
    with RunStore.open(folder.state) as store, RunLock(folder.state):
        pool = QueryPool.open(store)
        answers = import_answers(files, Corpus.open(folder.corpus / "pool.arrow"))
        change = pool.label(answers, round=_round(pool))
        return Imported(change, pool.counts().pending)


def _round(pool: QueryPool) -> int:
    """The round in which answers are taken: that of the request that waits, else that of the last event."""
    waiting = pool.open_requests()
    if waiting:
        return waiting[0].round
    return max((event.round for event in pool.events()), default=0)
