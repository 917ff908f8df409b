"""From a request to questions: which text is asked about which labels, and which go together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from text_al.oracles.base import TextsToLabel
from text_al.oracles.batches import is_blind
from text_al.types import LabelRequest


@dataclass(frozen=True)
class Question:
    """One text, and the labels that it is asked about.

    Attributes:
        id: the text's id.
        text: the text.
        asked: label indices, ascending.
    """

    id: str
    text: str
    asked: tuple[int, ...]


def questions_of(request: LabelRequest, corpus: TextsToLabel, *, max_labels: int) -> tuple[Question, ...]:
    """A question a row, in the order of the request.

    Args:
        request: what is asked.
        corpus: the pool's texts, ids and labels.
        max_labels: most labels of a question; of more, those that the model finds likeliest are taken.
    """
    rows = np.array(request.rows, dtype=np.int64)
    found = zip(corpus.ids(rows), corpus.texts(rows), strict=True)
    return tuple(
        Question(text_id, text, _asked(request, rank, len(corpus.labels), max_labels))
        for rank, (text_id, text) in enumerate(found)
    )


def _asked(request: LabelRequest, rank: int, n_labels: int, max_labels: int) -> tuple[int, ...]:
    """All labels asked about, or the likeliest of them.

    What the model finds unlikely is left out of no question that is to measure it, nor of one that is blind.
    """
    asked = tuple(range(n_labels)) if request.considered is None else tuple(request.considered[rank])
    if len(asked) <= max_labels or request.probs is None or is_blind(request, rank, "ranked"):
        return asked
    probs = request.probs[rank]
    # Of a label that came later nothing is known, so nothing speaks against it.
    likeliest = sorted(asked, key=lambda label: -probs[label] if label < len(probs) else -1.0)
    return tuple(sorted(likeliest[:max_labels]))


def together(
    questions: Sequence[Question], n_attempts: Mapping[str, int], *, texts_per_request: int
) -> Iterator[tuple[Question, ...]]:
    """Questions that go out in one request: neighbours about the same labels.

    Args:
        questions: in order.
        n_attempts: id to how often it was asked about in vain; after the first time a text goes alone.
        texts_per_request: most of them.
    """
    again = [(question,) for question in questions if n_attempts.get(question.id)]
    first = (question for question in questions if not n_attempts.get(question.id))
    for _, same in groupby(first, key=lambda question: question.asked):
        group = tuple(same)
        for start in range(0, len(group), texts_per_request):
            yield group[start : start + texts_per_request]
    yield from again
