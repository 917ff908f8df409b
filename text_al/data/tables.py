"""Arrow tables on disk: written whole or not at all, read through memory maps, rows taken by part."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from text_al.errors import CorpusError
from text_al.types import IntArray


def write_table(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write the batches to `path`, which holds either all of them or what it held before.

    Memory is bounded by one batch.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as file:
            with pa.ipc.new_file(file, schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a small file, which holds either all of `text` or what it held before."""
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut, where the system can."""
    with contextlib.suppress(PermissionError):  # Windows does not open folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class PartedTable:
    """An Arrow table in parts, as it stands on disk; rows are taken part by part.

    Arrow's own `take` joins the parts first, which copies the column and fails above 2 GiB of text.

    Attributes:
        arrow: the table itself.
    """

    def __init__(self, table: pa.Table) -> None:
        self.arrow = table
        self._parts: list[pa.RecordBatch] = table.to_batches()
        self._ends = np.cumsum([part.num_rows for part in self._parts], dtype=np.int64)

    def __len__(self) -> int:
        return int(self.arrow.num_rows)

    def take(self, column: str, rows: IntArray) -> pa.Array:
        """The column's values at `rows` (n,), in that order."""
        if len(rows) == 0:
            return pa.array([], self.arrow.schema.field(column).type)
        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        numbers = np.searchsorted(self._ends, ordered, side="right")
        pieces = []
        for number in np.unique(numbers).tolist():
            first, last = np.searchsorted(numbers, [number, number + 1])
            part = self._parts[number]
            start = self._ends[number] - part.num_rows
            pieces.append(part.column(column).take(pa.array(ordered[first:last] - start)))
        back = np.empty(len(rows), np.int64)
        back[order] = np.arange(len(rows))
        return pa.concat_arrays(pieces).take(pa.array(back))

    def array(self, column: str) -> npt.NDArray[Any]:
        """A column of fixed-width values as one array (N,)."""
        values = [part.column(column).to_numpy(zero_copy_only=False) for part in self._parts]
        kind = self.arrow.schema.field(column).type.to_pandas_dtype()
        return np.concatenate(values).astype(kind) if values else np.empty(0, kind)


def open_table(path: Path) -> PartedTable:
    """The table at `path`, memory-mapped: its size is not limited by memory.

    Raises:
        CorpusError: there is no such file, or it is no Arrow file.
    """
    try:
        return PartedTable(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
    except (FileNotFoundError, pa.ArrowInvalid) as error:
        raise CorpusError(
            str(path), [f"{path} is not a whole Arrow file ({error}); prepare the corpus again"]
        ) from None
