"""A comparison from its file to its table: cells over worker processes, until none is left."""

import queue
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from text_al.data.lock import RunLock
from text_al.experiments.cell_state import ERROR, has_failed, read_state
from text_al.experiments.cells import Cell, cells_of
from text_al.experiments.collecting import Collected, collect
from text_al.experiments.comparison_config import Comparison
from text_al.experiments.comparison_file import Loaded, to_yaml
from text_al.experiments.grid_view import GridView, SettingStanding, Standing
from text_al.experiments.schedule import Pace, Schedule
from text_al.experiments.unchanged import FILE, with_what_is_there
from text_al.experiments.workers import Message, Worker, n_workers
from text_al.tracking.atomic import write_atomically
from text_al.version import __version__

_SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True)
class Failure:
    """A cell that ended in an error.

    Attributes:
        id: the cell's.
        sentence: what happened.
        log: the whole story.
    """

    id: str
    sentence: str
    log: Path


@dataclass(frozen=True)
class Outcome:
    """What came of a comparison.

    Attributes:
        folder: its folder.
        n_cells: cells it asks for.
        n_done: those of them that are done.
        failures: those of them that failed, now or before.
        collected: the table of all rounds; None where no cell is done.
    """

    folder: Path
    n_cells: int
    n_done: int
    failures: tuple[Failure, ...]
    collected: Collected | None


def run_grid(
    loaded: Loaded, view: GridView, *, retry_failed: bool = False, make_worker: Callable[..., Worker] = Worker
) -> Outcome:
    """Runs all cells that are not done, and writes the table of all rounds.

    Killed at any moment, the same call goes on; cells that are done are never run again.

    Args:
        loaded: the comparison.
        view: shows how far it is; closed at the end.
        retry_failed: whether cells that failed before are tried again.
        make_worker: starts a worker process.

    Raises:
        RunLockedError: another process runs this comparison.
        ConfigError: a cell that has begun would be another, or cannot be used.
    """
    cells, comparison = cells_of(loaded), loaded.comparison
    comparison.folder.mkdir(parents=True, exist_ok=True)
    with RunLock(comparison.folder / "comparison"):
        whole = with_what_is_there(comparison, cells)
        header = f"# text_al {__version__}\n# The comparison as it stands, with every default.\n"
        write_atomically(comparison.folder / FILE, (header + to_yaml(whole)).encode())
        grid = _Grid(comparison, cells, view, retry_failed=retry_failed)
        try:
            grid.run(make_worker)
        finally:
            view.close()
        collected = collect(comparison.folder) if grid.n_done else None
    return Outcome(comparison.folder, len(cells), grid.n_done, tuple(grid.failures.values()), collected)


class _Grid:
    """The cells of one sitting, and the workers that run them."""

    def __init__(
        self, comparison: Comparison, cells: Sequence[Cell], view: GridView, *, retry_failed: bool
    ) -> None:
        self._comparison, self._cells, self._view = comparison, cells, view
        self._pace = Pace()
        self._done: set[str] = set()
        self._deaths: Counter[str] = Counter()
        self._workers: dict[int, Worker] = {}
        self._shares: dict[int, float] = {}
        self._heard: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.failures: dict[str, Failure] = {}
        waiting = []
        for cell in cells:
            state = read_state(cell.folder)
            if state.finished:
                self._done.add(cell.id)
                self._pace.took(cell, state.seconds)
            elif has_failed(cell.folder) and not retry_failed:
                self._failed(cell, _last_line(cell.folder / ERROR))
            else:
                waiting.append(cell)
        self._schedule = Schedule(waiting)

    @property
    def n_done(self) -> int:
        """Cells that are done."""
        return len(self._done)

    def run(self, make_worker: Callable[..., Worker]) -> None:
        """Until no cell is left."""
        self._show()
        try:
            for number in range(min(n_workers(self._comparison), len(self._schedule))):
                self._start(number, make_worker)
            while any(worker.cell for worker in self._workers.values()):
                try:
                    message = self._heard.get(timeout=_SECONDS_BETWEEN_LOOKS)
                except queue.Empty:
                    pass
                else:
                    self._take(message, make_worker)
                self._show()
        finally:
            for worker in self._workers.values():
                worker.end()

    def _start(self, number: int, make_worker: Callable[..., Worker]) -> None:
        self._workers[number] = make_worker(number, self._comparison, self._heard)
        self._feed(number)

    def _feed(self, number: int) -> None:
        worker = self._workers[number]
        worker.cell = None
        self._shares[number] = 0.0
        cell = self._schedule.next(number)
        if cell is not None:
            worker.give(cell)

    def _take(self, message: Message, make_worker: Callable[..., Worker]) -> None:
        number, said = message.worker, message.said
        cell = self._workers[number].cell
        if cell is None:
            return
        match said["event"]:
            case "round":
                self._shares[number] = float(said["share"])
            case "done":
                self._done.add(cell.id)
                self._pace.took(cell, float(said["seconds"]))
                self._feed(number)
            case "failed":
                self._failed(cell, str(said["sentence"]))
                self._feed(number)
            case "died":
                self._bury(number, cell, int(said["status"]))
                self._start(number, make_worker)

    def _bury(self, number: int, cell: Cell, status: int) -> None:
        """A process that died may have been killed from outside: its cell is run once more, not twice."""
        self._workers[number].end()
        self._deaths[cell.id] += 1
        if self._deaths[cell.id] == 1:
            self._schedule.again(cell)
            return
        log = self._comparison.folder / "logs" / f"worker-{number}.log"
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        sentence = f"the process that ran it {how}, twice; see {log}, and whether memory was short"
        cell.folder.mkdir(parents=True, exist_ok=True)
        (cell.folder / ERROR).write_text(f"{sentence}\n", encoding="utf-8")
        self._failed(cell, sentence)

    def _failed(self, cell: Cell, sentence: str) -> None:
        self.failures[cell.id] = Failure(cell.id, sentence, cell.folder / ERROR)
        self._view.note(f"failed: {cell.id}: {sentence}")

    def _show(self) -> None:
        at_work = self._workers.values()
        running = [(worker.cell, self._shares[worker.number]) for worker in at_work if worker.cell]
        done, every = Counter[str](), Counter[str]()
        for cell in self._cells:
            every[cell.setting] += 1
            done[cell.setting] += cell.id in self._done
        busy = Counter(cell.setting for cell, _ in running)
        settings = [
            SettingStanding(name, done[name], n, self._pace.of_setting(name), busy[name])
            for name, n in every.items()
        ]
        share = (self.n_done + sum(share for _, share in running)) / len(self._cells)
        left = self._pace.left(self._schedule.left(), running, max(len(running), 1))
        self._view.show(Standing(self._comparison.name, settings, len(self.failures), share, left))


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8").strip().splitlines()
    return lines[-1] if lines else "it failed before"
