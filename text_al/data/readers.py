"""Files as streams of records, whatever their kind; each record knows the line, item or row it stood on."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from text_al.data.delimited import DELIMITERS, read_delimited
from text_al.data.findings import Findings, shown
from text_al.data.opening import bad_byte, kind_of, open_seekable, open_text
from text_al.data.records import Record, header_serves, wanted_columns
from text_al.data.sources import Columns
from text_al.errors import CorpusError

_PARQUET_ROWS = 1024


def read_file(path: Path, columns: Columns, findings: Findings) -> Iterator[Record]:
    """The records of one file, streamed; only JSON (not JSONL) is held in memory.

    What cannot be read becomes a problem in `findings`, not an exception, so that one reading finds all.
    """
    try:
        yield from _read(path, columns, findings)
    except CorpusError as error:
        findings.problems_of(error)
    except UnicodeDecodeError:
        findings.problem(bad_byte(path))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        findings.problem(f"{path} is packed, and broken inside ({error}); copy it again")
    except OSError as error:
        findings.problem(f"{path} cannot be read: {error.strerror or error}")


def _read(path: Path, columns: Columns, findings: Findings) -> Iterator[Record]:
    kind = kind_of(path)
    if kind in DELIMITERS:
        return read_delimited(path, columns, findings, usual=DELIMITERS[kind])
    if kind == "jsonl":
        return read_jsonl(path, findings)
    return read_json(path, findings) if kind == "json" else read_parquet(path, columns, findings)


def read_jsonl(path: Path, findings: Findings) -> Iterator[Record]:
    """A record a line; a line that is not a JSON object is a problem, and reading goes on."""
    with open_text(path, newline="\n") as stream:
        for number, line in enumerate(stream, 1):
            if line.isspace():
                continue
            where = f"{path}, line {number}"
            try:
                fields = json.loads(line)
            except ValueError as error:
                findings.problem(f"{where}: {_bad_line(line, error)}")
                continue
            if isinstance(fields, dict):
                yield Record(fields, where)
            else:
                findings.problem(f"{where}: {shown(fields)} is not an object; write one {{...}} a line")


def _bad_line(line: str, error: ValueError) -> str:
    if line.endswith("\n"):
        return f"this is not JSON ({error}); mend the line"
    mend = "copy it again, or delete this line to go on without it"
    return f"the file seems to end inside this row ({error}); {mend}"


def read_json(path: Path, findings: Findings) -> Iterator[Record]:
    """The objects of a list, or of the list under "data"; the whole file is held in memory."""
    with open_text(path, newline="\n") as stream:
        try:
            content = json.load(stream)
        except json.JSONDecodeError as error:
            findings.problem(f"{path}, line {error.lineno}: this is not JSON ({error.msg}); mend the line")
            return
    items = content.get("data") if isinstance(content, dict) else content
    if not isinstance(items, list):
        findings.problem(f'{path} holds neither a list of objects nor an object with a list under "data"')
        return
    for number, fields in enumerate(items, 1):
        if isinstance(fields, dict):
            yield Record(fields, f"{path}, item {number}")
        else:
            findings.problem(f"{path}, item {number}: {shown(fields)} is not an object")


def read_parquet(path: Path, columns: Columns, findings: Findings) -> Iterator[Record]:
    """The rows of a Parquet file, only of the columns that are needed."""
    import pyarrow.parquet as pq

    with open_seekable(path) as stream:
        try:
            table = pq.ParquetFile(stream)
        except pa.ArrowInvalid as error:
            findings.problem(f"{path} is not a whole Parquet file ({error}); copy it again")
            return
        if not header_serves(table.schema_arrow.names, columns, findings, str(path)):
            return
        number = 0
        for batch in table.iter_batches(_PARQUET_ROWS, columns=wanted_columns(table.schema_arrow, columns)):
            for fields in batch.to_pylist():
                number += 1
                yield Record(fields, f"{path}, row {number}")
