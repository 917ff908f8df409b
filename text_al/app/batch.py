"""The batch that waits: its texts, who has answered which, and whose turn is next."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from text_al.app.given import Asked
from text_al.app.items import Item
from text_al.app.leases import Leases
from text_al.circumstances import SuggestionMode
from text_al.data.events import LabelEvent
from text_al.types import LabelRequest


class Batch:
    """A request, and how far it is.

    Args:
        request: that waits.
        items: (n,) its texts, in its order.
        leases: which text is on whose desk.
        mode: how suggestions are shown in this run.
    """

    def __init__(
        self, request: LabelRequest, items: Sequence[Item], leases: Leases, mode: SuggestionMode
    ) -> None:
        self.request = request
        self._mode = mode
        self.items = dict(zip(request.rows, items, strict=True))
        self._row_of = {item["id"]: row for row, item in self.items.items()}
        self._considered = dict(zip(request.rows, request.considered or (), strict=False))
        self._people = dict(zip(request.rows, request.people or (), strict=False))
        self._answers: dict[int, dict[str, float | None]] = {row: {} for row in request.rows}
        self._pending = set(request.rows)
        self._leases = leases
        leases.clear()

    def row_of(self, text_id: str) -> int | None:
        """The row of the text with this id; None where it is none of the batch."""
        return self._row_of.get(text_id)

    def about(self, row: int) -> Asked:
        """What a decision on one of its texts may be about."""
        request, item = self.request, self.items[row]
        has_model = request.probs is not None or request.whys is not None
        model = f"round-{request.round:03d}" if has_model else ""
        others = tuple((one["by"], tuple(one["labels"])) for one in item["suggestions"])
        is_hidden = item["mode"] == "none"
        return Asked(row, self._considered.get(row), model, is_hidden, others, self._mode)

    def show(self, row: int, answers: Mapping[str, LabelEvent], *, is_pending: bool) -> None:
        """Who has answered for a row by now, and whether it still waits."""
        asked = self._considered.get(row)
        self._answers[row] = {
            who: event.how.seconds for who, event in answers.items() if _replies(event, asked)
        }
        (self._pending.add if is_pending else self._pending.discard)(row)
        for who in answers:
            self._leases.end(row, who)

    def is_pending(self, row: int) -> bool:
        """Whether the row waits for an answer."""
        return row in self._pending

    def is_answered_by(self, annotator: str, row: int) -> bool:
        """Whether this annotator has answered for a row of the batch, and not taken it back."""
        return annotator in self._answers.get(row, ())

    @property
    def is_done(self) -> bool:
        """Whether no row waits any more."""
        return not self._pending

    def left_for(self, annotator: str) -> list[int]:
        """The rows that this annotator may still answer, best first."""
        return [
            row for row in self.request.rows if row in self._pending and annotator not in self._answers[row]
        ]

    def hand_out(self, annotator: str, held: Iterable[str]) -> Item | None:
        """The next text for this annotator; one that is on enough other desks already comes last.

        Args:
            annotator: who asks.
            held: ids of the texts that they have before them already.
        """
        on_desk = {row for text_id in held if (row := self.row_of(text_id)) is not None}
        left = self.left_for(annotator)
        self._leases.take(on_desk & set(left), annotator)
        open_rows = [row for row in left if row not in on_desk]
        if not open_rows:
            return None
        row = min(open_rows, key=lambda row: self._is_taken(row, annotator))  # of equals the first
        self._leases.take([row], annotator)
        return self.items[row]

    def to_plain(self, annotator: str) -> dict[str, Any]:
        """As the page reads it."""
        own = [row for row, answers in self._answers.items() if annotator in answers]
        return {
            "id": self.request.id,
            "round": self.request.round,
            "n": len(self.request.rows),
            "n_done": len(self.request.rows) - len(self._pending),
            "n_yours_done": len(own),
            "n_yours_left": len(self.left_for(annotator)),
            "purpose": self.request.purpose,
        }

    def speed(self, annotator: str) -> dict[str, float] | None:
        """How long this annotator takes for a text of this batch; None where it is not known."""
        times = [answers[annotator] for answers in self._answers.values() if answers.get(annotator)]
        if not times:
            return None
        seconds = median(time for time in times if time is not None)
        minutes = seconds * len(self.left_for(annotator)) / 60
        return {"median_seconds": round(seconds, 1), "minutes_left": round(minutes, 1)}

    def _is_taken(self, row: int, annotator: str) -> bool:
        n_wanted = self._people.get(row, 1) - len(self._answers[row])
        return self._leases.n_others(row, annotator) >= n_wanted


def _replies(event: LabelEvent, asked: Collection[int] | None) -> bool:
    """Whether a decision is about any of the labels that were asked."""
    if asked is None:
        return True
    if event.targets is not None:
        return any(event.targets[label] != -1 for label in asked)
    return event.considered is None or any(label in event.considered for label in asked)
