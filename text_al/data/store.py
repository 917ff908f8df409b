"""What of a run must survive: one SQLite file, one transaction a change, whole or not at all."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from text_al.data.database import check, connect, database_errors, fill, renew, sync_folder
from text_al.errors import PoolError

Phase = Literal["trained", "done"]


@dataclass(frozen=True)
class StoredRound:
    """How far a round has come: number, phase, record as JSON, and the name of its model's folder."""

    number: int
    phase: Phase
    record_json: str
    model: str


class RunStore:
    """All of a run that must survive, except its weights. Made by `create`, `open` or `in_memory`.

    A store belongs to the thread that made it. Close it, or use it as a context manager.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._callbacks: list[Callable[[], None]] = []

    @classmethod
    def create(cls, path: Path | str, meta: Mapping[str, str]) -> Self:
        """A new store with these facts; a process killed meanwhile leaves nothing under its name.

        Raises:
            PoolError: there is a file of this name, or the folder cannot be written.
        """
        path = Path(path)
        if path.exists():
            raise PoolError(f"{path} exists already; open it, or choose another run folder")
        aside = path.with_name(path.name + ".new")
        with database_errors(str(path)):
            for leftover in path.parent.glob(aside.name + "*"):
                leftover.unlink()
            with closing(connect(aside.resolve().as_uri())) as connection:
                fill(connection, meta)
            aside.replace(path)
            sync_folder(path.parent)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = False) -> Self:
        """The store at `path`; read-only to look at a run that another process is advancing.

        Raises:
            PoolError: there is none, it is damaged, or another version of text_al wrote it.
        """
        path = Path(path)
        if not path.is_file():
            raise PoolError(f"there is no run at {path.parent}: {path.name} is missing")
        with database_errors(str(path)):
            connection = connect(f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rw'}")
            try:
                check(connection, path)
                renew(connection, read_only=read_only)
            except BaseException:
                connection.close()
                raise
        return cls(connection, str(path))

    @classmethod
    def in_memory(cls, meta: Mapping[str, str] | None = None) -> Self:
        """A store that ends with the process."""
        connection = connect(":memory:")
        fill(connection, meta or {})
        return cls(connection, "the store in memory")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside are kept together or not at all; an inner transaction joins the outer one."""
        outermost = not self._in_transaction
        n_callbacks = len(self._callbacks)
        self.execute("BEGIN IMMEDIATE" if outermost else "SAVEPOINT inner_change")
        try:
            yield
            self.execute("COMMIT" if outermost else "RELEASE inner_change")
        except BaseException:
            del self._callbacks[n_callbacks:]
            self._undo(outermost)
            raise
        if outermost:
            self._run_callbacks()

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call this once the open transaction is on disk, not if it is undone; at once where none is open."""
        self._callbacks.append(callback)
        if not self._in_transaction:
            self._run_callbacks()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement; returns the id of the row it inserted, if any."""
        with database_errors(self._name):
            return self._connection.execute(sql, values).lastrowid or 0

    def execute_many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""
        with database_errors(self._name):
            self._connection.executemany(sql, values)

    def fetch(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows that a query gives, as tuples."""
        with database_errors(self._name):
            return self._connection.execute(sql, values).fetchall()

    @property
    def n_changes(self) -> int:
        """Grows with every change that this connection makes, those that are undone included."""
        return self._connection.total_changes

    def meta(self, key: str) -> str | None:
        """The fact under this key, or None."""
        found = self.fetch("SELECT value FROM meta WHERE key = ?", (key,))
        return str(found[0][0]) if found else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a fact; a fact of the same key is replaced."""
        with self.transaction():
            self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def put_round(self, number: int, phase: Phase, record_json: str, model: str) -> None:
        """Keep how far a round has come; what was kept of this round is replaced."""
        with self.transaction():
            self.execute(
                "INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, ?)", (number, phase, record_json, model)
            )

    def rounds(self) -> list[StoredRound]:
        """All rounds, in order."""
        return [StoredRound(*found) for found in self.fetch("SELECT * FROM rounds ORDER BY round")]

    def close(self) -> None:
        """Close the database; a second time does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _in_transaction(self) -> bool:
        with database_errors(self._name):
            return self._connection.in_transaction

    def _undo(self, outermost: bool) -> None:
        if not self._in_transaction:
            return  # SQLite itself has undone it, as when the disk is full
        for sql in ("ROLLBACK",) if outermost else ("ROLLBACK TO inner_change", "RELEASE inner_change"):
            self.execute(sql)

    def _run_callbacks(self) -> None:
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()
