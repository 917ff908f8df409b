"""Texts about which people differ: what each said, and whether somebody has settled it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from text_al.circumstances import is_machine
from text_al.data.events import LabelEvent
from text_al.data.merging import last_words
from text_al.data.pool import QueryPool


@dataclass(frozen=True)
class Disagreement:
    """People who differ about a text.

    Attributes:
        row: the pool row.
        said: annotator to their own targets (L,): 1 yes, 0 no, -1 said nothing; without settling decisions.
        labels: indices of the labels in dispute, ascending; where all are settled, those that were.
        settled: whether somebody has decided each of them since, to end it.
    """

    row: int
    said: Mapping[str, tuple[int, ...]]
    labels: tuple[int, ...]
    settled: bool = False


def disagreements(pool: QueryPool, *, with_settled: bool = False) -> tuple[Disagreement, ...]:
    """Where two people's last words on some label differ, in the order of the rows.

    Programs that answer are no people, here too. A settling decision ends a disagreement about the labels
    that it decides, until whoever made it takes it back.

    Args:
        pool: its events are read once, and then the rows that several annotators decided on.
        with_settled: those that were settled, too.
    """
    histories = (pool.history(row) for row in answered_by_several(pool))
    found = [one for history in histories if (one := disagreement_in(history, pool.n_labels)) is not None]
    return tuple(one for one in found if with_settled or not one.settled)


def disagreement_in(history: Sequence[LabelEvent], n_labels: int) -> Disagreement | None:
    """What people differ about in a row's history; None where they do not."""
    said = {who: targets for who, targets in own_words(history, n_labels).items() if not is_machine(who)}
    disputed = [label for label, marks in enumerate(zip(*said.values(), strict=True)) if {0, 1} <= set(marks)]
    if not disputed:
        return None
    settled = settled_labels(history)
    left = [label for label in disputed if label not in settled]
    return Disagreement(history[0].row, said, tuple(left or disputed), settled=not left)


def own_words(history: Sequence[LabelEvent], n_labels: int) -> dict[str, tuple[int, ...]]:
    """Each annotator's last word on each label (L,), -1 where there is none, without settling decisions.

    Who settles has seen what the others said, so that a settling decision is no answer of its own. Annotators
    whose words are all taken back, or who only skipped, are left out.
    """
    said = last_words([event for event in history if not event.how.settles])
    return {
        who: tuple((words[label].targets or ())[label] if label in words else -1 for label in range(n_labels))
        for who, words in said.items()
        if words
    }


def settled_labels(history: Sequence[LabelEvent]) -> frozenset[int]:
    """The labels on which a settling decision holds."""
    words = last_words(history).values()
    return frozenset(label for own in words for label, event in own.items() if event.how.settles)


def answered_by_several(pool: QueryPool) -> list[int]:
    """Rows on which two or more annotators decided, programs among them, in order."""
    first: dict[int, str] = {}
    several = {
        event.row
        for event in _own_decisions(pool)
        if first.setdefault(event.row, event.annotator) != event.annotator
    }
    return sorted(several)


def _own_decisions(pool: QueryPool) -> Iterator[LabelEvent]:
    return (
        event for event in pool.events() if event.kind in ("labelled", "skipped") and not event.how.settles
    )
