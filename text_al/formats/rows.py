"""Rows of a table that people filled in, as entries: one column a label, or one column for all names.

With one column a label: a row is decided where its status says so, or where a label is marked: who marks has
decided. One that holds no mark and no status is not decided yet. Marks that only say no, such as 0, decide
nothing by themselves, so that a row of them needs a status.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from text_al.formats.cells import NOT_ASKED, Formula, answer, is_cut, names_in, unquoted, written
from text_al.formats.entries import LABELLED_WORDS, Entry
from text_al.formats.row_columns import EXTRA, Columns


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        line: its number in the file, from 1.
        cells: (columns,) values as they stand; a short row has fewer.
        unit: what it is called in sentences: "row" or "line".
        is_quoted: whether an id may stand in quotes, as workbooks have it.
    """

    line: int
    cells: Sequence[Any]
    unit: str
    is_quoted: bool = True

    def at(self, places: Mapping[str, int]) -> dict[str, Any]:
        """The values in these columns, by name."""
        return {name: self.cells[place] for name, place in places.items() if place < len(self.cells)}

    def problem(self, entry_id: Any, sentence: str) -> str:
        """A sentence that names the row."""
        return f"{self.unit} {self.line}, id {entry_id!r}: {sentence}"


def entry_of_row(
    row: Row, columns: Columns, names: Sequence[str], noted: Mapping[str, Mapping[str, Any]]
) -> tuple[Entry | None, list[str]]:
    """The entry of a row, and what is wrong with it; neither for a blank one.

    Args:
        row: the row.
        columns: what its columns are.
        names: of the labels there are.
        noted: of each text, by id, what was noted when the file was written: considered, shown, settles,
            and altered, where its cell does not hold the text as it is.
    """
    own, marks = row.at(columns.own), row.at(columns.labels)
    if not any(written(value).strip() for value in row.cells):
        return None, []
    problems = _id_problems(row, own.get("id"))
    entry_id = written(own.get("id"))
    entry_id = unquoted(entry_id) if row.is_quoted else entry_id
    known = noted.get(entry_id, {})
    problems += [
        row.problem(entry_id, f"the cell {name!r} holds the formula {str(own[name])!r}; write its value")
        for name in ("status", "labels", "considered")
        if isinstance(own.get(name), Formula)
    ]
    try:
        how = _how(own, known)
    except ValueError as error:
        problems.append(row.problem(entry_id, f"the cell 'settles' {error}"))
        how = {}
    status = written(own.get("status"))
    if columns.labels:
        labels, crossed, wrong = _marked(row, entry_id, marks, status)
        problems += wrong
    else:
        labels, crossed = names_in(written(own.get("labels")).strip(), names), ()
    if labels is None and status.strip().casefold() in LABELLED_WORDS:
        labels = []
    asked = names_in(written(own.get("considered")).strip(), names)
    asked = known.get("considered") if asked is None else asked
    asked = _considered(asked, columns.labels or None, crossed, names)
    entry = Entry(row.line, entry_id, labels, status, asked, extra=_extra(own, known), how=how)
    return (None if problems else entry), problems


def _id_problems(row: Row, value: Any) -> list[str]:
    if isinstance(value, Formula):
        return [row.problem(str(value), "the id is a formula; the ids of the batch are text")]
    if isinstance(value, str) and value:
        return []
    if written(value).strip():
        mend = "format the column as text, so that ids like 00001 keep their zeros"
        return [row.problem(value, f"the id must be text, but it is {type(value).__name__}; {mend}")]
    return [row.problem("", "the id must be text, but it is blank; take it from the batch, or clear the row")]


def _marked(
    row: Row, entry_id: str, marks: Mapping[str, Any], status: str
) -> tuple[list[str] | None, Sequence[str], list[str]]:
    """The labels marked, None where none is; those crossed out as not considered; and what is wrong."""
    answers: dict[str, bool | None] = {}
    crossed: list[str] = []
    problems: list[str] = []
    for name, value in marks.items():
        if written(value).strip() == NOT_ASKED:
            crossed.append(name)
            continue
        try:
            answers[name] = answer(value)
        except ValueError as error:
            problems.append(row.problem(entry_id, f"the cell of the label {name!r} {error}"))
    chosen = [name for name, yes in answers.items() if yes]
    if False in answers.values() and not chosen and not status.strip():
        problems.append(row.problem(entry_id, "labels are answered with no only; write done under status"))
    return chosen or None, crossed, problems


def _considered(
    asked: Sequence[str] | None,
    there: Mapping[str, int] | None,
    crossed: Sequence[str],
    names: Sequence[str],
) -> list[str] | None:
    """What the row is about; None where neither it nor the columns say."""
    if asked is None and there is None:
        return None
    about = [name for name in names if name in (there or ())] if asked is None else asked
    return [name for name in about if name not in crossed]


def _extra(own: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Who, when, and the text, unless it could not stand in the cell as it is."""
    found = {name: written(own.get(name)) for name in EXTRA}
    if known.get("altered") or is_cut(found["text"]):
        found.pop("text")
    return tuple((name, cell) for name, cell in found.items() if cell)


def _how(own: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Circumstances, as the row has them or as they were noted; what cannot be read is left as it stands.

    Raises:
        ValueError: `settles` is neither yes nor no.
    """
    found = {name: known[name] for name in ("shown", "settles") if known.get(name) is not None}
    cells = {
        name: text
        for name in ("seconds", "ref", "shown", "settles")
        if (text := written(own.get(name)).strip())
    }
    for name, text in cells.items():
        found[name] = {"seconds": _number, "shown": _json, "settles": _is_true}.get(name, str)(text)
    return found


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_true(text: str) -> bool:
    return bool(answer(text))


_READ: Mapping[str, Callable[[str], Any]] = {
    "seconds": _number,
    "ref": str,
    "shown": _json,
    "settles": _is_true,
}
