"""What is said of each text that leaves a run: its labels, where they come from, and all raw answers."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from text_al.circumstances import is_machine
from text_al.data.corpus import Corpus
from text_al.data.disagreements import own_words
from text_al.data.events import LabelEvent, decisions_of
from text_al.data.ledger import Ledger
from text_al.data.merging import last_words, standing
from text_al.data.pool import QueryPool

CHUNK = 1000
COLUMNS = (
    "id", "text", "labels", "considered", "status", "annotator", "at", "round", "source",
    "chosen_by", "chosen_in", "purpose", "inclusion", "seconds", "shown", "word", "comment",
    "n_annotators", "answers", "settled",
)  # fmt: skip

Row = dict[str, Any]


def corpus_rows(pool: QueryPool, ledger: Ledger, corpus: Corpus) -> Iterator[Row]:
    """Every text that was labelled or skipped, in the order of the pool, with `COLUMNS`.

    `labels` [] is labelled with nothing; None is skipped, or nothing holds of any label because annotators
    differ. `considered` None is every label. Other columns are None where nobody knows.

    Args:
        pool: the run's.
        ledger: of the same store; it knows what holds where annotators differ.
        corpus: the pool's texts and ids.
    """
    rows = np.flatnonzero(pool.idxs_labeled | pool.idxs_skipped)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        for row, name, text in zip(part.tolist(), corpus.ids(part), corpus.texts(part), strict=True):
            history = pool.history(row)
            event = ledger.standing(history)
            if event is not None:
                said = {**_decision(event, pool.labels), **_origin(history), **_people(history, pool.labels)}
                yield {"id": name, "text": text, **said}


def _decision(event: LabelEvent, names: Sequence[str]) -> Row:
    """What holds, who said it, and how that came about."""
    return {
        **_labels(event, names),
        "status": event.kind,
        "annotator": event.annotator,
        "at": event.at,
        "round": event.round,
        "source": event.source,
        **_circumstances(event),
    }


def _circumstances(event: LabelEvent) -> Row:
    """How a decision came about, and what was noted beside it."""
    how = event.how
    return {
        "seconds": how.seconds,
        "shown": None if how.shown is None else {"mode": how.shown.mode, "model": how.shown.model},
        "word": how.word or None,
        "comment": event.comment or None,
    }


def _labels(event: LabelEvent, names: Sequence[str]) -> Row:
    """The labels that were given, and those that were considered where not all were."""
    if event.targets is None:
        asked = None if event.considered is None else [names[label] for label in event.considered]
        return {"labels": None, "considered": None if asked == list(names) else asked}
    given = [name for name, target in zip(names, event.targets, strict=True) if target == 1]
    known = [name for name, target in zip(names, event.targets, strict=True) if target != -1]
    return {"labels": given if known else None, "considered": known if len(known) < len(names) else None}


def _origin(history: Sequence[LabelEvent]) -> Row:
    """How the text came to be labelled: by whom it was chosen when it was first, or else was to be."""
    decisions = decisions_of(history)
    first = next((event for event in decisions if event.kind == "labelled"), decisions[0])
    asking = [event for event in history if event.kind == "asked" and event.request == first.request]
    by = asking[0] if asking and first.request else None
    return {
        "chosen_by": None if by is None else by.source,
        "chosen_in": None if by is None else by.round,
        "purpose": first.purpose,
        "inclusion": first.inclusion,
    }


def _people(history: Sequence[LabelEvent], names: Sequence[str]) -> Row:
    settling = list(_settling(history, len(names)))
    return {
        "n_annotators": sum(not is_machine(who) for who in own_words(history, len(names))),
        "answers": [_answer(event, names) for event in (*_own(history), *settling)],
        "settled": bool(settling),
    }


def _own(history: Sequence[LabelEvent]) -> Iterator[LabelEvent]:
    """Each annotator's last words, settling decisions aside, in the order in which they first spoke."""
    decisions = [event for event in decisions_of(history) if not event.how.settles]
    for who in dict.fromkeys(event.annotator for event in decisions):
        held = standing([event for event in decisions if event.annotator == who])
        if held is not None:
            yield held


def _settling(history: Sequence[LabelEvent], n_labels: int) -> Iterator[LabelEvent]:
    """What was decided to end a disagreement and holds, by each who did."""
    for words in last_words(history).values():
        own = {label: event for label, event in words.items() if event.how.settles}
        if own:
            latest = max(own.values(), key=lambda event: event.id)
            marks = ((own[label].targets or ())[label] if label in own else -1 for label in range(n_labels))
            yield replace(latest, targets=tuple(marks))


def _answer(event: LabelEvent, names: Sequence[str]) -> Row:
    about = {"annotator": event.annotator, "at": event.at, "status": event.kind}
    return {**about, **_labels(event, names), **_circumstances(event), "settles": event.how.settles}
