"""Events, states and requests as rows of the run's database: all SQL about labels is here."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from text_al.circumstances import MACHINE, UNKNOWN, Circumstances
from text_al.data.added_labels import added_labels, stored_names
from text_al.data.events import LabelEvent
from text_al.data.merging import labels_by_programs, standing
from text_al.data.requests import from_json, to_json
from text_al.data.resolution import LATEST, Resolution
from text_al.data.states import RowState
from text_al.data.store import RunStore
from text_al.types import IntArray, LabelRequest, TargetArray

_COLUMNS = tuple(field.name for field in fields(LabelEvent) if field.name != "n_labels")
_ROW, _KIND, _TARGETS, _CONSIDERED, _HOW, _PEOPLE, _ID = map(
    _COLUMNS.index, ("row", "kind", "targets", "considered", "how", "people", "id")
)
_APPEND = f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_READ = f"SELECT {', '.join(_COLUMNS)} FROM events"  # noqa: S608
_PAGE = 10_000
_RESOLUTION = "pool.resolution"
_UNKNOWN = np.array(-1, np.int8).tobytes()


@dataclass(frozen=True)
class Effort:
    """What answers have taken.

    Attributes:
        texts: how often somebody read a text to decide, or not to.
        decisions: labels that were decided, yes or no.
    """

    texts: int
    decisions: int


class Ledger:
    """Reads and writes what is known about rows. Changes belong inside `store.transaction()`."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._n_labels = len(stored_names(store))
        self.resolution = _resolution(store)
        self._kept: tuple[Any, IntArray, TargetArray] | None = None
        self._added_after = [added.after for added in added_labels(store)]

    def append(self, event: LabelEvent) -> LabelEvent:
        """Keep a new event; returned with its id."""
        values = [getattr(event, column) for column in _COLUMNS]
        values[_TARGETS] = None if event.targets is None else np.array(event.targets, np.int8).tobytes()
        values[_CONSIDERED] = None if event.considered is None else json.dumps(event.considered)
        how = event.how.to_plain()
        values[_HOW] = json.dumps(how, ensure_ascii=False) if how else None
        values[_PEOPLE] = event.people if event.people > 1 else None
        values[_ID] = None  # SQLite gives the next
        return replace(event, id=self._store.execute(_APPEND, values))

    def history(self, row: int) -> tuple[LabelEvent, ...]:
        """All that happened to a row, oldest first."""
        found = self._store.fetch(f"{_READ} WHERE row = ? ORDER BY id", (row,))
        return tuple(map(self._event, found))

    def events(self) -> Iterator[LabelEvent]:
        """All that ever happened, oldest first; read in pages, so that a long history needs little memory."""
        last = 0
        while page := self._store.fetch(f"{_READ} WHERE id > ? ORDER BY id LIMIT ?", (last, _PAGE)):
            yield from map(self._event, page)
            last = page[-1][_ID]

    def standing(self, history: Sequence[LabelEvent]) -> LabelEvent | None:
        """The decision that holds of a row's history."""
        return standing(history, self.resolution)

    def state(self, row: int) -> RowState:
        """The state of a row; "open" where nothing is known of it, and "pending" also while completing."""
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
        found = self._store.fetch("SELECT row, state FROM state")
        return [(row, self.asked_state(row) if state == "pending" else state) for row, state in found]

    def asked_state(self, row: int) -> RowState:
        """Whether a row that is asked for is "pending" or, labelled already, "completing"."""
        decision = self.standing(self.history(row))
        return "pending" if decision is None or decision.targets is None else "completing"

    def labelled(self, n_labels: int) -> tuple[IntArray, TargetArray]:
        """Rows (n,) in order, and their targets (n, L)."""
        last = self._store.fetch("SELECT max(id) FROM events")[0][0]
        state = (last, self._store.n_changes, self.resolution, n_labels)
        if self._kept is None or self._kept[0] != state:
            self._kept = (state, *self._labelled(n_labels))
        _, rows, targets = self._kept
        return rows.copy(), targets.copy()

    def _labelled(self, n_labels: int) -> tuple[IntArray, TargetArray]:
        held = {}
        decisions = self._store.fetch(f"{_READ} WHERE kind IN ('labelled', 'skipped') ORDER BY row, id")
        for row, found in groupby(decisions, key=itemgetter(_ROW)):
            blob = self._held(list(found))
            if blob is not None:
                held[row] = blob
        rows = np.fromiter(held.keys(), dtype=np.int64, count=len(held))
        targets = np.frombuffer(b"".join(held.values()), dtype=np.int8)
        return rows, targets.reshape(len(held), n_labels).copy()

    def asked_labels(self) -> dict[int, set[int]]:
        """Row to the labels that it was asked about by name; questions that were given back are left out."""
        asked: dict[int, list[tuple[int, ...]]] = {}
        found = self._store.fetch(f"{_READ} WHERE kind IN ('asked', 'released') ORDER BY id")
        for event in map(self._event, found):
            questions = asked.setdefault(event.row, [])
            if event.kind == "asked":
                questions.append(event.considered or ())
            else:
                questions.pop()
        return {row: set().union(*questions) for row, questions in asked.items()}

    def said_by_programs(self) -> dict[int, tuple[int, ...]]:
        """Labelled row to the labels of which a program said what holds, and no person anything."""
        found = self._store.fetch(
            "SELECT DISTINCT row FROM events WHERE kind = 'labelled' AND annotator LIKE ? || '%'", (MACHINE,)
        )
        return {row: labels for (row,) in found if (labels := labels_by_programs(self.history(row)))}

    def effort(self) -> Effort:
        """What all answers have taken."""
        found = self._store.fetch("SELECT targets FROM events WHERE kind IN ('labelled', 'skipped')")
        targets = np.frombuffer(b"".join(blob for (blob,) in found if blob is not None), dtype=np.int8)
        return Effort(len(found), int(np.count_nonzero(targets != -1)))

    def put_request(self, request: LabelRequest) -> None:
        """Keep a new request, open."""
        values = (
            request.id,
            request.round,
            to_json(request),
        )
        self._store.execute("INSERT INTO requests VALUES (?, ?, ?, 0)", values)

    def request(self, request_id: str) -> LabelRequest | None:
        """The request of this id, open or closed."""
        found = self._store.fetch("SELECT json FROM requests WHERE id = ?", (request_id,))
        return from_json(found[0][0]) if found else None

    def open_requests(self) -> tuple[LabelRequest, ...]:
        """Requests that wait for answers, oldest first."""
        found = self._store.fetch("SELECT json FROM requests WHERE closed = 0 ORDER BY rowid")
        return tuple(from_json(text) for (text,) in found)

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

    def _held(self, decisions: Sequence[tuple[Any, ...]]) -> bytes | None:
        """The targets (L,) that hold after all decisions about a row, as bytes; None: nothing is known."""
        if len(decisions) == 1:
            blob = decisions[0][_TARGETS]
            return None if blob is None else self._whole(blob)
        held = self.standing([self._event(found) for found in decisions])
        return None if held is None or held.targets is None else np.array(held.targets, np.int8).tobytes()

    def _event(self, found: tuple[Any, ...]) -> LabelEvent:
        n_labels = self._n_labels_at(found[_ID])
        values = [*found, n_labels]
        if found[_CONSIDERED] is not None:
            values[_CONSIDERED] = tuple(json.loads(found[_CONSIDERED]))
        elif found[_KIND] == "skipped" and n_labels:
            values[_CONSIDERED] = tuple(range(n_labels))
        values[_HOW] = UNKNOWN if found[_HOW] is None else Circumstances.from_plain(json.loads(found[_HOW]))
        values[_PEOPLE] = found[_PEOPLE] or 1
        if found[_TARGETS] is not None:
            values[_TARGETS] = tuple(np.frombuffer(self._whole(found[_TARGETS]), dtype=np.int8).tolist())
        return LabelEvent(*values)

    def _whole(self, targets: bytes) -> bytes:
        """The targets of an event, with -1 for labels that came after it."""
        return targets.ljust(self._n_labels, _UNKNOWN)

    def _n_labels_at(self, event_id: int) -> int:
        n_later = sum(event_id <= after for after in self._added_after)
        return self._n_labels - n_later if n_later else 0


def keep_resolution(store: RunStore, resolution: Resolution) -> None:
    """Keep how different words on one label become one target."""
    store.set_meta(_RESOLUTION, json.dumps(asdict(resolution), ensure_ascii=False))


def _resolution(store: RunStore) -> Resolution:
    found = store.meta(_RESOLUTION)
    return LATEST if found is None else Resolution(**json.loads(found))
