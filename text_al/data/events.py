"""What happened to a text, and what follows from it. Nothing here touches a disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from text_al.types import Answer, LabelRequest, Purpose

EventKind = Literal["asked", "released", "labelled", "skipped"]


@dataclass(frozen=True)
class LabelEvent:
    """One thing that happened to one text; events are added, never changed or erased.

    Attributes:
        row: the pool row.
        kind: "asked" and "released" by the program, "labelled" and "skipped" by an annotator.
        round: the round in which it happened.
        request: the id of the request it belongs to, or "" for an answer nobody asked for.
        annotator: who decided; "" where the program did.
        source: where the answer came from; for the program's own events the strategy's name.
        at: ISO 8601 time, UTC.
        targets: (L,) of 1, 0, -1 for "labelled", else None.
        purpose: "train", or "audit" for a row drawn to measure with.
        inclusion: probability with which the row had been chosen, or None where the rule has none.
        comment: what the annotator noted.
        id: its place among all events, from 1; 0 while it is not stored.
    """

    row: int
    kind: EventKind
    round: int
    request: str
    annotator: str
    source: str
    at: str
    targets: tuple[int, ...] | None = None
    purpose: Purpose = "train"
    inclusion: float | None = None
    comment: str = ""
    id: int = 0


def asked(request: LabelRequest, place: int, at: str) -> LabelEvent:
    """The event of asking for the row at this place of a request."""
    return LabelEvent(
        row=int(request.rows[place]),
        kind="asked",
        round=request.round,
        request=request.id,
        annotator="",
        source=request.strategy,
        at=at,
        purpose=request.purpose,
        inclusion=None if request.inclusion is None else float(request.inclusion[place]),
    )


def answered(
    answer: Answer, history: Sequence[LabelEvent], *, round_number: int, request_id: str
) -> LabelEvent:
    """The event of an answer; why and how its row was chosen is in the history."""
    asking = last_asked(history)
    return LabelEvent(
        row=int(answer.row),
        kind=answer.status,
        round=round_number,
        request=request_id if asking is None else asking.request,
        annotator=answer.annotator,
        source=answer.source,
        at=answer.at,
        targets=_plain(answer.targets),
        purpose="train" if asking is None else asking.purpose,
        inclusion=None if asking is None else asking.inclusion,
        comment=answer.comment,
    )


def last_asked(history: Sequence[LabelEvent]) -> LabelEvent | None:
    """The event of asking for the row last, or None where nobody ever did."""
    return next((event for event in reversed(history) if event.kind == "asked"), None)


def last_words(history: Sequence[LabelEvent]) -> dict[str, LabelEvent]:
    """Each annotator's last decision, by annotator."""
    return {event.annotator: event for event in history if event.kind in ("labelled", "skipped")}


def standing(history: Sequence[LabelEvent]) -> LabelEvent | None:
    """The decision that holds: of the annotators' last words the latest that labels, else the latest skip.

    So a correction replaces what its annotator said before, and a skip withdraws the annotator's own labels,
    never another's.
    """
    words = last_words(history).values()
    labels = [event for event in words if event.kind == "labelled"]
    return max(labels or words, key=lambda event: event.id, default=None)


def says_again(answer: Answer, history: Sequence[LabelEvent]) -> bool:
    """Whether this annotator's last decision about the row was the same."""
    last = last_words(history).get(answer.annotator)
    return last is not None and (last.kind, last.targets) == (answer.status, _plain(answer.targets))


def _plain(targets: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if targets is None else tuple(int(target) for target in targets)
