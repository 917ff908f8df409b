"""Which cell comes next, and how long all that are left will take."""

from collections import deque
from collections.abc import Iterable
from statistics import mean

from text_al.experiments.cells import Cell
from text_al.experiments.comparison_config import FULL_DATA

Group = tuple[str, str]
Kind = tuple[str, bool]


class Schedule:
    """Cells in order, but those that share texts and learner by the same worker if that can be.

    What is made of texts once (tokens, embeddings) is made by the first cell that needs it; a second process
    that wants it at the same moment would only wait.

    Args:
        cells: in the order in which they are wanted.
    """

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._groups: dict[Group, deque[Cell]] = {}
        self._at_work: dict[int, Group] = {}
        for cell in cells:
            self._groups.setdefault(_group(cell), deque()).append(cell)

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def left(self) -> list[Cell]:
        """Cells that no worker has been given."""
        return [cell for group in self._groups.values() for cell in group]

    def next(self, worker: int) -> Cell | None:
        """The cell that this worker should run now; None where none is left."""
        open_groups = {group: cells for group, cells in self._groups.items() if cells}
        if not open_groups:
            return None
        group = self._at_work.get(worker)
        if group not in open_groups:
            others = {other for number, other in self._at_work.items() if number != worker}
            free = [group for group in open_groups if group not in others]
            group = free[0] if free else max(open_groups, key=lambda group: len(open_groups[group]))
        self._at_work[worker] = group
        return open_groups[group].popleft()

    def again(self, cell: Cell) -> None:
        """A cell that was given out is to be run once more, before the others of its group."""
        self._groups[_group(cell)].appendleft(cell)


class Pace:
    """How long cells take, by data set and learner."""

    def __init__(self) -> None:
        self._seconds: dict[Kind, list[float]] = {}

    def took(self, cell: Cell, seconds: float) -> None:
        """A cell is done."""
        self._seconds.setdefault(_kind(cell), []).append(seconds)

    def of_setting(self, setting: str) -> float | None:
        """Seconds a cell that queries; None before one is done."""
        return _mean(self._seconds.get((setting, False)))

    def left(
        self, waiting: Iterable[Cell], running: Iterable[tuple[Cell, float]], n_workers: int
    ) -> float | None:
        """Seconds until all are done; None before any is.

        Args:
            waiting: cells that have not begun.
            running: cells at work, each with the share of it that is done.
            n_workers: how many run at a time.
        """
        known = [seconds for found in self._seconds.values() for seconds in found]
        if not known:
            return None
        work = sum(self._expected(cell, mean(known)) for cell in waiting)
        work += sum((1 - share) * self._expected(cell, mean(known)) for cell, share in running)
        return work / n_workers

    def _expected(self, cell: Cell, other: float) -> float:
        return _mean(self._seconds.get(_kind(cell))) or other


def _group(cell: Cell) -> Group:
    return cell.setting, cell.config.name


def _kind(cell: Cell) -> Kind:
    return cell.setting, cell.strategy == FULL_DATA


def _mean(seconds: list[float] | None) -> float | None:
    return mean(seconds) if seconds else None
