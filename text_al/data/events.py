"""What happened to a text, and what follows from it. Nothing here touches a disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from text_al.circumstances import UNKNOWN, Circumstances
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
        considered: label indices that an "asked" or a "skipped" is about; None: every label. The targets of
            a "labelled" tell for themselves.
        how: how a decision came about.
        people: how many different annotators an "asked" waits for.
        id: its place among all events, from 1; 0 while it is not stored.
        n_labels: how many labels there were, if some were added since, so that nothing is said of these; 0:
            as many as now.
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
    considered: tuple[int, ...] | None = None
    how: Circumstances = UNKNOWN
    people: int = 1
    id: int = 0
    n_labels: int = 0


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
        considered=None if request.considered is None else _plain(request.considered[place]),
        people=1 if request.people is None else int(request.people[place]),
    )


def answered(
    answer: Answer, history: Sequence[LabelEvent], *, round_number: int, request_id: str
) -> LabelEvent:
    """The event of an answer; why and how its row was chosen is in the history."""
    named = [event for event in history if event.kind == "asked" and event.request == request_id]
    asking = named[-1] if named else last_asked(history)
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
        considered=_plain(answer.considered) if answer.status == "skipped" else None,
        how=answer.how,
    )


def last_asked(history: Sequence[LabelEvent]) -> LabelEvent | None:
    """The event of asking for the row last, or None where nobody ever did."""
    return next((event for event in reversed(history) if event.kind == "asked"), None)


def decisions_of(history: Sequence[LabelEvent]) -> list[LabelEvent]:
    """The events in which somebody decided, oldest first."""
    return [event for event in history if event.kind in ("labelled", "skipped")]


def answers_of(history: Sequence[LabelEvent], request_id: str) -> dict[str, LabelEvent]:
    """Each annotator's last decision under a request; what was taken back is left out."""
    last = {event.annotator: event for event in decisions_of(history) if event.request == request_id}
    return {who: event for who, event in last.items() if event.how.word != "withdrawn"}


def _plain(targets: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if targets is None else tuple(int(target) for target in targets)
