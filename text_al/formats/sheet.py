"""CSV for spreadsheets: a row a text, with the columns `labels` and `status` to fill in.

Names in `labels` are joined by |, or stand as a JSON list. A blank row is not decided yet; "labelled" (also
"done", "none" or "empty") without labels is decided: none applies. The column `considered`, where it is
there, names in the same way the labels that are asked about; a blank cell says nothing. What a model saw
stands behind: the labels in doubt with their probability, and the ids of the labelled texts most like it;
then the batch that a row answers; and, as JSON for reading back, what was shown of the model. A table with
one column a label, such as a workbook saved as CSV, is read as a workbook is.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from text_al.circumstances import shown_plain
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.cells import doubts, joined, said, seen
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import Entry
from text_al.formats.row_columns import Columns, columns_of
from text_al.formats.rows import Row, entry_of_row
from text_al.formats.whole_file import write_whole

COLUMNS = ("id", "text", "labels", "status", "rank", "score", "reason")
_SEEN = ("in_doubt", "nearest")  # what the model saw, where there was one
_DELIMITERS = (",", ";", "\t")  # a spreadsheet writes the one of its language
_LONGEST_CELL = 2**31 - 1  # csv's own limit of 131,072 characters is less than a long text
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def write_batch_csv(path: Path, batch: Batch) -> None:
    """Write a batch to be filled in; a file of this name is replaced.

    A cell that a spreadsheet would run as a formula gets an apostrophe before it, which reading takes away.

    Raises:
        OSError: it cannot be written.
    """
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, _columns(batch), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(_cells(item, batch) for item in batch.items)
    write_whole(path, _BYTE_ORDER_MARK + table.getvalue())


def read_sheet(found: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its rows."""
    csv.field_size_limit(_LONGEST_CELL)
    delimiter = next((mark for mark in _DELIMITERS if "id" in _lowered(_header(found.text, mark))), None)
    if delimiter is None:
        mend = f"the first line names the columns {', '.join(COLUMNS)}"
        return Reading("line", [], [f"line 1: there is no column 'id'; {mend}"])
    header = _header(found.text, delimiter)
    columns = columns_of(header, names, unit="line", listed=names)
    if not columns.labels and "labels" not in columns.own:
        there = ", ".join(_lowered(header))
        return Reading("line", [], [f"line 1: there is no column 'labels', only {there}"])
    entries, problems = _read(found.text, delimiter, columns, names)
    notes = tuple(f"the column {name!r} is not read" for name in columns.strangers)
    return Reading("line", entries, [*columns.problems, *problems], () if columns.problems else notes)


def _read(
    content: str, delimiter: str, columns: Columns, names: Sequence[str]
) -> tuple[list[Entry], list[str]]:
    entries: list[Entry] = []
    problems: list[str] = []
    width = len(_header(content, delimiter))
    line = 1
    try:
        for line, cells in _rows(content, delimiter):
            if len(cells) > width:
                problems.append(f"line {line}: {len(cells)} cells in {width} columns; are quotes missing?")
                continue
            row = Row(line, [unguarded(cell) for cell in cells], "line", is_quoted=bool(columns.labels))
            entry, wrong = entry_of_row(row, columns, names, {})
            entries += [entry] if entry is not None else []
            problems += wrong
    except csv.Error as error:
        problems.append(f"after line {line}: {error}; is a quote not closed?")
    return entries, problems


def guarded(cell: str) -> str:
    """The cell, with an apostrophe before it where a spreadsheet would run it as a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _header(content: str, delimiter: str) -> list[str]:
    """The cells of the first row, which may hold line breaks, as labels may."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    return [unguarded(name) for name in next(reader, [])]


def _lowered(header: Sequence[str]) -> list[str]:
    return [name.strip().lower() for name in header]


def _rows(content: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows after the first, each with the number of the line in which it begins."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    next(reader)
    begins = reader.line_num + 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


def _columns(batch: Batch) -> tuple[str, ...]:
    """Those that every batch has, and those that this one has something for."""
    items = batch.items
    return (
        *COLUMNS[:2],
        *(("considered",) if any(item.considered is not None for item in items) else ()),
        *COLUMNS[2:],
        *(_SEEN if any(item.probs or item.nearest for item in items) else ()),
        *(("said",) if any(item.said for item in items) else ()),
        *(("settles",) if batch.settles else ()),
        "batch",
        *(("shown",) if batch.model else ()),
    )


def _cells(item: BatchItem, batch: Batch) -> dict[str, str | int]:
    """What stands in a text's row, by column; labels and status are blank."""
    names = [label.name for label in batch.labels]
    shown = seen(batch, item)
    plain = "" if shown is None else json.dumps(shown_plain(shown), ensure_ascii=False)
    return {
        "id": guarded(item.id),
        "text": guarded(item.text),
        "considered": "" if item.considered is None else guarded(joined(item.considered, names)),
        "rank": item.rank,
        "score": "" if item.score is None else repr(item.score),
        "reason": guarded(item.reason),
        "in_doubt": guarded(doubts(item)),
        "nearest": guarded(", ".join(item.nearest)),
        "said": guarded(said(item)),
        "settles": "yes",
        "batch": guarded(batch.id),
        "shown": plain,
    }


CSV = Format(
    name="csv",
    title="CSV",
    suffix=".csv",
    recognises=lambda _: False,  # what nothing else is
    read=read_sheet,
    write=write_batch_csv,
)
