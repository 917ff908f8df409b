"""Labels take turns, and each takes the text that is likeliest to have it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from text_al.strategies.selection import best
from text_al.types import FloatArray, IntArray


@dataclass(frozen=True)
class Taken:
    """What was taken, in the order of the turns.

    Attributes:
        positions: (k,) of different texts.
        labels: (k,) the label that each was taken for.
    """

    positions: IntArray
    labels: IntArray

    def __len__(self) -> int:
        return len(self.positions)


def by_turns(
    probs: FloatArray,
    positives: FloatArray | IntArray,
    n: int,
    rng: np.random.Generator,
    *,
    enough: float = np.inf,
) -> Taken:
    """At most n texts, each the likeliest left for the label whose turn it is.

    In each sweep over the labels every one that lacks positives has one turn, the one that has fewest first,
    so that none takes the whole batch, however unlikely its texts are. What a label has are its known
    positives and those that the texts taken so far are expected to bring: the sum of their probabilities.

    Args:
        probs: (M, L) in [0, 1].
        positives: (L,) known so far.
        n: how many, at most M.
        rng: decides between labels, and between texts, that are alike.
        enough: a label that has so many, known and expected, has no more turns.

    Returns:
        n texts, or fewer where every label has enough. O(n M) at most, for n different labels.
    """
    has = positives.astype(np.float64)
    queues: dict[int, Iterator[int]] = {}
    taken: dict[int, int] = {}
    while len(taken) < n and (has < enough).any():
        for label in _fewest_first(has, rng):
            if len(taken) < n and has[label] < enough:
                if label not in queues:
                    queues[label] = iter(best(probs[:, label], n, rng).tolist())
                position = next(text for text in queues[label] if text not in taken)
                taken[position] = label
                has += probs[position]
    positions, labels = (np.array(list(found), dtype=np.int64) for found in (taken, taken.values()))
    return Taken(positions, labels)


def _fewest_first(has: FloatArray, rng: np.random.Generator) -> list[int]:
    """Labels by what they have (L,), rising; chance decides between equal ones."""
    order = rng.permutation(len(has))
    rising: list[int] = order[np.argsort(has[order], kind="stable")].tolist()
    return rising
