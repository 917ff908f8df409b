"""What stands beside a cell's run: how far it is, what it cost, and that it is done."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from text_al.tracking.atomic import write_atomically

STATE, ERROR = "cell.json", "error.log"


@dataclass(frozen=True)
class CellState:
    """How far a cell is.

    Attributes:
        finished: why its run ended, once all its files are written; "" before.
        seconds: on the clock, over all sittings; what a killed process did of a round is not counted.
        cpu_seconds: by round, of its process up to that round's end, all threads together.
        n_labels: labels of its data set.
        n_pool: texts of its pool, labelled or not.
        positive_labels: by round, labels with a positive among what the round's model learned from.
    """

    finished: str = ""
    seconds: float = 0.0
    cpu_seconds: Mapping[str, float] = field(default_factory=dict)
    n_labels: int = 0
    n_pool: int = 0
    positive_labels: Mapping[str, int] = field(default_factory=dict)

    @property
    def cpu_so_far(self) -> float:
        """Of all rounds that are done."""
        return max(self.cpu_seconds.values(), default=0.0)


def read_state(folder: Path) -> CellState:
    """The state of the cell whose run is in this folder; one that has not begun has none of anything."""
    try:
        return CellState(**json.loads((folder / STATE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return CellState()


def write_state(folder: Path, state: CellState) -> None:
    """Keeps the state, whole or as it was before."""
    write_atomically(folder / STATE, json.dumps(asdict(state)).encode())


def has_failed(folder: Path) -> bool:
    """Whether the cell ended in an error, of which the folder has a log."""
    return (folder / ERROR).exists()
