"""CSV and TSV as streams of records; the header tells what stands between the columns."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from text_al.data.findings import Findings, shown
from text_al.data.opening import open_text
from text_al.data.records import Record, header_serves
from text_al.data.sources import Columns

DELIMITERS = {"csv": ",", "tsv": "\t"}
"""What stands between the columns of a kind of file, unless its header says otherwise."""
_KNOWN_DELIMITERS = (",", ";", "\t")
_LARGEST_FIELD = (1 << 31) - 1


def read_delimited(path: Path, columns: Columns, findings: Findings, *, usual: str) -> Iterator[Record]:
    """The records of a table with a header; a notice says so where the delimiter is not the usual one.

    Args:
        path: the file, packed or not.
        columns: which columns must be there.
        findings: takes the problems and notices.
        usual: the delimiter that the file's ending promises.
    """
    csv.field_size_limit(_LARGEST_FIELD)  # the default refuses texts of more than 131,072 characters
    delimiter = _delimiter(path, columns, usual)
    if delimiter != usual:
        findings.notice(f"{path}: read with {shown(delimiter)} between the columns, as its header has it")
    with open_text(path, newline="") as stream:
        rows = _numbered(csv.reader(stream, delimiter=delimiter, strict=True), path, findings)
        _, header = next(rows, (0, []))
        if header_serves(header, columns, findings, str(path)):
            yield from _records(rows, header, path, findings)


def _delimiter(path: Path, columns: Columns, usual: str) -> str:
    """The one that makes a text column, and of several the one that makes most columns."""
    with open_text(path, newline="") as stream:
        first = next((line for line in stream if not line.isspace()), "")
    signs = dict.fromkeys((usual, *_KNOWN_DELIMITERS))
    headers = {sign: next(csv.reader([first], delimiter=sign), []) for sign in signs}
    return max(headers, key=lambda sign: (columns.text in headers[sign], len(headers[sign])))


def _numbered(reader: Any, path: Path, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """The rows with the number of the line each begins on; a blank line is no row."""
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            mend = 'write a " inside a quoted cell twice and close every quote, or use JSONL'
            findings.problem(f"{path}, line {number}: the quotes do not fit together ({error}); {mend}")
            return
        if cells:
            yield number, cells


def _records(
    rows: Iterator[tuple[int, list[str]]], header: list[str], path: Path, findings: Findings
) -> Iterator[Record]:
    for number, cells in rows:
        where = f"{path}, line {number}"
        if len(cells) == len(header):
            yield Record(dict(zip(header, cells, strict=True)), where)
        else:
            mend = "quote the cells that hold a delimiter or a line break"
            findings.problem(f"{where}: {len(cells)} cells under a header of {len(header)}; {mend}")
