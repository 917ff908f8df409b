"""What is known at this moment, for whoever looks: one thread changes it, others read it at any time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import RLock
from typing import Any

from text_al.app.batch import Batch
from text_al.app.given import Asked
from text_al.app.phases import Phase
from text_al.app.refusals import Refusal
from text_al.app.said import Book, Said
from text_al.data.disagreements import Disagreement
from text_al.data.events import LabelEvent

OVER = "this batch is being learned from already; correct the answer instead"


class Board:
    """The state of the run as the page shows it. Every method holds the lock; reading never waits for long.

    Args:
        book: all that was asked and said so far.
        ids: row to id, of all rows that the book knows.
        version: to begin with; it differs from that of a former process.
    """

    def __init__(self, book: Book, ids: Mapping[int, str], version: int = 0) -> None:
        self.lock = RLock()
        self.book = book
        self._id_of = dict(ids)
        self._row_of = {text_id: row for row, text_id in ids.items()}
        self.version = version
        self.phase: Phase = "starting"
        self.batch: Batch | None = None
        self.disputes: dict[int, Disagreement] = {}
        self.budget: dict[str, int] = {}
        self.curve: dict[str, Any] = {"metric": "", "points": []}
        self.outcome = self.error = ""

    def enter(self, phase: Phase, *, outcome: str = "", error: str = "") -> None:
        """Another phase begins."""
        with self.lock:
            self.phase, self.outcome, self.error = phase, outcome, error
            self.version += 1

    def publish(self, batch: Batch, ids: Mapping[int, str]) -> None:
        """A batch waits."""
        with self.lock:
            self.batch = batch
            self.know(ids)
            self.enter("labelling")

    def know(self, ids: Mapping[int, str]) -> None:
        """Ids of more rows."""
        with self.lock:
            self._id_of.update(ids)
            self._row_of.update({text_id: row for row, text_id in ids.items()})

    def hear(self, events: Sequence[LabelEvent]) -> None:
        """What happened to texts since, oldest first."""
        with self.lock:
            for event in events:
                self.book.hear(event)
            self.version += 1

    def take(self, said: Said) -> None:
        """What somebody said that the pool has not taken yet, but that is on disk."""
        with self.lock:
            self.book.take(said)
            self.version += 1

    def dispute(self, row: int, found: Disagreement | None) -> None:
        """What people differ about in a row, settled or not; None: nothing."""
        with self.lock:
            self.disputes.pop(row, None)
            if found is not None:
                self.disputes[row] = found

    def row(self, text_id: str) -> int:
        """The row of a text that was asked for, answered or is in dispute.

        Raises:
            Refusal: it is none of them.
        """
        with self.lock:
            row = self._row_of.get(text_id)
        if row is None:
            raise Refusal("unknown", f"no text with the id {text_id[:60]!r} was asked for")
        return row

    def id_of(self, row: int) -> str:
        """The id of such a row."""
        with self.lock:
            return self._id_of[row]

    def about(self, request: str, text_id: str) -> Asked:
        """What a decision may be about.

        Raises:
            Refusal: there is no such text or request.
        """
        row = self.row(text_id)
        with self.lock:
            batch = self.batch
            if batch is not None and batch.request.id == request and row in batch.items:
                return batch.about(row)
            return self.book.about(request, row)

    def about_dispute(self, request: str, text_id: str) -> Asked:
        """What a decision that settles may be about; one that settled before may be replaced.

        Raises:
            Refusal: there is no such text or request, or nobody differs about the text.
        """
        asked = self.about(request, text_id)
        with self.lock:
            found = self.disputes.get(asked.row)
        if found is None:
            raise Refusal("invalid", "nobody differs about this text, so that there is nothing to settle")
        return replace(asked, considered=found.labels)

    def waits_for(self, request: str) -> Batch:
        """The batch of this request, whose answers can still be taken back.

        Raises:
            Refusal: it is over.
        """
        with self.lock:
            if self.phase == "labelling" and self.batch is not None and self.batch.request.id == request:
                return self.batch
        raise Refusal("stale", OVER)

    def to_settle(self) -> list[Disagreement]:
        """What people differ about, but for texts that wait for somebody's own opinion still."""
        with self.lock:
            waiting = self.batch
            return [
                found
                for row, found in sorted(self.disputes.items())
                if not found.settled and (waiting is None or not waiting.is_pending(row))
            ]

    def state(self, annotator: str) -> dict[str, Any]:
        """As the page reads it, but for what goes on in this second."""
        with self.lock:
            batch = self.batch
            return {
                "version": self.version,
                "phase": self.phase,
                "request": None if batch is None else batch.to_plain(annotator),
                "curve": self.curve,
                "budget": self.budget,
                "outcome": self.outcome,
                "error": self.error,
                "disagreements": len(self.to_settle()),
                "annotators": [{"name": name, "answers": n} for name, n in self.book.annotators().items()],
                "last_saved": self.book.last_saved,
                "speed": None if batch is None else batch.speed(annotator),
            }
