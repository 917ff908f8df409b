"""Events, states and requests as rows of the run's database: all SQL about labels is here."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np

from text_al.data.events import LabelEvent
from text_al.data.states import RowState
from text_al.data.store import RunStore
from text_al.types import IntArray, LabelRequest, TargetArray

_COLUMNS = tuple(field.name for field in fields(LabelEvent))
_TARGETS, _ID = _COLUMNS.index("targets"), _COLUMNS.index("id")
_APPEND = f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_READ = f"SELECT {', '.join(_COLUMNS)} FROM events"  # noqa: S608
_PAGE = 10_000


class Ledger:
    """Reads and writes what is known about rows. Changes belong inside `store.transaction()`."""

    def __init__(self, store: RunStore) -> None:
        self._store = store

    def append(self, event: LabelEvent) -> LabelEvent:
        """Keep a new event; returned with its id."""
        values = [getattr(event, column) for column in _COLUMNS]
        values[_TARGETS] = None if event.targets is None else np.array(event.targets, np.int8).tobytes()
        values[_ID] = None  # SQLite gives the next
        return replace(event, id=self._store.execute(_APPEND, values))

    def history(self, row: int) -> tuple[LabelEvent, ...]:
        """All that happened to a row, oldest first."""
        return tuple(
            _event(found) for found in self._store.fetch(f"{_READ} WHERE row = ? ORDER BY id", (row,))
        )

    def events(self) -> Iterator[LabelEvent]:
        """All that ever happened, oldest first; read in pages, so that a long history needs little memory."""
        last = 0
        while page := self._store.fetch(f"{_READ} WHERE id > ? ORDER BY id LIMIT ?", (last, _PAGE)):
            yield from map(_event, page)
            last = page[-1][_ID]

    def n_decisions(self) -> int:
        """How many events say which labels a text has."""
        return int(self._store.fetch("SELECT COUNT(*) FROM events WHERE kind = 'labelled'")[0][0])

    def state(self, row: int) -> RowState:
        """The state of a row; "open" where nothing is known of it."""
        found = self._store.fetch("SELECT state FROM state WHERE row = ?", (row,))
        return found[0][0] if found else "open"

    def set_state(self, row: int, state: RowState, event: LabelEvent | None) -> None:
        """Keep the state of a row, and the event that gave it; an open row is not kept."""
        if state == "open":
            self._store.execute("DELETE FROM state WHERE row = ?", (row,))
        else:
            number = None if event is None else event.id
            self._store.execute("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", (row, state, number))

    def exclude(self, rows: Iterable[int]) -> None:
        """Keep that these rows shall never be asked."""
        self._store.execute_many("INSERT INTO state VALUES (?, 'excluded', NULL)", ((row,) for row in rows))

    def states(self) -> list[tuple[int, RowState]]:
        """All rows that are not open, with their states."""
        return self._store.fetch("SELECT row, state FROM state")

    def labelled(self, n_labels: int) -> tuple[IntArray, TargetArray]:
        """Rows (n,) in order, and their targets (n, L)."""
        found = self._store.fetch(
            "SELECT state.row, targets FROM state JOIN events ON events.id = state.event "
            "WHERE state.state = 'labelled' ORDER BY state.row"
        )
        rows = np.fromiter((row for row, _ in found), dtype=np.int64, count=len(found))
        targets = np.frombuffer(b"".join(blob for _, blob in found), dtype=np.int8)
        return rows, targets.reshape(len(found), n_labels).copy()

    def put_request(self, request: LabelRequest) -> None:
        """Keep a new request, open."""
        values = (
            request.id,
            request.round,
            json.dumps(asdict(request), ensure_ascii=False, default=lambda number: number.item()),
        )
        self._store.execute("INSERT INTO requests VALUES (?, ?, ?, 0)", values)

    def request(self, request_id: str) -> LabelRequest | None:
        """The request of this id, open or closed."""
        found = self._store.fetch("SELECT json FROM requests WHERE id = ?", (request_id,))
        return _request(found[0][0]) if found else None

    def open_requests(self) -> tuple[LabelRequest, ...]:
        """Requests that wait for answers, oldest first."""
        found = self._store.fetch("SELECT json FROM requests WHERE closed = 0 ORDER BY rowid")
        return tuple(_request(text) for (text,) in found)

    def pending_rows(self, request_id: str) -> tuple[int, ...]:
        """The rows of a request that nobody has answered yet, in order."""
        found = self._store.fetch(
            "SELECT state.row FROM state JOIN events ON events.id = state.event "
            "WHERE state.state = 'pending' AND events.request = ? ORDER BY state.row",
            (request_id,),
        )
        return tuple(row for (row,) in found)

    def reopen_request(self, request_id: str) -> None:
        """Let a closed request wait for answers again."""
        self._store.execute("UPDATE requests SET closed = 0 WHERE id = ?", (request_id,))

    def close_requests(self) -> None:
        """Close each request of which no row is pending any more."""
        self._store.execute(
            "UPDATE requests SET closed = 1 WHERE closed = 0 AND id NOT IN ("
            "SELECT events.request FROM state JOIN events ON events.id = state.event "
            "WHERE state.state = 'pending')"
        )


def _event(found: tuple[Any, ...]) -> LabelEvent:
    values = list(found)
    if found[_TARGETS] is not None:
        values[_TARGETS] = tuple(np.frombuffer(found[_TARGETS], dtype=np.int8).tolist())
    return LabelEvent(*values)


def _request(text: str) -> LabelRequest:
    values: dict[str, Any] = json.loads(text)
    for name, value in values.items():
        values[name] = tuple(value) if isinstance(value, list) else value
    return LabelRequest(**values)
