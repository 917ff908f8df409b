"""Texts with narrow margins, label by label, whose predicted sets are unlike the labelled ones."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from text_al.strategies.base import score
from text_al.strategies.from_probs.cardinality import labelled_targets
from text_al.types import Candidates, FloatArray, IntArray, TargetArray

Words = NDArray[np.uint64]
"""(N, W): sets of labels, a bit each."""

_CELLS = 1 << 16  # numbers worked on at a time: a few arrays of so many stay in the processor's cache


@score("cvirs", needs=["probs", "labelled"], relative=True)
def cvirs(candidates: Candidates) -> FloatArray:
    """Texts with narrower margins than others, label by label, whose predicted sets are unlike labelled ones.

    The score is a v. Rank part: in each label texts are ranked by the margin |2p - 1|, the narrowest 1 and
    equal ones at their mean rank r; a is the mean over labels of (N - r) / (N - 1), so that labels weigh
    alike, however rare. Inconsistency: v is the mean over labelled texts of the distance of their set to the
    predicted one (p >= threshold). For sets X and Y that is (2 H(X, Y) - H(X) - H(Y)) / H(X, Y), where H are
    entropies over labels as draws: of being in X, of being in Y, of both together; 0 where H(X, Y) is 0. If
    one set is the complement of the other, the distance is 1.

    Args:
        candidates: uses `probs` (M, L), `thresholds` and `labelled`. A labelled text is compared by those
            labels whose targets are known, and left out where none is.

    Returns:
        (M,) in [0, 1]; v is 1 where nothing is labelled.

    Cost: O(L N log N + U n L) for U different predicted sets
    Use: when labels differ in how common they are; evidence on fine-tuned encoders is mixed.
    Source: Reyes, Morell and Ventura (2018), Effective Active Learning Strategy for Multi-Label Learning.
    """
    return rank_part(candidates.probs) * inconsistency(candidates)


def rank_part(probs: FloatArray) -> FloatArray:
    """(N,) in [0, 1]: 1 for the narrowest margin in each label of probs (N, L), and for a text alone."""
    n, n_labels = probs.shape
    if n == 1:
        return np.ones(1)
    ranks = np.zeros(n)
    for label in range(n_labels):
        ranks += _mean_ranks(np.abs(2 * probs[:, label] - 1))
    return np.asarray((n * n_labels - ranks) / (n_labels * (n - 1)))


def inconsistency(candidates: Candidates) -> FloatArray:
    """(N,) in [0, 1]: mean distance of each predicted set to the labelled ones; 1 without these."""
    targets = labelled_targets(candidates)
    targets = targets[(targets >= 0).any(axis=1)]
    if len(targets) == 0:
        return np.ones(len(candidates))
    words = _predicted_sets(candidates)
    firsts, places = _different(words)
    return _mean_distances(words[firsts], targets)[places]


def _mean_ranks(values: FloatArray) -> FloatArray:
    """(N,) ranks from 1 for the lowest; equal values share the mean of their ranks."""
    order, rising = _sorted(values)
    starts = np.flatnonzero(np.concatenate([[True], rising[1:] != rising[:-1]]))
    ends = np.append(starts[1:], len(values))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + ends + 1) / 2, ends - starts)
    return ranks


def _sorted(values: FloatArray) -> tuple[IntArray, FloatArray]:
    """(N,) places by rising value, and the values so sorted; values are at least 0."""
    if values.dtype != np.float32:
        order = np.argsort(values)
        return order, values[order]
    # The bits of numbers from 0 on rise with them; sorting them with their places is faster than argsort.
    keys = np.abs(values).view(np.uint32).astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(len(values), dtype=np.uint64)
    keys.sort()
    rising = (keys >> np.uint64(32)).astype(np.uint32).view(np.float32)
    return (keys & np.uint64(2**32 - 1)).astype(np.int64), rising


def _predicted_sets(candidates: Candidates) -> Words:
    n, n_labels = candidates.probs.shape
    packed = np.zeros((n, 8 * -(-n_labels // 64)), dtype=np.uint8)
    n_bytes = -(-n_labels // 8)
    for part in _blocks(n, n_labels):
        predicted = candidates.probs[part] >= candidates.thresholds
        packed[part, :n_bytes] = np.packbits(predicted, axis=1)
    return packed.view(np.uint64)


def _different(words: Words) -> tuple[IntArray, IntArray]:
    """(U,) where each different row stands first, in the order of the rows; (N,) which of them a row is."""
    places = np.zeros(len(words), dtype=np.int64)
    firsts = places[:1]
    for word in words.T:
        values, inverse = np.unique(word, return_inverse=True)
        _, firsts, places = np.unique(places * len(values) + inverse, return_index=True, return_inverse=True)
    return firsts, places


def _mean_distances(words: Words, targets: TargetArray) -> FloatArray:
    """(U,) of sets (U, W) to the labelled ones, each with a known target; equal ones are compared once."""
    targets, times = np.unique(targets, axis=0, return_counts=True)
    yes, known = (cells.T.astype(np.float32) for cells in (targets == 1, targets >= 0))
    n_labels = targets.shape[1]
    means = np.empty(len(words))
    for part in _blocks(len(words), max(len(targets), n_labels)):
        sets = np.unpackbits(words[part].view(np.uint8), axis=1, count=n_labels).astype(np.float32)
        counts = (sets @ yes, sets @ known, yes.sum(axis=0), known.sum(axis=0))
        distances = _distances(*(count.astype(np.intp) for count in counts), n_labels=n_labels)
        means[part] = distances @ times / times.sum()
    return means


def _distances(
    both: IntArray, ours: IntArray, theirs: IntArray, known: IntArray, *, n_labels: int
) -> FloatArray:
    """(u, n) distances of predicted and labelled sets, from how many labels are in both, in ours, in theirs.

    All entropies are multiplied by the number of known labels k: of parts k_i they are then
    k log k - sum k_i log k_i, exactly 0 where one part has all. What the sets share is H(X) + H(Y) - H(X, Y),
    and the distance 1 less its part of H(X, Y).
    """
    k = np.arange(n_labels + 1)
    k_log_k = k * np.log2(np.maximum(k, 1))
    whole, neither = k_log_k[known], known - ours - theirs + both
    joint = whole - k_log_k.take(both)
    for part in (ours - both, theirs - both, neither):
        joint -= k_log_k.take(part)
    shared = whole - k_log_k.take(ours) - k_log_k.take(known - ours)
    shared += whole - k_log_k[theirs] - k_log_k[known - theirs] - joint
    distances = 1 - np.divide(shared, joint, out=np.ones(joint.shape), where=joint > 0)
    distances[both + neither == 0] = 1
    return np.asarray(distances)


def _blocks(n: int, width: int) -> Iterator[slice]:
    size = max(1, _CELLS // width)
    return (slice(start, start + size) for start in range(0, n, size))
