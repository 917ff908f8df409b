"""What people said of which text, and what each text was asked about: in memory, to be told at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from text_al.app.given import Asked, Given, Status
from text_al.app.refusals import Refusal
from text_al.circumstances import is_machine
from text_al.data.events import LabelEvent

_PROGRAMS = ("", "corpus", "simulated")


@dataclass(frozen=True)
class Said:
    """An annotator's last decision on a text under one request.

    Attributes:
        row: of the pool.
        request: that asked; "" where none did.
        annotator: who decided.
        status: what was decided.
        labels: indices of those that apply.
        comment: what the annotator noted.
        at: ISO 8601 time.
        seconds: how long it took; None where nobody knows.
        settles: whether it ends a disagreement; it stands beside the annotator's own opinion.
    """

    row: int
    request: str
    annotator: str
    status: Status
    labels: tuple[int, ...]
    comment: str
    at: str
    seconds: float | None
    settles: bool = False

    def to_plain(self) -> dict[str, Any]:
        """As the page reads it."""
        return {
            "status": self.status,
            "labels": list(self.labels),
            "comment": self.comment,
            "at": self.at,
        }


def said_in(event: LabelEvent) -> Said:
    """What an event says."""
    status: Status = event.kind if event.kind == "labelled" else "skipped"
    if event.how.word in ("unsure", "rejected"):
        status = event.how.word
    labels = tuple(label for label, target in enumerate(event.targets or ()) if target == 1)
    return Said(
        event.row, event.request, event.annotator, status, labels, event.comment, event.at,
        event.how.seconds, event.how.settles,
    )  # fmt: skip


def said_by(given: Given) -> Said:
    """What the page sent and the pool has not taken yet."""
    return Said(
        given.row, given.request, given.annotator, given.status, given.labels, given.comment, given.at,
        given.how.seconds, given.how.settles,
    )  # fmt: skip


class Book:
    """All that was asked and said, by row; what programs said is left out.

    Args:
        events: of the whole run, oldest first.
    """

    def __init__(self, events: Iterable[LabelEvent]) -> None:
        self._asked: dict[tuple[str, int], LabelEvent] = {}
        self._last_request: dict[int, str] = {}
        self._said: dict[str, dict[tuple[str, int, bool], Said]] = {}
        self._later: dict[tuple[str, int], set[int]] = {}
        self._people: dict[int, set[str]] = {}
        self.round = self.last_event = 0
        self.last_saved: str | None = None
        for event in events:
            self.hear(event)

    def hear(self, event: LabelEvent) -> None:
        """An event, of now or of before."""
        self.round, self.last_event = max(self.round, event.round), max(self.last_event, event.id)
        if event.kind == "asked":
            self._asked[event.request, event.row] = event
            self._last_request[event.row] = event.request
        elif event.kind != "released" and event.annotator not in _PROGRAMS:
            self._take(event)

    def take(self, said: Said) -> None:
        """What somebody said just now; it replaces what they said before."""
        own = self._said.setdefault(said.annotator, {})
        key = (said.request, said.row, said.settles)
        own.pop(key, None)
        own[key] = said  # a dict keeps the order: the newest is the last
        self._people.setdefault(said.row, set()).add(said.annotator)
        self.last_saved = said.at or self.last_saved

    def about(self, request: str, row: int) -> Asked:
        """What a decision on a text may be about.

        Raises:
            Refusal: the request never asked for this text.
        """
        asking = self._asked.get((request, row))
        if asking is not None:
            model = f"round-{asking.round:03d}" if asking.round else ""
            return Asked(row, self._asked_labels(asking), model, not model)
        if row in self._people and (request == self.request_of(row, "") or self._spoke(request, row)):
            return Asked(row, None, "", True)
        raise Refusal("unknown", f"no batch {request[:60]!r} asked for this text")

    def request_of(self, row: int, annotator: str) -> str:
        """The request under which the annotator last spoke of a row, else the last that asked for it."""
        own = [request for request, place, _ in self._said.get(annotator, {}) if place == row]
        return own[-1] if own else self._last_request.get(row, "")

    def rows(self) -> list[int]:
        """All that were ever asked for or decided on, ascending."""
        return sorted(self._last_request.keys() | self._people.keys())

    def of(self, annotator: str) -> list[Said]:
        """All that an annotator said, newest first."""
        return list(reversed(self._said.get(annotator, {}).values()))

    def said(self, annotator: str, request: str, row: int) -> Said | None:
        """What an annotator said of a row under a request, but to settle what others said."""
        return self._said.get(annotator, {}).get((request, row, False))

    def annotators(self) -> dict[str, int]:
        """People, by name, and how many texts each has decided on; the busiest first."""
        texts = {who: {key[:2] for key in own} for who, own in self._said.items() if not is_machine(who)}
        counts = {who: len(own) for who, own in texts.items() if own}
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))

    def _take(self, event: LabelEvent) -> None:
        if event.how.word == "withdrawn":
            own = self._said.get(event.annotator, {})
            spoken = [key for key in own if key[:2] == (event.request, event.row)]
            for key in spoken[-1:]:  # the last one is what was taken back
                del own[key]
        else:
            self._see_later_labels(event)
            self.take(said_in(event))

    def _see_later_labels(self, event: LabelEvent) -> None:
        """Keeps which labels were decided under a request that is older than they."""
        asking = self._asked.get((event.request, event.row))
        if asking is not None and asking.n_labels and event.targets is not None:
            later = enumerate(event.targets[asking.n_labels :], start=asking.n_labels)
            known = self._later.setdefault((event.request, event.row), set())
            known.update(label for label, target in later if target != -1)

    def _asked_labels(self, asking: LabelEvent) -> tuple[int, ...] | None:
        """What a request asked of a text: of labels that came later, only those decided under it already."""
        if asking.considered is not None or not asking.n_labels:
            return asking.considered
        later = self._later.get((asking.request, asking.row), set())
        return (*range(asking.n_labels), *sorted(later))

    def _spoke(self, request: str, row: int) -> bool:
        """Whether somebody answered under this request, which never asked for the row."""
        return any((request, row, False) in own for own in self._said.values())
