"""What asking, answering and giving back do to the ledger. Each runs inside a transaction of the caller's.

Each returns the rows it touched with their new states, for the caller to show once they are on disk.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from text_al.data.events import LabelEvent, answered, asked, last_asked, says_again, standing
from text_al.data.ledger import Ledger
from text_al.data.states import RowState
from text_al.errors import PoolError
from text_al.types import Answer, LabelRequest


@dataclass(frozen=True)
class LabelChange:
    """What answers did; each answer counts in one of the first four.

    Attributes:
        new: rows labelled that were not.
        changed: rows labelled already for which somebody decided anew.
        repeated: answers that said what their annotator had said before; nothing was kept.
        skipped: answers by which somebody could not decide, or took a decision back.
        unasked: answers taken for rows that nobody had asked for.
    """

    new: int = 0
    changed: int = 0
    repeated: int = 0
    skipped: int = 0
    unasked: int = 0


Changes = dict[int, RowState]


def ask(ledger: Ledger, request: LabelRequest) -> Changes:
    """Keep a new request and that its rows are pending.

    Raises:
        PoolError: a row is labelled, pending or excluded already; lists all of them.
    """
    states = {int(row): ledger.state(row) for row in request.rows}
    taken = [
        f"row {row} is {state} already" for row, state in states.items() if state not in ("open", "skipped")
    ]
    if taken:
        raise PoolError(f"request '{request.id}' cannot be made: " + "; ".join(taken))
    ledger.put_request(request)
    return _make_pending(ledger, request, range(len(request.rows)))


def ask_again(ledger: Ledger, request: LabelRequest) -> Changes:
    """Make the rows of a known request pending that were given back; most often there are none."""
    places = [place for place, row in enumerate(request.rows) if ledger.state(row) == "open"]
    if places:
        ledger.reopen_request(request.id)
    return _make_pending(ledger, request, places)


def take(
    ledger: Ledger, answers: Sequence[Answer], round_number: int, request_id: str
) -> tuple[LabelChange, Changes]:
    """Keep what answers say that was not said before."""
    tally: Counter[str] = Counter()
    changes: Changes = {}
    for answer in answers:
        row = int(answer.row)
        history = ledger.history(row)
        # The row is asked anew when it is pending: then the same answer is news.
        if ledger.state(row) != "pending" and says_again(answer, history):
            tally["repeated"] += 1
            continue
        event = ledger.append(answered(answer, history, round_number=round_number, request_id=request_id))
        tally.update(_kinds(event, history))
        changes[row] = _settle(ledger, (*history, event))
    ledger.close_requests()
    return LabelChange(**tally), changes


def give_back(ledger: Ledger, request: LabelRequest) -> Changes:
    """Keep that nobody will answer the pending rows of a request."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    changes: Changes = {}
    for row in ledger.pending_rows(request.id):
        event = LabelEvent(
            row, "released", request.round, request.id, annotator="", source=request.strategy, at=now
        )
        ledger.append(event)
        changes[row] = _settle(ledger, ledger.history(row))
    ledger.close_requests()
    return changes


def _make_pending(ledger: Ledger, request: LabelRequest, places: Iterable[int]) -> Changes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    changes: Changes = {}
    for place in places:
        event = ledger.append(asked(request, place, now))
        ledger.set_state(event.row, "pending", event)
        changes[event.row] = "pending"
    return changes


def _kinds(event: LabelEvent, history: Sequence[LabelEvent]) -> list[str]:
    before = standing(history)
    was_labelled = before is not None and before.kind == "labelled"
    kind = "skipped" if event.kind == "skipped" else "changed" if was_labelled else "new"
    return [kind] if last_asked(history) else [kind, "unasked"]


def _settle(ledger: Ledger, history: Sequence[LabelEvent]) -> RowState:
    decision = standing(history)
    state: RowState = "open"
    if decision is not None:
        state = "labelled" if decision.kind == "labelled" else "skipped"
    ledger.set_state(history[-1].row, state, decision)
    return state
