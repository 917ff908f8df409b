"""Counts what a data card says, while the rows of a corpus go by and from all that was said."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from text_al.assemble.corpus_rows import Row
from text_al.data.events import LabelEvent
from text_al.strategies import STRATEGIES
from text_al.tracking.corpus_facts import AnnotatorFacts, ChoiceFacts, LabelFacts

_TOGETHER = 5


class RowCounts:
    """What is counted of the rows of `corpus_rows` as they go by.

    Args:
        names: (L,) of the labels.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._places = {name: place for place, name in enumerate(names)}
        self._together = np.zeros((len(names), len(names)), dtype=np.int64)
        self._counts = np.zeros((4, len(names)), dtype=np.int64)  # yes, known; the same of those by chance
        self._choices: Counter[tuple[str, str, bool]] = Counter()
        self._inclusion: Counter[tuple[str, str, bool]] = Counter()
        self._rounds: dict[tuple[str, str, bool], tuple[int, int]] = {}
        self.statuses: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self.n_nothing = self.n_partly = self.n_open = self.n_by_chance = 0

    def through(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, each counted."""
        for row in rows:
            self._count(row)
            yield row

    @property
    def n_yes(self) -> int:
        """Labels that texts have, in all."""
        return int(self._counts[0].sum())

    def labels(self) -> tuple[LabelFacts, ...]:
        """Each label, in order."""
        return tuple(
            LabelFacts(name, *counts)
            for name, counts in zip(self._names, self._counts.T.tolist(), strict=True)
        )

    def together(self) -> tuple[tuple[str, str, int], ...]:
        """The pairs that stand together most often."""
        above = np.triu(self._together, k=1)
        best = np.argsort(-above, axis=None, kind="stable")[:_TOGETHER]
        pairs = [(int(i), int(j)) for i, j in zip(*np.unravel_index(best, above.shape), strict=True)]
        return tuple((self._names[i], self._names[j], int(above[i, j])) for i, j in pairs if above[i, j])

    def choices(self) -> tuple[ChoiceFacts, ...]:
        """What chose the labelled texts, most first."""
        return tuple(
            ChoiceFacts(by, purpose, count, by_chance, self._inclusion[choice], self._rounds.get(choice))
            for choice, count in self._choices.most_common()
            for by, purpose, by_chance in [choice]
        )

    def _count(self, row: Row) -> None:
        if row["status"] == "labelled" and row["labels"] is None:  # annotators leave every label open
            self.n_open += 1
            return
        self.statuses[row["status"]] += 1
        if row["status"] == "skipped":
            self.words[row["word"] or ""] += 1
            return
        self.n_nothing += row["labels"] == [] and row["considered"] is None
        self.n_partly += row["considered"] is not None
        self._count_choice(row)
        self._count_labels(row)

    def _count_choice(self, row: Row) -> None:
        by_chance, chosen_in = _by_chance(row), row["chosen_in"]
        choice = (row["chosen_by"] or "", row["purpose"], by_chance)
        self.n_by_chance += by_chance
        self._choices[choice] += 1
        self._inclusion[choice] += row["inclusion"] is not None
        if chosen_in is not None:
            first, last = self._rounds.get(choice, (chosen_in, chosen_in))
            self._rounds[choice] = (min(first, chosen_in), max(last, chosen_in))

    def _count_labels(self, row: Row) -> None:
        yes = [self._places[name] for name in row["labels"] or ()]
        considered = self._names if row["considered"] is None else row["considered"]
        known = [self._places[name] for name in considered]
        self._together[np.ix_(yes, yes)] += 1
        for first in (0, 2) if _by_chance(row) else (0,):
            self._counts[first, yes] += 1
            self._counts[first + 1, known] += 1


def _by_chance(row: Row) -> bool:
    """Whether each open text had been as likely to be chosen as any other."""
    if row["purpose"] == "audit":
        return True
    name = row["chosen_by"]
    is_uniform = name in STRATEGIES.names() and "uniform" in STRATEGIES.entry(name).claims
    return is_uniform and row["inclusion"] is not None  # not known where a sub-pool was chosen first


@dataclass
class _Answers:
    """What one annotator did; seconds are kept for their median."""

    counts: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    first: str = ""
    last: str = ""

    def take(self, event: LabelEvent) -> None:
        how, day = event.how, event.at[:10]
        self.counts[event.kind] += 1
        self.counts["settling"] += how.settles
        self.shown["" if how.shown is None else how.shown.mode] += 1
        if how.seconds is not None:
            self.seconds.append(how.seconds)
        if day:
            self.first, self.last = min(self.first or day, day), max(self.last, day)


def annotators(events: Iterable[LabelEvent]) -> tuple[AnnotatorFacts, ...]:
    """Who decided, those with most answers first; what was only taken back is no answer."""
    found: dict[str, _Answers] = {}
    for event in events:
        if event.kind in ("labelled", "skipped") and event.how.word != "withdrawn":
            found.setdefault(event.annotator, _Answers()).take(event)
    most_first = sorted(
        found.items(), key=lambda item: -(item[1].counts["labelled"] + item[1].counts["skipped"])
    )
    return tuple(
        AnnotatorFacts(
            name=name,
            n_labelled=own.counts["labelled"],
            n_skipped=own.counts["skipped"],
            n_settling=own.counts["settling"],
            seconds=median(own.seconds) if own.seconds else None,
            first=own.first,
            last=own.last,
            shown=dict(own.shown),
        )
        for name, own in most_first
    )
