"""What a row says of its labels: yes, no or not known for each, or nothing at all."""

import json
import math
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from text_al.data.findings import CellError, shown


class State(IntEnum):
    """What is known of a row's labels."""

    UNLABELLED = 0
    """Nobody has labelled it."""
    PARTIAL = 1
    """A label that is not named is not known."""
    COMPLETE = 2
    """A label that is not named does not apply."""
    EMPTY_CELL = 3
    """A cell with nothing in it: labelled with nothing or not labelled, to be told by the other rows.

    Where labels are named, those alone are known if it is labelled.
    """


class Marks(NamedTuple):
    """The labels a row names, each with 1 (yes), 0 (no) or -1 (not known).

    Attributes:
        names: label names, each once.
        values: as many of 1, 0, -1.
        state: what holds for the labels that are not named.
    """

    names: tuple[str, ...]
    values: tuple[int, ...]
    state: State


UNLABELLED = Marks((), (), State.UNLABELLED)
EMPTY_CELL = Marks((), (), State.EMPTY_CELL)
_CELLS = {"": -1, "-1": -1, "-1.0": -1, "0": 0, "0.0": 0, "false": 0, "1": 1, "1.0": 1, "true": 1}


def complete(names: Sequence[str]) -> Marks:
    """These labels apply, and no other; a name given twice counts once."""
    once = tuple(dict.fromkeys(names))
    return Marks(once, (1,) * len(once), State.COMPLETE)


def partial(marks: Mapping[str, int]) -> Marks:
    """These labels are marked, and others are not known; where none is known, the row is not labelled."""
    if all(value == -1 for value in marks.values()):
        return Marks(tuple(marks), tuple(marks.values()), State.UNLABELLED)
    return Marks(tuple(marks), tuple(marks.values()), State.PARTIAL)


def marks_of_cell(cell: Any, *, separator: str) -> Marks:
    """The labels of one labels cell: a list, a JSON list, separated names, an object {label: mark}, or None.

    Raises:
        CellError: with the sentence that says what is wrong and what to do.
    """
    if cell is None:
        return UNLABELLED
    if isinstance(cell, str):
        return _marks_of_text(cell, separator)
    if isinstance(cell, dict):
        return partial({checked_name(name): mark_of(value, name) for name, value in cell.items()})
    if isinstance(cell, list | tuple):
        return complete([checked_name(name) for name in cell])
    raise CellError(f"the labels {shown(cell)} are neither a list nor text; write a list of names")


def _marks_of_text(cell: str, separator: str) -> Marks:
    text = cell.strip()
    if text.startswith("[") and text.endswith("]"):
        return complete([checked_name(name) for name in _json_list(text)])
    names = [part.strip() for part in text.split(separator) if part.strip()]
    return complete(names) if names else EMPTY_CELL


def _json_list(text: str) -> list[Any]:
    try:
        names = json.loads(text)
    except ValueError:
        raise CellError(
            f'the labels {shown(text)} look like a list but are not JSON; write ["a", "b"]'
        ) from None
    return list(names)


def names_considered(cell: Any, *, separator: str) -> tuple[str, ...] | None:
    """The labels that a row says are known: a list, a JSON list or separated names; None where all are.

    Raises:
        CellError: with the sentence that says what is wrong and what to do.
    """
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    found = marks_of_cell(cell, separator=separator)
    return None if found.state is State.EMPTY_CELL else found.names


def known_among(marks: Marks, considered: Sequence[str]) -> Marks:
    """The same where labels are known of no others than these; an object of marks says so itself.

    Raises:
        CellError: a label is given, but not among those considered.
    """
    if marks.state not in (State.COMPLETE, State.EMPTY_CELL):
        return marks
    beyond = [shown(name) for name in marks.names if name not in considered]
    if beyond:
        mend = "correct one of the two cells, or rename the column if it means something else"
        raise CellError(f"label {', '.join(beyond)} is given, but not in the cell 'considered'; {mend}")
    known = partial({name: int(name in marks.names) for name in considered})
    return known if marks.state is State.COMPLETE else known._replace(state=State.EMPTY_CELL)


def marks_of_columns(fields: Mapping[str, Any], label_columns: Sequence[str]) -> Marks:
    """The labels of a row with one 1/0/-1 column a label.

    Raises:
        CellError: with one sentence for all cells that hold something else.
    """
    marks, problems = {}, []
    for name in label_columns:
        try:
            marks[name] = mark_of(fields.get(name), name)
        except CellError as error:
            problems.append(str(error))
    if problems:
        raise CellError("; ".join(problems))
    return partial(marks)


def mark_of(value: Any, name: str) -> int:
    """1, 0 or -1 of a cell: numbers, true and false, and their text; blank, null and NaN are -1.

    Raises:
        CellError: the cell holds something else.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return -1
    if isinstance(value, bool | int | float) and value in (1, 0, -1):
        return int(value)
    mark = _CELLS.get(value.strip().lower()) if isinstance(value, str) else None
    if mark is None:
        raise CellError(
            f"label {shown(name)} holds {shown(value)}; write 1 (yes), 0 (no), -1 or blank (not known)"
        )
    return mark


def looks_like_mark(value: Any) -> bool:
    """Whether a cell could be one of a 0/1 column."""
    return (
        value in ("", "0", "1", "-1")
        if isinstance(value, str)
        else value is None or value in (True, False, -1)
    )


def checked_name(name: Any) -> str:
    """The name itself.

    Raises:
        CellError: it is not text, or holds nothing that can be seen.
    """
    if not isinstance(name, str):
        raise CellError(f"the label {shown(name)} is not text; write the label's name, in quotes")
    if not name.strip():
        raise CellError(f"a label is {shown(name)}; a label's name cannot be blank")
    return name
