"""Parquet: a row a text, with the list column `labels` and the column `status` to fill in.

The columns are the keys of JSON Lines and mean the same: `labels` null is not decided yet, an empty list is
decided: none applies. What is an object there (probs, shown, said) is its JSON here, as not every reader of
Parquet knows maps. The header is kept, as JSON, in the schema's metadata under "text_al". Files that other
programs wrote again are read by the names of their columns; one whose column `format` says
"text_al.decision/1", or that has a status but no rank, is a log of decisions.
"""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from text_al.errors import AnswersError
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import Entry
from text_al.formats.objects import DECISION, EXTRA, HOW, ITEM, entry_of, header_of, heading_of, item_of
from text_al.formats.whole_file import write_whole_bytes
from text_al.registry import did_you_mean

MAGIC = b"PAR1"
_METADATA = b"text_al"
_READ = ("format", "id", "labels", "status", "considered", "rank", *EXTRA, *HOW)
_OBJECTS = ("probs", "shown", "said")


def write_batch_parquet(path: Path, batch: Batch) -> None:
    """Write a batch to be filled in; a file of this name is replaced.

    Raises:
        OSError: it cannot be written.
    """
    import pyarrow as pa
    from pyarrow import parquet

    header = json.dumps(header_of(batch), ensure_ascii=False)
    schema = _schema().with_metadata({_METADATA: header.encode()})
    table = pa.Table.from_pylist([_row(item, batch) for item in batch.items], schema=schema)
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    write_whole_bytes(path, buffer.getvalue())


def read_parquet(content: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its rows.

    Raises:
        AnswersError: it is cut short or damaged.
    """
    table = _table(content)
    problems = _column_problems(table)
    heading, problem = heading_of(_header(table), names)
    problems += [] if problem is None else [f"the header in its metadata: {problem}"]
    if problems:
        return Reading("row", [], problems)
    entries: list[Entry] = []
    is_log = "rank" not in table.column_names and "status" in table.column_names
    wanted = [name for name in _READ if name in table.column_names]
    for number, row in enumerate(table.select(wanted).to_pylist(), start=1):
        try:
            found = _found(row, DECISION if is_log else ITEM)
        except ValueError as error:
            problems.append(f"row {number}, id {row['id']!r}: {error}")
            continue
        entries.append(entry_of(number, found, heading))
    return Reading("row", entries, problems)


def _schema() -> Any:
    import pyarrow as pa

    names = pa.list_(pa.string())
    kinds = {"labels": names, "considered": names, "suggested": names, "nearest": names}
    kinds |= {"rank": pa.int64(), "score": pa.float64(), "seconds": pa.float64(), "settles": pa.bool_()}
    columns = (
        "format id text labels status considered rank score strategy reason probs suggested nearest said"
    )
    columns += " annotator at comment seconds shown ref settles batch"
    return pa.schema([(name, kinds.get(name, pa.string())) for name in columns.split()])


def _row(item: BatchItem, batch: Batch) -> dict[str, Any]:
    row = item_of(item, batch)
    return row | {name: json.dumps(row[name], ensure_ascii=False) for name in _OBJECTS if name in row}


def _table(content: Content) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(pa.BufferReader(content.data)).read()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        sentence = f"it begins like a Parquet file, but cannot be read ({reason}); was it cut short?"
        raise AnswersError(str(content.path), [sentence]) from error


def _header(table: Any) -> Mapping[str, Any]:
    """What the file says of the batch; nothing where another program left it out."""
    try:
        found = json.loads((table.schema.metadata or {}).get(_METADATA, b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _column_problems(table: Any) -> list[str]:
    names = table.column_names
    there = ", ".join(names)
    problems = [
        f"there is no column {name!r}, only {there}. {did_you_mean(name, names)}"
        for name in ("id", "labels")
        if name not in names and not (name == "labels" and "status" in names and "rank" not in names)
    ]
    problems += [
        f"{names.count(name)} columns are called {name!r}; keep one"
        for name in _READ
        if names.count(name) > 1
    ]
    if "id" in names and not problems and not _is_text(table.schema.field("id").type):
        kind = table.schema.field("id").type
        problems.append(
            f"the column 'id' holds {kind}, not text; ids are text, so that ones like 00001 keep their zeros"
        )
    return problems


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    tests = (types.is_string, types.is_large_string, types.is_string_view, types.is_null)
    return any(test(kind) for test in tests)


def _found(row: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """A row as the object that it would be in JSON Lines.

    Raises:
        ValueError: it is of no known kind, or lacks what nobody may guess.
    """
    found = {name: value for name, value in row.items() if value is not None and not _is_nan(value)}
    found = {"format": kind, "id": None, "labels": None} | found
    if found["format"] not in (ITEM, DECISION):
        mend = did_you_mean(str(found["format"]), (ITEM, DECISION))
        raise ValueError(f"the format {found['format']!r} is not known. {mend}")
    if found["format"] == DECISION and "status" not in found:
        raise ValueError("status missing; nothing is guessed")
    if "shown" in found:
        found["shown"] = _shown(found["shown"])
    if "settles" in found:
        found["settles"] = bool(found["settles"])
    if isinstance(found.get("at"), datetime):
        found["at"] = found["at"].isoformat()
    return found


def _is_nan(value: Any) -> bool:
    """Whether it is what programs that know no null write for it."""
    return isinstance(value, float) and value != value


def _shown(found: Any) -> Any:
    """What was shown, from JSON, or from columns within columns, where a label that was not shown is null."""
    if isinstance(found, str):
        try:
            return json.loads(found)
        except ValueError:
            return found
    if isinstance(found, dict) and found.get("labels") is not None:
        pairs = dict(found["labels"]).items()
        return found | {"labels": {name: p for name, p in pairs if p is not None}}
    return found


PARQUET = Format(
    name="parquet",
    title="Parquet",
    suffix=".parquet",
    recognises=lambda content: content.data.startswith(MAGIC),
    read=read_parquet,
    write=write_batch_parquet,
)
"""The format, to be registered."""
