"""From a workbook that came back to entries: by the names of its columns and the ids of its rows."""

import io
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from text_al.errors import AnswersError
from text_al.formats.content import Content, Reading
from text_al.formats.entries import Entry
from text_al.formats.objects import Heading, considered_of, heading_of
from text_al.formats.row_columns import columns_of
from text_al.formats.rows import Row, entry_of_row
from text_al.formats.xlsx_cells import openpyxl, value_of
from text_al.formats.xlsx_memory import SHEET, Memory, read_memory

OLD = b"\xd0\xcf\x11\xe0"  # .xls, and any workbook behind a password
_SAVE = "save it as 'Excel Workbook (.xlsx)'"
_BROKEN = (
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What is raised on files that are damaged: openpyxl checks little."""

_Table = Sequence[tuple[int, list[Any]]]
"""The rows of a sheet that hold something, each with its number."""


def read_xlsx(content: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its rows.

    Raises:
        AnswersError: it is no workbook, or cannot be opened.
    """
    sheets = _sheets(content)
    memory = _memory(content, sheets.pop(SHEET, ()))
    heading, problem = heading_of(memory.header, names)
    if problem is not None:
        return Reading("row", [], [f"the hidden sheet {SHEET!r}: {problem}"])
    tables = {title: table for title, table in sheets.items() if "id" in _header(table)}
    if len(tables) != 1:
        there = " and ".join(map(repr, tables))
        found = f"the sheets {there} have a column 'id'; keep one" if there else "no sheet has a column 'id'"
        return Reading("row", [], [f"{found}; the first row of the sheet with the answers names its columns"])
    return _read(next(iter(tables.values())), names, heading, memory)


def _read(table: _Table, names: Sequence[str], heading: Heading, memory: Memory) -> Reading:
    columns = columns_of(
        [_text(value) for value in table[0][1]], names, unit="row", listed=heading.labels or names
    )
    if columns.problems:
        return Reading("row", [], columns.problems)
    entries: list[Entry] = []
    problems: list[str] = []
    for line, cells in table[1:]:
        entry, wrong = entry_of_row(Row(line, cells, "row"), columns, names, memory.items)
        problems += wrong
        if entry is not None:
            considered = considered_of(entry.considered, entry.labels, heading.labels)
            extra = {"batch": heading.batch} | dict(entry.extra)
            entries.append(replace(entry, considered=considered, extra=tuple(extra.items())))
    return Reading(
        "row", entries, problems, tuple(f"the column {name!r} is not read" for name in columns.strangers)
    )


def _header(table: _Table) -> list[str]:
    """The names in the first row, in lower case."""
    return [_text(value).strip().casefold() for line, cells in table[:1] if line == 1 for value in cells]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _sheets(content: Content) -> dict[str, _Table]:
    """What stands on each sheet, by its title."""
    reason = _not_a_workbook(content.data)
    if reason:
        raise AnswersError(str(content.path), [reason])
    load = openpyxl(content.path).load_workbook
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what openpyxl leaves out, such as pictures
            book = load(io.BytesIO(content.data), read_only=True)
            try:
                return {sheet.title: _table(sheet) for sheet in book.worksheets}
            finally:
                book.close()
    except _BROKEN as error:
        sentence = f"it cannot be opened as a workbook ({error}); was it cut short? Else {_SAVE}"
        raise AnswersError(str(content.path), [sentence]) from error


def _table(sheet: Any) -> _Table:
    sheet.reset_dimensions()  # other programs write wrong ones
    rows = enumerate(([value_of(cell) for cell in cells] for cells in sheet.iter_rows()), start=1)
    return [(line, cells) for line, cells in rows if any(value is not None for value in cells)]


def _memory(content: Content, table: _Table) -> Memory:
    try:
        return read_memory(cells for _, cells in table)
    except _BROKEN as error:
        sentence = f"its hidden sheet {SHEET!r} was changed ({error}); copy the answers into a fresh file"
        raise AnswersError(str(content.path), [sentence]) from error


def _not_a_workbook(data: bytes) -> str:
    """What a file is instead, and the mend; "" where it may be a workbook."""
    if data.startswith(OLD):
        return f"it is behind a password, or of the old kind .xls; take the password away, or {_SAVE}"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.namelist()
            kind = archive.read("mimetype") if "mimetype" in members else b""
    except _BROKEN as error:
        return f"it begins like a workbook, but cannot be opened ({error}); was it cut short?"
    if b"opendocument" in kind:
        return f"it is an OpenDocument file (.ods); {_SAVE}"
    if "xl/workbook.bin" in members:
        return f"it is a binary workbook (.xlsb); {_SAVE}"
    is_office = "[Content_Types].xml" in members and any(name.startswith("xl/") for name in members)
    return "" if is_office else "it is a zip file, but no Excel workbook; unpack it, and give what is in it"
