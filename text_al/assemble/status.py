"""How far a run has come, read beside a process that may be advancing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from text_al.data.lock import is_locked
from text_al.data.page_journal import waiting_answers
from text_al.data.pool import QueryPool
from text_al.data.states import PoolCounts
from text_al.data.store import RunStore
from text_al.loop.run import stored_records
from text_al.loop.run_folder import RunFolder
from text_al.records import RoundRecord


@dataclass(frozen=True)
class Status:
    """A run at a glance.

    Attributes:
        folder: the run's.
        state: "running", "waiting for labels", "finished: ..." or "stopped; the same command goes on".
        counts: texts by state.
        labels: their names.
        request_id: the request that waits, or "".
        records: all rounds so far.
        n_of_page: answers of the labelling page that the run has not taken yet.
    """

    folder: Path
    state: str
    counts: PoolCounts
    labels: tuple[str, ...]
    request_id: str
    records: Sequence[RoundRecord]
    n_of_page: int = 0

    @property
    def profiled(self) -> RoundRecord:
        """The round whose stages say most: the last one that has chosen texts, or else the last."""
        chosen = [record for record in self.records if record.queried]
        return (chosen or self.records)[-1]


def read_status(run: Path) -> Status:
    """Reads a run's state without disturbing it.

    Raises:
        PoolError: there is no run in this folder.
    """
    folder = RunFolder(run)
    with RunStore.open(folder.state, read_only=True) as store:
        pool = QueryPool.open(store)
        records = stored_records(store)
        waiting = pool.open_requests()
        counts = pool.counts()
    request_id = waiting[0].id if waiting else ""
    if is_locked(folder.state):
        state = "running"
    elif request_id:
        state = "waiting for labels"
    elif records and records[-1].finished:
        state = f"finished: {records[-1].finished}"
    else:
        state = "stopped; the same command goes on"
    return Status(run, state, counts, pool.labels, request_id, records, waiting_answers(run))
