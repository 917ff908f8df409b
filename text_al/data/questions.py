"""Which labels a text was asked about, and what an answer says of them. Nothing here touches a disk."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from text_al.data.events import LabelEvent, decisions_of, last_asked
from text_al.types import Answer


def about_what_was_asked(answer: Answer, history: Sequence[LabelEvent], request_id: str) -> Answer:
    """The answer, where it does not say what it is about, as one about the labels that were asked.

    Whoever was asked about some labels, and names those of them that apply, has not said no to all others;
    nor has anybody to a label that was added after the text was asked about, unless it is named.

    Args:
        answer: as it was given.
        history: of its row.
        request_id: the request that it came with, or "" for the last one that asked for the row.
    """
    asking = _asking(history, request_id)
    if answer.considered is not None:
        return answer
    if asking is None or asking.considered is None:
        return _without_later_labels(answer, asking or next(iter(history), None))
    if answer.targets is None:
        return replace(answer, considered=asking.considered)
    if -1 in answer.targets:
        return answer
    asked = asking.considered
    # A label that is named is said, whether it was asked about or not; only a no follows from the question.
    targets = (target if i in asked or target == 1 else -1 for i, target in enumerate(answer.targets))
    return replace(answer, targets=tuple(targets))


def _without_later_labels(answer: Answer, before: LabelEvent | None) -> Answer:
    """The answer as one that says nothing of labels added since an event, but of those that it names."""
    if before is None or not before.n_labels:
        return answer
    if answer.targets is None:
        return replace(answer, considered=tuple(range(before.n_labels)))
    if -1 in answer.targets:
        return answer
    later = (target if target == 1 else -1 for target in answer.targets[before.n_labels :])
    return replace(answer, targets=(*answer.targets[: before.n_labels], *later))


def replies(answer: Answer | LabelEvent, asking: LabelEvent | None) -> bool:
    """Whether an answer says anything about the labels that its row is pending for."""
    if asking is None or asking.considered is None:
        return True
    if answer.targets is None:
        about = asking.considered if answer.considered is None else answer.considered
        return any(label in about for label in asking.considered)
    return any(answer.targets[label] != -1 for label in asking.considered)


def repliers(history: Sequence[LabelEvent], asking: LabelEvent) -> set[str]:
    """Who has replied to a question since it was first asked, and not taken that back."""
    first = next(event.id for event in history if event.kind == "asked" and event.request == asking.request)
    found: set[str] = set()
    for event in decisions_of(history):
        if event.id > first and event.how.word == "withdrawn":
            found.discard(event.annotator)
        elif event.id > first and replies(event, asking):
            found.add(event.annotator)
    return found


def unknown(labels: Iterable[int], decision: LabelEvent | None) -> set[int]:
    """Those of the labels that a decision, the one that holds, leaves open."""
    if decision is None or decision.targets is None:
        return set(labels)
    return {label for label in labels if decision.targets[label] == -1}


def _asking(history: Sequence[LabelEvent], request_id: str) -> LabelEvent | None:
    """The event of asking with this request, or else the last that was not given back."""
    own = [event for event in history if event.kind == "asked" and event.request == request_id]
    if own:
        return own[-1]
    asking, last = last_asked(history), None
    for event in history:
        last = event if event.kind in ("asked", "released") else last
    return asking if last is asking else None
