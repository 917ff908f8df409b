"""Texts so chosen that none of the others is far from all of them."""

from typing import Literal

import numpy as np

from text_al.errors import StrategyError
from text_al.neighbours import unit
from text_al.strategies.base import batch
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray

_BLOCK = 2**22  # products with labelled texts at a time, 16 MiB
_ROUNDING = 32 * float(np.finfo(np.float32).eps)  # of the squared lengths: what is nearer than that is alike


@batch("k_center", needs=["embeddings", "labelled_embeddings"], before_fit=True)
def k_center(
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    *,
    metric: Literal["euclidean", "cosine"] = "euclidean",
) -> IntArray:
    """Texts that are farthest from all that is labelled or already taken.

    One after another that text is taken whose distance to the nearest labelled or taken one is greatest:
    argmax over x of min over c of |x - c|. The greatest distance that is left in the end is at most twice
    what the best choice of n texts would leave. While nothing is labelled the first text is drawn by chance.

    Args:
        candidates: uses `embeddings` (M, D), and `embeddings` (n, D) of `labelled`.
        n: how many.
        rng: draws the first, and decides between texts that are equally far.
        metric: "euclidean" between embeddings as they are; "cosine" between embeddings of unit length.

    Returns:
        (n,) positions, in the order in which they were taken.

    Source: Sener and Savarese (2018), Active Learning for Convolutional Neural Networks: A Core-Set
    Approach, algorithm 1.

    Cost: O((n + B) N D), n labelled and B texts a batch
    Use: to compare with; it seeks outliers, and over embeddings of texts it was mostly worse than chance
    """
    embeddings, labelled = np.asarray(candidates.embeddings), labelled_vectors(candidates)
    if metric == "cosine":
        embeddings, labelled = unit(embeddings), unit(labelled)
    space = _Space(embeddings)
    far = space.to_nearest(labelled)
    taken: list[int] = []
    while len(taken) < n:
        taken.append(int(best(far, 1, rng)[0]))
        far = np.minimum(far, space.to(taken[-1]))
        far[taken] = -1  # below any distance
    return np.array(taken, dtype=np.int64)


def labelled_vectors(candidates: Candidates) -> FloatArray:
    """(n, D) embeddings of what is labelled.

    Raises:
        StrategyError: the candidates come without.
    """
    if candidates.labelled is None or candidates.labelled.embeddings is None:
        raise StrategyError("the candidates come without embeddings of what is labelled")
    return candidates.labelled.embeddings


class _Space:
    """Squared distances |x|^2 - 2 <x, c> + |c|^2, which need no more than a product with a vector.

    Args:
        vectors: (M, D) the x.
    """

    def __init__(self, vectors: FloatArray) -> None:
        self._vectors = np.asarray(vectors, dtype=np.float32)
        self._squares = _squares(self._vectors)

    def to(self, position: int) -> FloatArray:
        """(M,) squared distances to the vector at a position."""
        products = self._vectors @ self._vectors[position]
        return _apart(self._squares + self._squares[position], products)

    def to_nearest(self, others: FloatArray) -> FloatArray:
        """(M,) squared distances to the nearest of others (n, D); infinite where there are none."""
        others = np.asarray(others, dtype=np.float32)
        found = np.full(len(self._vectors), np.inf, dtype=np.float32)
        if len(others) == 0:
            return found
        theirs = _squares(others)
        size = max(1, _BLOCK // len(others))
        for start in range(0, len(found), size):
            block = slice(start, start + size)
            sums = self._squares[block, None] + theirs
            found[block] = _apart(sums, self._vectors[block] @ others.T).min(axis=1)
        return found


def _squares(vectors: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("md,md->m", vectors, vectors))


def _apart(sums: FloatArray, products: FloatArray) -> FloatArray:
    """Squared distances by the sums of squared lengths; 0 where it is no more than rounding."""
    squared = sums - 2 * products
    return np.asarray(np.where(squared > _ROUNDING * sums, squared, np.float32(0)))
