"""The nearest of many vectors by cosine: exactly, and in memory that follows a block, not N x N."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from text_al.types import FloatArray, IntArray

_QUERIES = 1024  # at a time; the similarities of a block take 16 MiB
_REFERENCES = 4096
_BLOCK = 2**22  # numbers in a block of vectors, 16 MiB
_SHORT, _LONG = 1e-15, 1e15  # lengths between which squares neither vanish from float32 nor leave it
_HELD = 2**18  # neighbours held for a block of queries


@dataclass(frozen=True)
class Neighbours:
    """The k nearest references of each of m queries.

    Attributes:
        indices: (m, k) int64, into the references, nearest first.
        similarities: (m, k) float32 cosines in [-1, 1], falling.
    """

    indices: IntArray
    similarities: FloatArray


def nearest(queries: FloatArray, references: FloatArray, k: int) -> Neighbours:
    """The k references that are most like each query, by cosine.

    Vectors need not be of unit length; one of length 0 is like nothing, and has similarity 0 to all.

    Args:
        queries: (m, D).
        references: (n, D).
        k: how many of each, at least 0; all n where that is less.

    Returns:
        Of equally near references the one with the lower index comes first, as far as float32 tells that
        they are equally near. O(m n D), in blocks of at most 64 MiB.

    Raises:
        ValueError: a vector is not finite.
    """
    k = min(k, len(references))
    found = Neighbours(np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32))
    if k == 0:
        return found
    size = max(1, min(_QUERIES, _HELD // k))
    for start in range(0, len(queries), size):
        held = _Held.nothing(min(size, len(queries) - start), k)
        block = unit(queries[start : start + size])
        for at, others in unit_blocks(references):
            held.take(block @ others.T, at)
        found.indices[start : start + size] = held.indices
        found.similarities[start : start + size] = np.clip(held.similarities, -1, 1)
    return found


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors (n, D) brought to length 1, in float32; one of length 0 stays as it is.

    Raises:
        ValueError: one is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # those are looked at once more
        found = np.asarray(vectors, dtype=np.float32)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
    odd = np.flatnonzero(~((lengths > _SHORT) & (lengths < _LONG)))
    if len(odd):
        found = found.copy()
        found[odd] = _scaled(np.asarray(vectors)[odd])
        lengths[odd] = np.linalg.norm(found[odd], axis=1, keepdims=True)
    wrong = np.flatnonzero(~np.isfinite(lengths))
    if len(wrong):
        raise ValueError(f"vector {wrong[0]} of {len(found)} is not finite")
    return np.asarray(found / np.where(lengths > 0, lengths, 1))


def _scaled(vectors: FloatArray) -> FloatArray:
    """Vectors (n, D) whose greatest number is 1 or -1, or all 0: the squares of any others can be added."""
    greatest = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    with np.errstate(invalid="ignore"):  # what is infinite becomes NaN
        return np.asarray(vectors / np.where(greatest > 0, greatest, 1))


def unit_blocks(vectors: FloatArray) -> Iterator[tuple[int, FloatArray]]:
    """Consecutive blocks of vectors (n, D) of length 1, as `unit` gives them, each with its start.

    Raises:
        ValueError: a vector is not finite.
    """
    size = max(1, min(_REFERENCES, _BLOCK // max(vectors.shape[1], 1)))
    for start in range(0, len(vectors), size):
        yield start, unit(vectors[start : start + size])


@dataclass(frozen=True)
class _Held:
    """The nearest so far of a block of queries: arrays (q, k) that are written to, nearest first."""

    indices: IntArray
    similarities: FloatArray

    @classmethod
    def nothing(cls, q: int, k: int) -> "_Held":
        return cls(np.full((q, k), -1, np.int64), np.full((q, k), -np.inf, np.float32))

    def take(self, similarities: FloatArray, start: int) -> None:
        """Looks at the next references: similarities (q, r), the first of them to reference `start`.

        What is nearer than the farthest held is sorted in. Where that is much, the left half goes first: it
        leaves little of the right one. So the first block costs little more than those after it.
        """
        nearer = similarities > self.similarities[:, -1:]
        n_nearer, width = np.count_nonzero(nearer), similarities.shape[1]
        if n_nearer > 2 * self.indices.size and width > 2 * self.indices.shape[1]:
            half = width // 2
            self.take(similarities[:, :half], start)
            self.take(similarities[:, half:], start + half)
        elif n_nearer:
            queries, columns = np.nonzero(nearer)
            self._sort_in(queries, start + columns, similarities[queries, columns])

    def _sort_in(self, queries: IntArray, indices: IntArray, similarities: FloatArray) -> None:
        """Keeps the k nearest of what is held and what is new; of equal ones what came before."""
        q, k = self.indices.shape
        of = np.concatenate([np.repeat(np.arange(q), k), queries]).astype(np.uint64)
        found = np.concatenate([self.similarities.ravel(), similarities])
        shift = np.uint64(len(of).bit_length())
        keys = np.sort((of << np.uint64(32) | _falling(found)) << shift | np.arange(len(of), dtype=np.uint64))
        firsts = np.searchsorted(keys, np.arange(q, dtype=np.uint64) << np.uint64(32) + shift)
        kept = keys[firsts[:, None] + np.arange(k)] & ((np.uint64(1) << shift) - np.uint64(1))
        self.indices[:] = np.concatenate([self.indices.ravel(), indices])[kept]
        self.similarities[:] = found[kept]


def _falling(numbers: FloatArray) -> NDArray[np.uint64]:
    """Integers below 2^32 that are in the opposite order of float32 numbers.

    Packed with a query and a place into one integer each, numbers are sorted several times as fast.
    """
    bits = (numbers + np.float32(0)).view(np.uint32)  # + 0: there are two zeros, which are equal
    return np.where(numbers < 0, bits, bits ^ np.uint32(0x7FFFFFFF)).astype(np.uint64)
