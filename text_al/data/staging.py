"""Rows on their way into a corpus, kept on disk with what is needed to compare them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from text_al.data.rows import Row
from text_al.data.tables import PartedTable, open_table, write_table
from text_al.data.texts import folded, is_visible, key

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("names", pa.list_(pa.string())),
        ("values", pa.list_(pa.int8())),
        ("state", pa.int8()),
        ("where", pa.string()),
        ("visible", pa.bool_()),
        ("id_key", pa.int64()),
        ("text_key", pa.int64()),
        ("folded_key", pa.int64()),
    ]
)
_BATCH_ROWS = 4096
_BATCH_CHARACTERS = 1 << 24
"""So that a batch's texts stay far below the 2 GiB that an Arrow string column can address."""


def stage(rows: Iterable[Row], path: Path) -> PartedTable:
    """Write the rows to `path` as they come, and open them memory-mapped."""
    write_table(path, SCHEMA, (_batch(part) for part in _parts(rows)))
    return open_table(path)


def stage_in_memory(rows: Iterable[Row]) -> PartedTable:
    """The same in memory, for what a Python user hands over."""
    return PartedTable(pa.Table.from_batches([_batch(part) for part in _parts(rows)], SCHEMA))


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    part: list[Row] = []
    characters = 0
    for row in rows:
        part.append(row)
        characters += len(row.text)
        if len(part) == _BATCH_ROWS or characters >= _BATCH_CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


def _batch(rows: list[Row]) -> pa.RecordBatch:
    texts = [row.text for row in rows]
    columns = {
        "id": [row.id for row in rows],
        "text": texts,
        "names": [row.marks.names for row in rows],
        "values": [row.marks.values for row in rows],
        "state": [int(row.marks.state) for row in rows],
        "where": [row.where for row in rows],
        "visible": [is_visible(text) for text in texts],
        "id_key": [key(row.id) for row in rows],
        "text_key": [key(text) for text in texts],
        "folded_key": [key(folded(text)) for text in texts],
    }
    return pa.RecordBatch.from_pydict(columns, SCHEMA)
