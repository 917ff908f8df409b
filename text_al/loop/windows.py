"""A large pool in windows: what a model gives for each text is held for one window of texts at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from text_al.types import Candidates, FloatArray, IntArray

WINDOW = 65_536  # rows: at 28 labels a window's logits and probabilities are 15 MB


def windows_of(rows: IntArray, size: int, *, done: int = 0) -> Iterator[IntArray]:
    """Consecutive windows of at most `size` of the rows (M,), without the first `done` windows."""
    for start in range(done * size, len(rows), size):
        yield rows[start : start + size]


def blank(rows: IntArray, n_labels: int) -> Candidates:
    """Candidates (M, L) of which nothing is known; they take the memory of their rows only."""
    shape = (len(rows), n_labels)
    return Candidates(
        rows=rows,
        logits=np.broadcast_to(np.float32(0), shape),
        probs=np.broadcast_to(np.float32(0.5), shape),
        thresholds=np.full(n_labels, 0.5),
    )


def joined(parts: Sequence[Candidates]) -> Candidates:
    """Candidates of several windows as one, in order; what belongs to no single text is the first's."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return replace(
        first,
        rows=np.concatenate([part.rows for part in parts]),
        logits=np.concatenate([part.logits for part in parts]),
        probs=np.concatenate([part.probs for part in parts]),
        embeddings=_joined([part.embeddings for part in parts], axis=0),
        passes=_joined([part.passes for part in parts], axis=1),
    )


def _joined(arrays: Sequence[FloatArray | None], *, axis: int) -> FloatArray | None:
    there = [array for array in arrays if array is not None]
    return np.concatenate(there, axis=axis) if there else None
