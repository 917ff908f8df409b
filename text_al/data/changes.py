"""What asking, answering and giving back do to the ledger. Each runs inside a transaction of the caller's.

Each returns the rows it touched with their new states, for the caller to show once they are on disk.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from text_al.circumstances import Circumstances, is_machine
from text_al.data.events import LabelEvent, answered, answers_of, asked, last_asked
from text_al.data.ledger import Ledger
from text_al.data.merging import says_again
from text_al.data.questions import about_what_was_asked, repliers, replies, unknown
from text_al.data.states import RowState
from text_al.errors import PoolError
from text_al.types import Answer, LabelRequest


@dataclass(frozen=True)
class LabelChange:
    """What answers did; each answer counts in one of the first five.

    Attributes:
        new: rows labelled that were not.
        changed: rows labelled already for which somebody decided anew.
        repeated: answers that said what their annotator had said before; nothing was kept.
        skipped: answers by which somebody could not decide, or took a decision back.
        unasked: answers taken for rows that nobody had asked for.
        extended: rows labelled already of which somebody decided other labels, and no known one anew.
    """

    new: int = 0
    changed: int = 0
    repeated: int = 0
    skipped: int = 0
    unasked: int = 0
    extended: int = 0


Changes = dict[int, RowState]


def ask(ledger: Ledger, request: LabelRequest) -> Changes:
    """Keep a new request and that its rows are pending.

    Raises:
        PoolError: a row is pending or excluded already, or labelled for what it would be asked about; lists
            all of them.
    """
    problems = [problem for place in range(len(request.rows)) if (problem := _taken(ledger, request, place))]
    if problems:
        raise PoolError(f"request '{request.id}' cannot be made: " + "; ".join(problems))
    ledger.put_request(request)
    return _make_pending(ledger, request, range(len(request.rows)))


def ask_again(ledger: Ledger, request: LabelRequest) -> Changes:
    """Make the rows of a known request pending that were given back; most often there are none."""
    places = [place for place in range(len(request.rows)) if _was_given_back(ledger, request, place)]
    if places:
        ledger.reopen_request(request.id)
    return _make_pending(ledger, request, places)


def take(
    ledger: Ledger, answers: Sequence[Answer], round_number: int, request_id: str
) -> tuple[LabelChange, Changes]:
    """Keep what answers say that was not said before."""
    tally: Counter[str] = Counter()
    changes: Changes = {}
    for given in answers:
        history, request = ledger.history(int(given.row)), given.request or request_id
        answer = about_what_was_asked(given, history, request)
        is_pending = ledger.state(int(given.row)) == "pending"
        # The row is asked anew when it is pending: then the same answer is news.
        settles = is_pending and _is_last_awaited(answer, history)
        if not settles and says_again(answer, history):
            tally["repeated"] += 1
            continue
        event = ledger.append(answered(answer, history, round_number=round_number, request_id=request))
        tally.update(_kinds(ledger, event, history))
        waits = is_pending and not settles
        changes[event.row] = ledger.asked_state(event.row) if waits else _settle(ledger, (*history, event))
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


def take_back(ledger: Ledger, row: int, annotator: str, round_number: int, source: str) -> Changes:
    """Keep that an annotator takes back what they last said of a row, which is asked for again.

    Raises:
        PoolError: they said nothing under the last request that asked for it.
    """
    history = ledger.history(row)
    asking = last_asked(history)
    said = None if asking is None else answers_of(history, asking.request).get(annotator)
    request = None if asking is None else ledger.request(asking.request)
    if asking is None or said is None or request is None:
        raise PoolError(f"annotator '{annotator}' has said nothing of row {row} that could be taken back")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    about = said.considered
    if said.targets is not None:
        about = tuple(label for label, target in enumerate(said.targets) if target != -1)
    ledger.append(
        LabelEvent(
            row, "skipped", round_number, request.id, annotator, source, now,
            purpose=said.purpose, inclusion=said.inclusion, considered=about,
            how=Circumstances(word="withdrawn"),
        )
    )  # fmt: skip
    if ledger.state(row) == "pending":
        return {row: ledger.asked_state(row)}
    history = ledger.history(row)
    if len(repliers(history, asking)) >= asking.people:  # others have said enough
        return {row: _settle(ledger, history)}
    ledger.reopen_request(request.id)
    return _make_pending(ledger, request, [request.rows.index(row)])


def _is_last_awaited(answer: Answer, history: Sequence[LabelEvent]) -> bool:
    """Whether an answer to a row that is pending is one that it waits for, and the last such."""
    asking = last_asked(history)
    if not replies(answer, asking):
        return False
    if asking is None or asking.people == 1:
        return True
    people = {who for who in (*repliers(history, asking), answer.annotator) if not is_machine(who)}
    return len(people) >= asking.people and not is_machine(answer.annotator)


def _taken(ledger: Ledger, request: LabelRequest, place: int) -> str | None:
    """Why a row cannot be asked for, or None where it can."""
    row = int(request.rows[place])
    state = ledger.state(row)
    if state == "labelled" and request.considered is not None:
        asked_about = request.considered[place]
        known = sorted(set(asked_about) - unknown(asked_about, ledger.standing(ledger.history(row))))
        return f"row {row} is labelled already for labels {known}" if known else None
    return None if state in ("open", "skipped") else f"row {row} is {state} already"


def _was_given_back(ledger: Ledger, request: LabelRequest, place: int) -> bool:
    row = request.rows[place]
    state = ledger.state(row)
    if state != "labelled" or request.considered is None:
        return state == "open"
    last, asked_about = ledger.history(row)[-1], request.considered[place]
    is_back = (last.kind, last.request) == ("released", request.id)
    return is_back and unknown(asked_about, ledger.standing(ledger.history(row))) == set(asked_about)


def _make_pending(ledger: Ledger, request: LabelRequest, places: Iterable[int]) -> Changes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    changes: Changes = {}
    for place in places:
        event = ledger.append(asked(request, place, now))
        ledger.set_state(event.row, "pending", event)
        changes[event.row] = ledger.asked_state(event.row)
    return changes


def _kinds(ledger: Ledger, event: LabelEvent, history: Sequence[LabelEvent]) -> list[str]:
    before = ledger.standing(history)
    kind = "skipped" if event.targets is None else "new"
    if event.targets is not None and before is not None and before.targets is not None:
        both = zip(before.targets, event.targets, strict=True)
        kind = "changed" if any(-1 not in pair for pair in both) else "extended"
    return [kind] if last_asked(history) else [kind, "unasked"]


def _settle(ledger: Ledger, history: Sequence[LabelEvent]) -> RowState:
    decision = ledger.standing(history)
    state: RowState = "open"
    if decision is not None:
        state = "labelled" if decision.kind == "labelled" else "skipped"
    ledger.set_state(history[-1].row, state, decision)
    return state
