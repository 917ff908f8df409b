"""The cells of the tables: each is measured once, and kept as a line of JSON."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np

from text_al.metrics import f1_scores, macro_average_precision, sigmoid
from text_al.types import FloatArray, TargetArray


@dataclass(frozen=True)
class Task:
    """What decides a cell, and what it is known by.

    Attributes:
        data: the set's name.
        method: the learner's or recipe's.
        made_with: the program behind it, by version or content: a changed one is measured anew.
        n_labelled: random texts it is taught.
        seed: of the draw and of the fit.
    """

    data: str
    method: str
    made_with: str
    n_labelled: int
    seed: int


@dataclass(frozen=True)
class Figures:
    """How one fit did on the test set.

    Attributes:
        macro_f1: in [0, 1], a label without positives counting 0.
        micro_f1: in [0, 1].
        macro_average_precision: in [0, 1], at no threshold.
        cpu_seconds: of the fit and the test, all threads.
        thresholds: how they were chosen.
        notes: what the learner had to say.
    """

    macro_f1: float
    micro_f1: float
    macro_average_precision: float
    cpu_seconds: float
    thresholds: str
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, truth: TargetArray, logits: FloatArray, cuts: FloatArray | float, **known: Any) -> Self:
        """From targets and logits (n, L), and the probabilities (L,) from which labels are predicted."""
        scores = f1_scores(truth, sigmoid(logits) >= np.asarray(cuts))
        return cls(scores.macro, scores.micro, macro_average_precision(truth, logits), **known)


class Cells:
    """All cells measured so far.

    Args:
        file: where they are kept; None forgets them.

    Raises:
        ValueError: a line of the file is no cell; the message names it.
    """

    def __init__(self, file: Path | None) -> None:
        self._file, self._found = file, dict[Task, Figures]()
        if file is not None and file.exists():
            lines = file.read_text(encoding="utf-8").splitlines()
            self._found = dict(_cell(line, f"{file}:{at}") for at, line in enumerate(lines, start=1))

    def find(self, task: Task) -> Figures | None:
        """The cell if it was measured before."""
        return self._found.get(task)

    def measured(self, task: Task, measure: Callable[[], Figures]) -> Figures:
        """The cell, which is measured and kept where it is not there yet."""
        if task not in self._found:
            self._found[task] = measure()
            self._keep(task)
        return self._found[task]

    def _keep(self, task: Task) -> None:
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({**asdict(task), **asdict(self._found[task])}) + "\n")


def _cell(line: str, place: str) -> tuple[Task, Figures]:
    try:
        said = json.loads(line)
        task = Task(**{field.name: said.pop(field.name) for field in fields(Task)})
        return task, Figures(**{**said, "notes": tuple(said["notes"])})
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{place}: {line[:80]!r} is no cell ({error}); delete the line, and it is measured again"
        ) from None
