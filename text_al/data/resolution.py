"""What holds of a label that several annotators decided on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from text_al.circumstances import is_machine
from text_al.data.events import LabelEvent

Rule = Literal["latest", "majority", "all", "trusted"]


@dataclass(frozen=True)
class Resolution:
    """How different words on one label become one target.

    Attributes:
        rule: "latest": the last word holds. "majority": what more annotators say; "all": what all say; and as
            long as neither is so, the label is not known. "trusted": what `trusted` says, and where they say
            nothing, the majority.
        trusted: the annotator whose word holds.
    """

    rule: Rule = "latest"
    trusted: str = ""


LATEST = Resolution()
"""The last word holds."""


def heard(events: Sequence[LabelEvent]) -> Sequence[LabelEvent]:
    """Those of the last words on a label that count: who settles it, else people, else programs."""
    settling = [event for event in events if event.how.settles]
    if settling:
        return [max(settling, key=lambda event: event.id)]
    people = [event for event in events if not is_machine(event.annotator)]
    return people or events


def resolved(label: int, events: Sequence[LabelEvent], resolution: Resolution) -> int:
    """1 or 0, or -1 where the annotators leave it open.

    Args:
        label: its index.
        events: the last words on it that are heard, one an annotator.
        resolution: the rule.
    """
    if resolution.rule == "latest" or len(events) == 1:
        return _target(max(events, key=lambda event: event.id), label)
    if resolution.rule == "trusted":
        own = [event for event in events if event.annotator == resolution.trusted]
        if own:
            return _target(own[0], label)
    yes = sum(_target(event, label) for event in events)
    if resolution.rule == "all":
        return {0: 0, len(events): 1}.get(yes, -1)
    return -1 if 2 * yes == len(events) else int(2 * yes > len(events))


def _target(event: LabelEvent, label: int) -> int:
    return (event.targets or ())[label]
