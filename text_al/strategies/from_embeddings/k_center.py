"""Texts so chosen that none of the others is far from all of them."""

from typing import Literal

import numpy as np

from text_al.errors import StrategyError
from text_al.neighbours import unit
from text_al.strategies.base import batch
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray

_BLOCK = 2**22  # products with labelled texts at a time, 16 MiB
_FEW = 256  # texts whose distances are looked at again at first, for each that is taken
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

    Cost: O((n + B) N D) at most, n labelled and B texts a batch; mostly O(n N D)
    Use: to compare with; it seeks outliers, and over embeddings of texts it was mostly worse than chance
    """
    embeddings, labelled = np.asarray(candidates.embeddings), labelled_vectors(candidates)
    if metric == "cosine":
        embeddings, labelled = unit(embeddings), unit(labelled)
    space = _Space(embeddings)
    far = _Farthest(space, space.to_nearest(labelled))
    while len(far.taken) < n:
        far.take(int(best(far.exact_at_the_top(), 1, rng)[0]))
    return np.array(far.taken, dtype=np.int64)


class _Farthest:
    """How far each text is from all that is labelled or taken, known exactly where it matters.

    A text's distance can only fall as others are taken, so what was found before is a bound, and a text
    need not be looked at again while its bound is below the greatest distance. That spares most products.

    Args:
        space: of the texts.
        bounds: (M,) squared distances to the nearest labelled one; infinite where there is none.

    Attributes:
        taken: positions so far, in order.
    """

    def __init__(self, space: "_Space", bounds: FloatArray) -> None:
        self._space, self._bounds = space, bounds
        self._counted = np.zeros(len(bounds), dtype=np.int64)  # of those taken, what each bound knows of
        self.taken: list[int] = []

    def take(self, position: int) -> None:
        """Takes a text; its own distance is then below any other."""
        self.taken.append(position)
        self._bounds[position] = -1
        if len(self.taken) == 1 and np.isinf(self._bounds).any():
            self._look_at(np.flatnonzero(np.isinf(self._bounds)))

    def exact_at_the_top(self) -> FloatArray:
        """(M,) squared distances, exact for each text that may be the farthest; the others' are bounds."""
        size = _FEW
        while True:
            size = min(2 * size, len(self._bounds))
            top = np.argpartition(self._bounds, len(self._bounds) - size)[-size:]
            known = self._counted[top] == len(self.taken)
            greatest = self._bounds[top[known]].max(initial=-1)
            wanted = top[~known & (self._bounds[top] >= max(greatest, 0))]
            self._look_at(wanted)
            # Among those left out none may be as far: they are no farther than the least of the top.
            if not len(wanted) and (self._bounds[top].min() < greatest or size == len(self._bounds)):
                return self._bounds

    def _look_at(self, positions: IntArray) -> None:
        nearest = self._space.to_nearest(self._space.vectors[self.taken], positions)
        self._bounds[positions] = np.minimum(self._bounds[positions], nearest)
        self._counted[positions] = len(self.taken)


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
        self.vectors = np.asarray(vectors, dtype=np.float32)
        self._squares = _squares(self.vectors)

    def to_nearest(self, others: FloatArray, positions: IntArray | None = None) -> FloatArray:
        """(m,) squared distances of vectors to the nearest of others (n, D); infinite where there are none.

        Args:
            others: (n, D).
            positions: (m,) of the vectors; None: all.
        """
        others = np.asarray(others, dtype=np.float32)
        m = len(self.vectors) if positions is None else len(positions)
        found = np.full(m, np.inf, dtype=np.float32)
        if len(others) == 0:
            return found
        theirs = _squares(others)
        size = max(1, _BLOCK // max(len(others), self.vectors.shape[1]))
        for start in range(0, m, size):
            block = slice(start, start + size)
            part = block if positions is None else positions[block]
            sums = self._squares[part, None] + theirs
            found[block] = _apart(sums, self.vectors[part] @ others.T).min(axis=1)
        return found


def _squares(vectors: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("md,md->m", vectors, vectors))


def _apart(sums: FloatArray, products: FloatArray) -> FloatArray:
    """Squared distances by the sums of squared lengths; 0 where it is no more than rounding."""
    squared = sums - 2 * products
    return np.asarray(np.where(squared > _ROUNDING * sums, squared, np.float32(0)))
