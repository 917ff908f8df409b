"""A batch as a workbook: locked texts, a cell a label that takes an x, and a status.

The first sheet holds the texts; the guidelines and the labels have theirs, and a hidden one is for reading.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from text_al.errors import AnswersError
from text_al.formats import xlsx_looks as looks
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.cells import LONGEST, NOT_ASKED, displayed, doubts, joined, quoted, said
from text_al.formats.row_columns import OWN
from text_al.formats.whole_file import write_whole_bytes
from text_al.formats.xlsx_cells import openpyxl, put_text
from text_al.formats.xlsx_helps import check_marks, check_status, colour_rows, explain, protect
from text_al.formats.xlsx_memory import write_memory

MOST_COLUMNS = 60
"""So many labels have a column each; of more, the names are written into one."""

SHEETS = ("texts", "guidelines", "labels")
_WIDTHS = {"labels": 40.0, "status": 10.0, "comment": 28.0, "said": 28.0, "reason": 36.0, "in_doubt": 26.0}
_WIDTH = 20.0
_HEADER_OF_LABELS = ("label", "description", "examples")
_TO_WRITE_IN = ("labels", "status", "comment")


@dataclass(frozen=True)
class _Column:
    """A column of the first sheet: one of our own, or a label's."""

    name: str
    is_label: bool = False
    description: str = ""


def write_batch_xlsx(path: Path, batch: Batch) -> None:
    """Write a batch to be filled in; a file of this name is replaced.

    Raises:
        AnswersError: openpyxl is not installed, or an id or a label's name is too long for a cell.
        OSError: it cannot be written.
    """
    problems = _too_long(batch)
    if problems:
        raise AnswersError(str(path), problems)
    book = openpyxl(path).Workbook()
    book.properties.creator = "text_al"
    looks.add_styles(book)
    _write_texts(book.active, batch)
    if batch.guidelines:
        _write_guidelines(book.create_sheet(SHEETS[1]), batch.guidelines)
    _write_labels(book.create_sheet(SHEETS[2]), batch)
    write_memory(book, batch)
    buffer = io.BytesIO()
    book.save(buffer)
    write_whole_bytes(path, buffer.getvalue())


def _too_long(batch: Batch) -> list[str]:
    names = [("id", item.id) for item in batch.items] + [("label", label.name) for label in batch.labels]
    return [
        f"the {what} {name[:40]!r}... is longer than the {LONGEST} characters of a cell; use jsonl or parquet"
        for what, name in names
        if displayed(quoted(name, OWN)) != quoted(name, OWN)
    ]


def _columns(batch: Batch) -> list[_Column]:
    items = batch.items
    is_wide = len(batch.labels) <= MOST_COLUMNS
    is_partly = any(item.considered is not None for item in items)
    labels = [_Column(one.name, is_label=True, description=one.description) for one in batch.labels]
    return [
        _Column("id"),
        _Column("text"),
        *([_Column("considered")] if is_partly and not is_wide else []),
        *(labels if is_wide else [_Column("labels")]),
        _Column("status"),
        _Column("comment"),
        *([_Column("said")] if any(item.said for item in items) else []),
        *([_Column("reason")] if any(item.reason for item in items) else []),
        *([_Column("in_doubt")] if any(item.probs for item in items) else []),
    ]


def _write_texts(sheet: Any, batch: Batch) -> None:
    sheet.title = SHEETS[0]
    columns = _columns(batch)
    _write_header(sheet, columns, batch)
    widths = [dimension.width for dimension in sheet.column_dimensions.values()]
    for number, item in enumerate(batch.items, start=2):
        told = ["" if column.is_label else displayed(_told(column.name, item, batch)) for column in columns]
        for place, (column, text) in enumerate(zip(columns, told, strict=True), start=1):
            _write_cell(sheet.cell(number, place), column, text, item)
        sheet.row_dimensions[number].height = looks.row_height(list(zip(told, widths, strict=True))[1:])
    last = len(batch.items) + 1
    marks = [place for place, column in enumerate(columns, start=1) if column.is_label]
    status = next(place for place, column in enumerate(columns, start=1) if column == _Column("status"))
    if marks:
        check_marks(sheet, (marks[0], marks[-1]), last)
    check_status(sheet, status, last)
    colour_rows(sheet, status, last)
    sheet.column_dimensions["A"].hidden = True
    sheet.freeze_panes = "C2"
    protect(sheet)


def _write_header(sheet: Any, columns: Sequence[_Column], batch: Batch) -> None:
    is_turned = sum(column.is_label for column in columns) >= looks.TURNED_FROM
    names = [label.name for label in batch.labels]
    text_width = looks.text_width([displayed(item.text) for item in batch.items])
    for place, column in enumerate(columns, start=1):
        cell = sheet.cell(1, place)
        cell.style = (
            looks.LABEL if column.is_label else looks.OWN
        )  # before the text, whose mark it would take
        put_text(cell, quoted(column.name, OWN) if column.is_label else column.name)
        width = text_width if column == _Column("text") else _WIDTHS.get(column.name, _WIDTH)
        if column.is_label:
            width = looks.label_width(column.name, is_turned=is_turned)
        sheet.column_dimensions[cell.column_letter].width = width
        explain(cell, column.description, names)
    if is_turned:
        turned = [sheet.cell(1, place) for place, column in enumerate(columns, start=1) if column.is_label]
        looks.turn(turned)
        sheet.row_dimensions[1].height = looks.turned_height(names)


def _write_cell(cell: Any, column: _Column, text: str, item: BatchItem) -> None:
    if column.is_label:
        is_asked = item.considered is None or column.name in item.considered
        cell.style = looks.MARK if is_asked else looks.CLOSED
        cell.value = None if is_asked else NOT_ASKED
        return
    cell.style = looks.NOTE if column.name in _TO_WRITE_IN else looks.TEXT
    if text:
        put_text(cell, text)


def _told(column: str, item: BatchItem, batch: Batch) -> str:
    """What stands in one of our own columns; "" in those to write in."""
    match column:
        case "id":
            return quoted(item.id)
        case "text":
            return item.text
        case "considered" if item.considered is not None:
            return joined(item.considered, [label.name for label in batch.labels])
        case "said":
            return said(item)
        case "reason":
            return item.reason
        case "in_doubt":
            return doubts(item)
    return ""


def _write_guidelines(sheet: Any, guidelines: str) -> None:
    lines = [(displayed(line),) for line in guidelines.splitlines()]
    _write_lines(sheet, lines, (110.0,), styles=(looks.LINE, looks.LINE))
    sheet.sheet_view.showGridLines = False


def _write_labels(sheet: Any, batch: Batch) -> None:
    """The labels with what they mean, in as many columns as something is said in."""
    rows = [(quoted(one.name, OWN), one.description, "\n".join(one.examples)) for one in batch.labels]
    filled = [place for place in range(3) if place == 0 or any(row[place] for row in rows)]
    told = [[displayed(row[place]) for place in filled] for row in (_HEADER_OF_LABELS, *rows)]
    _write_lines(sheet, told, (28.0, 80.0, 60.0)[: len(filled)], styles=(looks.OWN, looks.TEXT))
    sheet.freeze_panes = "A2"


def _write_lines(
    sheet: Any, rows: Sequence[Sequence[str]], widths: Sequence[float], *, styles: tuple[str, str]
) -> None:
    """Fill a sheet that is only to be read; the styles are those of its first row and of the others."""
    for number, row in enumerate(rows, start=1):
        for place, (text, width) in enumerate(zip(row, widths, strict=True), start=1):
            cell = sheet.cell(number, place)
            cell.style = styles[min(number - 1, 1)]
            put_text(cell, text)
            sheet.column_dimensions[cell.column_letter].width = width
        sheet.row_dimensions[number].height = looks.row_height(list(zip(row, widths, strict=True)))
    protect(sheet)
