"""Records become rows: an id and a text that are text, and what is said of the labels."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from text_al.data.findings import CellError, Findings, missing_column, shown, suggestion
from text_al.data.marks import (
    UNLABELLED,
    Marks,
    known_among,
    looks_like_mark,
    marks_of_cell,
    marks_of_columns,
    names_considered,
)
from text_al.data.records import Record, mend
from text_al.data.sources import Columns
from text_al.data.texts import refuse_lone_surrogates


class Row(NamedTuple):
    """One text as it was read.

    Attributes:
        id: never empty; unique only after the duplicates are seen to.
        text: any text that UTF-8 can hold, also an empty one.
        marks: what is said of its labels.
        where: its place in words, for messages.
    """

    id: str
    text: str
    marks: Marks
    where: str


class RowBuilder:
    """Makes the rows of one file, and watches which columns could hold labels.

    Args:
        columns: how the rows are read.
        known: the declared label names; None takes every name.
        findings: takes the problems and notices.
        first: the number of the first row, where rows are numbered.

    Attributes:
        number: the number of the next row.
        labels_found: whether any record had a column that labels are read from.
        keys: the columns of the first record.
    """

    def __init__(
        self, columns: Columns, known: Sequence[str] | None, findings: Findings, *, first: int = 0
    ) -> None:
        self._columns = columns
        self._known = None if known is None else frozenset(known)
        self._suggestion = cache(lambda name: suggestion(name, known or ()))
        self._findings = findings
        self.number = first
        self.labels_found = False
        self.keys: tuple[str, ...] = ()
        self._candidates: dict[str, bool] = {}
        self._told = False

    def rows(self, records: Iterable[Record]) -> Iterator[Row]:
        """The rows that can be read; of the others `findings` has the problems."""
        for record in records:
            self._watch(record.fields)
            row = self._row(record)
            self.number += 1
            if row is not None:
                yield row

    @property
    def look_alikes(self) -> tuple[str, ...]:
        """The columns in which only 0, 1, -1 and blanks stand; watched until a label column is found."""
        return tuple(name for name, filled in self._candidates.items() if filled)

    def _watch(self, fields: dict[str, Any]) -> None:
        if self.labels_found:
            return
        if not self.keys:
            self.keys = tuple(fields)
            self._candidates = {name: False for name in fields if name not in self._columns.needed}
        self.labels_found = any(name in fields for name in self._columns.label_fields)
        for name in [name for name in self._candidates if not looks_like_mark(fields.get(name))]:
            del self._candidates[name]
        for name in self._candidates:
            self._candidates[name] |= fields.get(name) not in ("", None)

    def _row(self, record: Record) -> Row | None:
        problems: list[str] = []
        row_id = _tried(self._id, record.fields, problems)
        text = _tried(self._text, record.fields, problems)
        marks = _tried(self._marks, record.fields, problems)
        for problem in problems:
            named = f", id {shown(row_id)}" if row_id and self._columns.id else ""
            self._findings.problem(f"{record.where}{named}: {problem}")
        return None if problems else Row(row_id, text, marks, record.where)

    def _id(self, fields: dict[str, Any]) -> str:
        if self._columns.id is None:
            return f"row-{self.number}"
        return id_of(self._field(fields, self._columns.id))

    def _text(self, fields: dict[str, Any]) -> str:
        return text_of(self._field(fields, self._columns.text))

    def _field(self, fields: dict[str, Any], name: str) -> Any:
        if name not in fields:
            raise CellError(missing_column(name, tuple(fields), mend(name, self._columns)))
        return fields[name]

    def _marks(self, fields: dict[str, Any]) -> Marks:
        columns = self._columns
        if columns.label_columns is not None:
            marks = marks_of_columns(fields, columns.label_columns)
        elif columns.labels is not None:
            marks = self._marks_of_cell(fields, columns.labels)
        else:
            return UNLABELLED
        unknown = [name for name in marks.names if self._known is not None and name not in self._known]
        if unknown:
            sentences = [
                f"label {shown(n)} is not in the list of labels. {self._suggestion(n)}" for n in unknown
            ]
            raise CellError(" ".join(sentences))
        for name in marks.names:
            refuse_lone_surrogates(name, "label")
        return marks

    def _marks_of_cell(self, fields: dict[str, Any], labels: str) -> Marks:
        """What a cell of labels says, of those only that are known where the row says which are."""
        separator = self._columns.separator
        marks = marks_of_cell(fields.get(labels), separator=separator)
        cell = fields.get(self._columns.considered or "")
        if not self._is_of_names(cell):
            return marks
        considered = names_considered(cell, separator=separator)
        return marks if considered is None else known_among(marks, considered)

    def _is_of_names(self, cell: Any) -> bool:
        """Whether a cell `considered` is of labels; a column of the name that is of others is not read."""
        if isinstance(cell, list | tuple) or cell in (None, "") or cell != cell:  # NaN is none either
            return True
        is_text = isinstance(cell, str)
        if is_text and (cell.strip().startswith("[") or self._known is None):
            return True
        names = cell.split(self._columns.separator) if is_text else ()
        if any(name.strip() in (self._known or ()) for name in names):
            return True
        if not self._told:
            self._told = True
            what = f"the column 'considered' holds {shown(cell)}, which names no label"
            self._findings.notice(f"{what}; what holds no names there is not read")
        return False


def _tried(read: Callable[[dict[str, Any]], Any], fields: dict[str, Any], problems: list[str]) -> Any:
    """What `read` gives, or None with its complaint among the problems, so that all of a row are told."""
    try:
        return read(fields)
    except CellError as error:
        problems.append(str(error))
        return None


def id_of(value: Any) -> str:
    """An id as text: text as it stands, a whole number in decimals.

    Raises:
        CellError: it is empty, or neither of the two.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise CellError(
            f"the id {shown(value)} is neither text nor a whole number; write it as text, in quotes"
        )
    if not value:
        raise CellError("the id is empty; give the row an id of its own")
    refuse_lone_surrogates(value, "id")
    return value


def text_of(value: Any) -> str:
    """A text as it stands, code point for code point.

    Raises:
        CellError: it is not text, or UTF-8 cannot hold it.
    """
    if not isinstance(value, str):
        raise CellError(f"the text is {shown(value)}, not text; write it in quotes, or delete the row")
    refuse_lone_surrogates(value, "text")
    return value
