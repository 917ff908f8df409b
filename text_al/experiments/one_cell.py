"""One cell, from its texts to its last file: the same loop as any run, with less written on the way.

A comparison has hundreds of runs that nobody watches one by one. So a picture of the curve and TensorBoard's
files are written once, when a cell is done, and models are removed then; the run's records are the same.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from text_al.assemble.runs import open_run
from text_al.config import RunConfig
from text_al.data.pool import QueryPool
from text_al.errors import RunLockedError, TextALError
from text_al.experiments.cell_state import CellState, read_state, write_state
from text_al.experiments.cells import Cell
from text_al.loop.rounds import Finished, advance
from text_al.loop.run import Follower, Run
from text_al.records import EvaluationRecord, RoundRecord
from text_al.reporting import Silent
from text_al.tracking.tensorboard import Hparam, TensorBoardWriter

ORPHAN_SECONDS = 60.0
"""How long a process of a killed comparison may take to die, which still holds the lock of its run."""


def run_cell(
    cell: Cell, config: RunConfig, *, keep_models: bool, tell: Callable[[int], None] = lambda _: None
) -> CellState:
    """Runs a cell, or goes on with it, to its end.

    Args:
        cell: which one.
        config: what it is run with; see `prepared.ready`.
        keep_models: whether its models stay.
        tell: hears how many texts are labelled, at the end of each round.

    Returns:
        Its state, which is kept beside the run.

    Raises:
        TextALError: of the run; or its oracle does not answer at once.
    """
    with _opened(config) as run:
        meter = _Meter(run.folder.path)
        run.follower = _QuietFollower(run.follower, meter, tell)
        outcome = advance(run)
        if not isinstance(outcome, Finished):
            raise TextALError(
                f"{cell.id}: its oracle waits for answers, which a comparison cannot; "
                "use oracle: {type: simulated}"
            )
        records = run.records()
        state = replace(
            meter.state(),
            n_labels=run.pool.n_labels,
            n_pool=len(run.pool),
            positive_labels=_positive_labels(run.pool, records),
        )
        labels = run.pool.labels
    folder = cell.folder
    if cell.config.tracking.tensorboard:
        _write_tensorboard(folder / "tensorboard", cell, records, labels)
    if not keep_models:
        for name in ("models", "scores"):
            shutil.rmtree(folder / name, ignore_errors=True)
    state = replace(state, finished=outcome.reason)
    write_state(folder, state)
    return state


def _opened(config: RunConfig) -> Run:
    """The run; a process of a killed comparison that still holds it is waited for."""
    began = time.monotonic()
    while time.monotonic() - began < ORPHAN_SECONDS:
        with suppress(RunLockedError):
            return open_run(config)
        time.sleep(0.2)
    return open_run(config)


class _Meter:
    """Seconds on the clock and of the processor, added to those of former sittings."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._state = folder, read_state(folder)
        self._before = self._state
        self._clock, self._cpu = time.monotonic(), time.process_time()

    def end_round(self, number: int) -> None:
        """A round is done; its figures are kept."""
        cpu = self._before.cpu_so_far + time.process_time() - self._cpu
        by_round = {**self._state.cpu_seconds, str(number): round(cpu, 3)}
        self._state = replace(self.state(), cpu_seconds=by_round)
        write_state(self._folder, self._state)

    def state(self) -> CellState:
        """With the seconds up to now."""
        seconds = self._before.seconds + time.monotonic() - self._clock
        return replace(self._state, seconds=round(seconds, 3))


class _QuietFollower(Silent):
    """Passes on what the log needs; of rounds only their end is told, and all is written at the end.

    Args:
        follower: the run's own.
        meter: keeps what each round took.
        tell: hears how many texts are labelled.
    """

    def __init__(self, follower: Follower, meter: _Meter, tell: Callable[[int], None]) -> None:
        self._follower, self._meter, self._tell = follower, meter, tell

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:
        """For the log."""
        self._follower.begin_round(round_number, n_labelled, n_pool)

    def evaluation(self, record: EvaluationRecord) -> None:
        """For the log."""
        self._follower.evaluation(record)

    def note(self, sentence: str) -> None:
        """For the log."""
        self._follower.note(sentence)

    def end_round(self, record: RoundRecord, all_records: Sequence[RoundRecord]) -> None:  # noqa: ARG002
        """What it took is kept; nothing is drawn."""
        self._meter.end_round(record.round)
        self._tell(record.n_labelled)

    def finish(self, records: Sequence[RoundRecord], reason: str) -> None:
        """All records are written."""
        self._follower.finish(records, reason)


def _positive_labels(pool: QueryPool, records: Sequence[RoundRecord]) -> dict[str, int]:
    """By round: labels with a positive among the texts that were labelled before its fit."""
    first = np.full(pool.n_labels, np.inf)
    for event in pool.events():
        if event.kind == "labelled" and event.targets is not None:
            positive = np.flatnonzero(np.array(event.targets) == 1)
            first[positive] = np.minimum(first[positive], event.round)
    return {str(record.round): int((first < record.round).sum()) for record in records}


def _write_tensorboard(
    folder: Path, cell: Cell, records: Sequence[RoundRecord], labels: Sequence[str]
) -> None:
    """Curves alone: pictures and texts of each round would take more time and room than all the rest."""
    bare = [replace(record, reliability={}, queried=()) for record in records]
    hparams: dict[str, Hparam] = {
        "data": cell.data, "learner": cell.learner, "strategy": cell.strategy, "seed": cell.seed,
    }  # fmt: skip
    writer = TensorBoardWriter(folder, bare, hparams=hparams, labels=labels)
    writer.finish()
    writer.close()
