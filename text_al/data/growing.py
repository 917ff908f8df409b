"""Arrays on disk that grow by whole parts: what a long computation has done so far survives a kill.

Each array is one file of raw numbers, and a journal beside them says how much of each counts. A part is
appended to all files, flushed, and only then entered in the journal in one rename; what a kill left behind
the journal's ends is cut off when the folder is opened again.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from text_al.data.tables import write_text

Array = NDArray[Any]
_JOURNAL = "journal.json"


@dataclass(frozen=True)
class Column:
    """One array that grows along its first axis: the type of its numbers and the shape of a row."""

    dtype: str
    row: tuple[int, ...] = ()


class Growing(Protocol):
    """Named arrays that grow together, part by part."""

    @property
    def n_parts(self) -> int:
        """How many parts have been appended so far, by whoever."""
        ...

    @property
    def is_whole(self) -> bool:
        """Whether nothing is to come."""
        ...

    def append(self, **parts: Array) -> None:
        """Adds a part to each array: all of it or nothing, also when killed."""
        ...

    def finish(self) -> None:
        """Says that nothing is to come."""
        ...

    def read(self, name: str) -> Array:
        """The array so far, read-only: on disk it is a memory map."""
        ...


class GrowingOnDisk:
    """Growing arrays in a folder.

    Args:
        folder: of these arrays alone; made if it is not there.
        columns: name to type and row.
        about: what the arrays are of, as JSON can hold it. A folder that holds others starts anew.
    """

    def __init__(self, folder: Path, columns: Mapping[str, Column], about: Mapping[str, Any]) -> None:
        self.folder, self.columns = folder, dict(columns)
        self._about = {
            "of": dict(about),
            "columns": {name: [one.dtype, list(one.row)] for name, one in columns.items()},
        }
        folder.mkdir(parents=True, exist_ok=True)
        journal = self._journal()
        self.n_parts: int = journal.get("parts", 0)
        self.is_whole: bool = journal.get("whole", False)
        self._bytes: dict[str, int] = journal.get("bytes", dict.fromkeys(columns, 0))
        if not self.is_whole:
            self._cut_off()

    def append(self, **parts: Array) -> None:
        """Adds a part to each array.

        Raises:
            ValueError: a part is missing or does not fit its column; nothing is added.
        """
        checked = {name: self._fitting(name, parts) for name in self.columns}
        for name, part in checked.items():
            with self._file(name).open("ab") as file:
                file.write(part.tobytes())
                file.flush()
                os.fsync(file.fileno())
            self._bytes[name] += part.nbytes
        self.n_parts += 1
        self._keep()

    def finish(self) -> None:
        """Says that nothing is to come."""
        self.is_whole = True
        self._keep()

    def read(self, name: str) -> Array:
        """The array so far (n, *row), memory-mapped and read-only."""
        column = self.columns[name]
        dtype = np.dtype(column.dtype)
        n = self._bytes[name] // (dtype.itemsize * int(np.prod(column.row)))
        if n == 0:
            return _read_only(np.empty((0, *column.row), dtype))
        return np.memmap(self._file(name), dtype=dtype, mode="r", shape=(n, *column.row))

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.bin"

    def _fitting(self, name: str, parts: Mapping[str, Array]) -> Array:
        column, part = self.columns[name], parts.get(name)
        if part is None or part.shape[1:] != column.row:
            found = "nothing" if part is None else f"shape {part.shape}"
            raise ValueError(f"{name} grows by rows of shape {column.row}, but {found} was given")
        return np.ascontiguousarray(part, dtype=column.dtype)

    def _journal(self) -> dict[str, Any]:
        """What the folder says it holds; nothing where that is not what is wanted."""
        try:
            said: dict[str, Any] = json.loads((self.folder / _JOURNAL).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        sizes = said.get("bytes", {})
        as_wanted = said.get("about") == json.loads(json.dumps(self._about))
        return said if as_wanted and all(self._holds(name, size) for name, size in sizes.items()) else {}

    def _holds(self, name: str, size: int) -> bool:
        file = self._file(name)
        return file.is_file() and file.stat().st_size >= size

    def _cut_off(self) -> None:
        """Removes what was written but never entered in the journal."""
        for name, size in self._bytes.items():
            with self._file(name).open("ab") as file:
                file.truncate(size)

    def _keep(self) -> None:
        said = {"about": self._about, "parts": self.n_parts, "bytes": self._bytes, "whole": self.is_whole}
        write_text(self.folder / _JOURNAL, json.dumps(said))


class GrowingInMemory:
    """Growing arrays that end with the process.

    Args:
        columns: name to type and row.
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = dict(columns)
        self.n_parts, self.is_whole = 0, False
        self._parts: dict[str, list[Array]] = {
            name: [np.empty((0, *one.row), one.dtype)] for name, one in columns.items()
        }

    def append(self, **parts: Array) -> None:
        """Adds a part to each array."""
        for name, column in self.columns.items():
            self._parts[name].append(np.asarray(parts[name], dtype=column.dtype))
        self.n_parts += 1

    def finish(self) -> None:
        """Says that nothing is to come."""
        self.is_whole = True

    def read(self, name: str) -> Array:
        """The array so far (n, *row), read-only."""
        self._parts[name] = [np.concatenate(self._parts[name])]
        return _read_only(self._parts[name][0].view())


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array
