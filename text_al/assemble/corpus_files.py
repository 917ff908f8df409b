"""Kinds of files that a labelled corpus leaves in: JSON Lines, CSV, Parquet, and a folder for `datasets`.

All have the same columns, and each keeps apart what is empty from what is not known: [] and null in JSON
Lines and Parquet, a cell with [] and an empty cell in CSV. Rows are written as they come; memory does not
grow with them.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from text_al.assemble.corpus_rows import CHUNK, COLUMNS, Row
from text_al.errors import PoolError
from text_al.formats.sheet import guarded

if TYPE_CHECKING:
    import pyarrow as pa

CorpusKind = Literal["jsonl", "csv", "parquet", "datasets"]

DATASET_HEADER = """---
tags: [text-classification, multilabel, active-learning]
configs:
- config_name: default
  data_files:
  - split: train
    path: data/*.parquet
---

"""
"""What a folder's README.md begins with, so that `datasets.load_dataset(folder)` finds the texts."""

_BY_SUFFIX: Mapping[str, CorpusKind] = {
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    "": "datasets",
}


def kind_of(target: Path) -> CorpusKind:
    """What a name asks for: by its suffix a kind of file, without one a folder.

    Raises:
        PoolError: there is no kind of this suffix.
    """
    kind = _BY_SUFFIX.get(target.suffix.lower())
    if kind is None:
        raise PoolError(
            f"{target}: '{target.suffix}' is no kind of corpus; end the name in .jsonl, .csv or .parquet, or "
            "give one without a suffix for a folder that `datasets` loads"
        )
    return kind


def write_rows(path: Path, rows: Iterable[Row], kind: CorpusKind) -> None:
    """Writes rows of `corpus_rows` into a new file or folder.

    Raises:
        OSError: it cannot be written.
    """
    _WRITERS[kind](path, rows)


def _jsonl(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            left_out = {"considered"} if row["considered"] is None else set()
            line = {name: row[name] for name in COLUMNS if name not in left_out}
            file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")


def _csv(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark tells Excel that it is UTF-8
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    return json.dumps(value, ensure_ascii=False)


def _parquet(path: Path, rows: Iterable[Row]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = _schema()
    with parquet.ParquetWriter(path, schema) as writer:
        for part in _chunks(rows):
            writer.write_table(pa.Table.from_pylist(part, schema=schema))


def _datasets(path: Path, rows: Iterable[Row]) -> None:
    (path / "data").mkdir(parents=True)
    _parquet(path / "data" / "train-00000-of-00001.parquet", rows)


def _schema() -> "pa.Schema":
    import pyarrow as pa

    text, names = pa.string(), pa.list_(pa.string())
    shown = pa.struct({"mode": text, "model": text})
    answer = {
        "annotator": text,
        "at": text,
        "status": text,
        "labels": names,
        "considered": names,
        "seconds": pa.float64(),
        "shown": shown,
        "word": text,
        "comment": text,
    }
    others = {
        "labels": names,
        "considered": names,
        "round": pa.int64(),
        "chosen_in": pa.int64(),
        "inclusion": pa.float64(),
        "seconds": pa.float64(),
        "shown": shown,
        "n_annotators": pa.int64(),
        "answers": pa.list_(pa.struct({**answer, "settles": pa.bool_()})),
        "settled": pa.bool_(),
    }
    return pa.schema({name: others.get(name, text) for name in COLUMNS})


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while part := list(islice(left, CHUNK)):
        yield part


_WRITERS: Mapping[CorpusKind, Callable[[Path, Iterable[Row]], None]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": _parquet,
    "datasets": _datasets,
}
