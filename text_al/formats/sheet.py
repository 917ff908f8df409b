"""CSV for spreadsheets: a row a text, with the columns `labels` and `status` to fill in.

Names in `labels` are joined by |, or stand as a JSON list. A blank row is not decided yet; "labelled" (also
"done", "none" or "empty") without labels is decided: none applies. The column `considered`, where it is
there, names in the same way the labels that are asked about; a blank cell says nothing. What a model saw
stands behind: the labels in doubt with their probability, and the ids of the labelled texts most like it.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from text_al.formats.batch import Batch, BatchItem
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import LABELLED_WORDS, Entry
from text_al.formats.whole_file import write_whole

COLUMNS = ("id", "text", "labels", "status", "rank", "score", "reason")
_SEEN = ("in_doubt", "nearest")  # what the model saw, where there was one
_EXTRA = ("annotator", "at", "comment", "text")
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
    is_partly = any(item.considered is not None for item in batch.items)
    is_seen = any(item.probs or item.nearest for item in batch.items)
    asked = ("considered",) if is_partly else ()
    columns = (*COLUMNS[:2], *asked, *COLUMNS[2:], *(_SEEN if is_seen else ()))
    writer = csv.DictWriter(table, columns, extrasaction="ignore")
    writer.writeheader()
    names = [label.name for label in batch.labels]
    writer.writerows(_cells(item, names) for item in batch.items)
    write_whole(path, _BYTE_ORDER_MARK + table.getvalue())


def read_sheet(found: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its rows."""
    entries, problems = _read(found.text, names)
    return Reading("line", entries, problems)


def _read(content: str, names: Sequence[str]) -> tuple[list[Entry], list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    delimiter = next((mark for mark in _DELIMITERS if "id" in _header(content, mark)), None)
    if delimiter is None:
        return [], [f"line 1: there is no column 'id'; the first line names the columns {', '.join(COLUMNS)}"]
    header = _header(content, delimiter)
    if "labels" not in header:
        return [], [f"line 1: there is no column 'labels', only {', '.join(header)}"]
    entries: list[Entry] = []
    problems: list[str] = []
    try:
        for line, cells in _rows(content, delimiter):
            if len(cells) > len(header):
                problems.append(
                    f"line {line}: {len(cells)} cells in {len(header)} columns; are quotes missing?"
                )
            elif any(cell.strip() for cell in cells):
                entries.append(_entry(line, dict(zip(header, map(unguarded, cells), strict=False)), names))
    except csv.Error as error:
        problems.append(f"after line {entries[-1].line if entries else 1}: {error}; is a quote not closed?")
    return entries, problems


def guarded(cell: str) -> str:
    """The cell, with an apostrophe before it where a spreadsheet would run it as a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _header(content: str, delimiter: str) -> list[str]:
    first = next(csv.reader(content.split("\n", 1)[:1], delimiter=delimiter), [])
    return [name.strip().lower() for name in first]


def _rows(content: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows after the first, each with the number of the line in which it begins."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    next(reader)
    begins = reader.line_num + 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


def _entry(line: int, cells: dict[str, str], names: Sequence[str]) -> Entry:
    status = cells.get("status", "")
    labels = _names(cells.get("labels", "").strip(), names)
    if labels is None and status.strip().lower() in LABELLED_WORDS:
        labels = []
    extra = tuple((key, cells[key]) for key in _EXTRA if cells.get(key))
    considered = _names(cells.get("considered", "").strip(), names)
    return Entry(line, cells["id"], labels, status, considered, extra=extra)


def _cells(item: BatchItem, names: Sequence[str]) -> dict[str, str | int]:
    """What stands in a text's row, by column; labels and status are blank."""
    return {
        "id": guarded(item.id),
        "text": guarded(item.text),
        "considered": "" if item.considered is None else guarded(_joined(item.considered, names)),
        "rank": item.rank,
        "score": "" if item.score is None else repr(item.score),
        "reason": guarded(item.reason),
        "in_doubt": guarded(", ".join(f"{name} {p:.2f}" for name, p in item.probs.items())),
        "nearest": guarded(", ".join(item.nearest)),
    }


def _joined(chosen: Sequence[str], names: Sequence[str]) -> str:
    """Some of all names as one cell that `_names` takes apart again."""
    is_plain = all("|" not in name and name.strip() == name and name[:1] != "[" for name in names)
    return "|".join(chosen) if is_plain else json.dumps(list(chosen), ensure_ascii=False)


def _names(cell: str, names: Sequence[str]) -> list[Any] | None:
    """The names in a cell; None for a blank one. Names that are none are left for the caller to find."""
    if not cell:
        return None
    if cell in names:
        return [cell]
    if cell.startswith("["):
        try:
            found = json.loads(cell)
        except ValueError:
            found = [cell]
        return found if isinstance(found, list) else [cell]
    return [name.strip() for name in cell.split("|") if name.strip()]


CSV = Format(
    name="csv",
    title="CSV",
    suffix=".csv",
    recognises=lambda _: False,  # what nothing else is
    read=read_sheet,
    write=write_batch_csv,
)
