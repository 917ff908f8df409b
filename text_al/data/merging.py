"""What holds of all that was decided about a text: each annotator's last word on each label. No disk here."""

from collections.abc import Sequence
from dataclasses import replace

from text_al.circumstances import is_machine
from text_al.data.events import LabelEvent, decisions_of
from text_al.data.resolution import LATEST, Resolution, heard, resolved
from text_al.types import Answer

Words = dict[int, LabelEvent]
"""Label to the event whose target for it is the last word."""


def last_words(history: Sequence[LabelEvent]) -> dict[str, Words]:
    """Each annotator's last word on each label, by annotator.

    A target of -1 says nothing, so that it erases nothing. A skip withdraws the annotator's own words on the
    labels that it is about.
    """
    said: dict[str, Words] = {}
    for event in decisions_of(history):
        own = said.setdefault(event.annotator, {})
        if event.targets is not None:
            said_now = [label for label, target in enumerate(event.targets) if target != -1]
            own.update({label: event for label in said_now if not _stays_settled(own.get(label), event)})
        else:
            for label in tuple(own) if event.considered is None else event.considered:
                own.pop(label, None)
    return said


def _stays_settled(before: LabelEvent | None, event: LabelEvent) -> bool:
    """Whether a label stays as its annotator settled it: until they settle it anew, or take it back."""
    return before is not None and before.how.settles and not event.how.settles


def standing(history: Sequence[LabelEvent], resolution: Resolution = LATEST) -> LabelEvent | None:
    """The decision that holds: the latest that still says something, with the targets that hold of all.

    A correction replaces what its annotator said of these labels before, an answer about other labels adds to
    it, and a skip withdraws the annotator's own labels, never another's. Where nothing is left, the latest
    skip that was not itself a withdrawal.

    Args:
        history: of one row.
        resolution: what holds where annotators differ.
    """
    decisions = decisions_of(history)
    if len(decisions) < 2:
        return decisions[0] if decisions else None
    spoken = _by_label(decisions)
    if not spoken:
        skips = [event for event in decisions if _still_skips(event, decisions)]
        return skips[-1] if skips else None
    counted = {label: heard(events) for label, events in spoken.items()}
    latest = max((event for events in counted.values() for event in events), key=lambda event: event.id)
    targets = [-1] * len(latest.targets or ())
    for label, events in counted.items():
        targets[label] = resolved(label, events, resolution)
    return replace(latest, targets=tuple(targets))


def _still_skips(event: LabelEvent, decisions: Sequence[LabelEvent]) -> bool:
    """Whether this is a skip that whoever made it has not taken back since."""
    if event.kind != "skipped" or event.how.word == "withdrawn":
        return False
    return not any(
        later.id > event.id and later.annotator == event.annotator and later.how.word == "withdrawn"
        for later in decisions
    )


def labels_by_programs(history: Sequence[LabelEvent]) -> tuple[int, ...]:
    """The labels of which only programs have said anything that still stands, ascending."""
    spoken = _by_label(decisions_of(history)).items()
    return tuple(sorted(label for label, events in spoken if all(is_machine(e.annotator) for e in events)))


def _by_label(decisions: Sequence[LabelEvent]) -> dict[int, list[LabelEvent]]:
    """Label to the annotators' last words on it."""
    spoken: dict[int, list[LabelEvent]] = {}
    for words in last_words(decisions).values():
        for label, event in words.items():
            spoken.setdefault(label, []).append(event)
    return spoken


def says_again(answer: Answer, history: Sequence[LabelEvent]) -> bool:
    """Whether this annotator has said all that the answer says, and not taken it back since."""
    before = history if answer.how.settles else [event for event in history if not event.how.settles]
    own = last_words(before).get(answer.annotator)
    if own is None:
        return False
    if answer.targets is None:
        left = set(own) if answer.considered is None else set(own) & set(answer.considered)
        return not left and _has_skipped(answer, history)
    known = {label: target for label, target in enumerate(answer.targets) if target != -1}
    return all(label in own and _is_same(own[label], answer, label) for label in known)


def _is_same(event: LabelEvent, answer: Answer, label: int) -> bool:
    """Whether an event says what the answer says of a label, with its note, and as finally."""
    if (event.targets or ())[label] != (answer.targets or ())[label]:
        return False
    return answer.comment in ("", event.comment) and answer.how.settles in (False, event.how.settles)


def _has_skipped(answer: Answer, history: Sequence[LabelEvent]) -> bool:
    """Whether the annotator's last skip of these labels was of this kind, and not taken back since."""
    about = (answer.annotator, answer.considered)
    skips = [
        event for event in history if event.kind == "skipped" and (event.annotator, event.considered) == about
    ]
    return bool(skips) and skips[-1].how.word == answer.how.word and answer.comment in ("", skips[-1].comment)
