"""The nearest texts of some anchors, found in one walk through any number of them."""

import numpy as np

from text_al.types import FloatArray, IntArray

_BLOCK = 64  # anchors compared at a time: at 65,536 texts their similarities are 16 MiB


class Nearest:
    """Of all vectors that are added, those nearest to each of K anchors by cosine; ties go to the first.

    Memory follows K times n and what is added at a time, not how much is added in all.

    Args:
        anchors: (K, D).
        n: how many each anchor keeps.

    Attributes:
        rows: (K, n) of what was added, nearest first; -1 where fewer were added.
        similarities: (K, n) cosines, falling; -inf where fewer were added.
    """

    def __init__(self, anchors: FloatArray, n: int) -> None:
        self._anchors = _unit(anchors)
        self.rows: IntArray = np.full((len(anchors), n), -1, dtype=np.int64)
        self.similarities: FloatArray = np.full((len(anchors), n), -np.inf, dtype=np.float32)

    def add(self, rows: IntArray, vectors: FloatArray) -> None:
        """Compares more vectors (m, D), those of these rows (m,)."""
        directions = _unit(vectors)
        for start in range(0, len(self._anchors), _BLOCK):
            block = self._anchors[start : start + _BLOCK] @ directions.T
            for anchor, similarities in enumerate(block, start=start):
                self._take(anchor, rows, similarities)

    def by_rank(self) -> IntArray:
        """Every row that is kept, once: the nearest of all anchors first, then the second nearest, ..."""
        n_anchors, n = self.rows.shape
        ranks = np.repeat(np.arange(n), n_anchors)
        order = np.lexsort((-self.similarities.T.ravel(), ranks))
        rows = self.rows.T.ravel()[order]
        rows = rows[rows >= 0]
        _, first = np.unique(rows, return_index=True)
        return np.asarray(rows[np.sort(first)])

    def _take(self, anchor: int, rows: IntArray, similarities: FloatArray) -> None:
        kept = self.similarities[anchor]
        nearer = np.flatnonzero(similarities > kept[-1])
        if len(nearer) == 0:
            return
        found = np.concatenate([kept, similarities[nearer]])
        best = np.argsort(-found, kind="stable")[: len(kept)]
        self.rows[anchor] = np.concatenate([self.rows[anchor], rows[nearer]])[best]
        self.similarities[anchor] = found[best]


def _unit(vectors: FloatArray) -> FloatArray:
    """Rows of length 1, in float32; one of length 0 stays, and is like nothing."""
    vectors = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
