"""A text from the middle of each group of texts."""

import warnings
from dataclasses import dataclass

import numpy as np

from text_al.neighbours import unit
from text_al.strategies.base import batch
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray

_MINI_BATCH_ABOVE = 20_000  # vectors: from there on all of them at each step take too long
_MINI_BATCH = 4096
_DIGITS = 6  # of similarities in float32: what differs by less is alike


@batch("k_means", needs=["embeddings"], before_fit=True)
def k_means(candidates: Candidates, n: int, rng: np.random.Generator) -> IntArray:
    """Texts from the middle of as many groups as texts are wanted, the largest group first.

    The embeddings, of unit length, are divided by k-means into n clusters, and of each that text is taken
    which is nearest to the cluster's centre. Where some are alike there are fewer clusters than n, and the
    rest is drawn by chance.

    Args:
        candidates: uses `embeddings` (M, D).
        n: how many.
        rng: seeds the clusters, and decides between texts that are alike.

    Returns:
        (n,) positions; those from clusters first.

    Source: Xu, Yu, Tresp, Xu and Wang (2003), Representative Sampling for Text Classification Using Support
    Vector Machines, there within the margin; over a whole pool for a first batch: Yuan, Lin and Boyd-Graber
    (2020), Cold-start Active Learning through Self-supervised Language Modeling.

    Cost: O(N B D) a step of k-means, B texts a batch; above 20,000 texts steps see 4,096 of them
    Use: when a first batch should touch all topics; it knows nothing of labels, nor of what is labelled
    """
    if n == len(candidates):
        return rng.permutation(n)
    vectors = unit(np.asarray(candidates.embeddings))
    clusters = clusters_of(vectors, n, rng)
    taken = [
        _nearest_to(centre, vectors, members, rng)
        for centre, members in zip(clusters.centres, clusters.members(), strict=True)
        if len(members)
    ]
    sizes = np.bincount(clusters.labels)[clusters.labels[taken]]
    largest_first = best(sizes, len(taken), rng)
    rest = np.setdiff1d(np.arange(len(vectors)), taken)
    filled = rng.choice(rest, size=n - len(taken), replace=False)
    return np.concatenate([np.array(taken, dtype=np.int64)[largest_first], filled])


def _nearest_to(centre: FloatArray, vectors: FloatArray, members: IntArray, rng: np.random.Generator) -> int:
    own = vectors[members]
    nearness = own @ centre - np.einsum("md,md->m", own, own) / 2
    return int(members[best(np.round(nearness, _DIGITS), 1, rng)[0]])


@dataclass(frozen=True)
class Clusters:
    """Vectors in groups.

    Attributes:
        labels: (M,) of each vector the number of its cluster.
        centres: (C, D).
    """

    labels: IntArray
    centres: FloatArray

    def members(self) -> list[IntArray]:
        """Of each cluster (m,) the positions of its vectors, ascending."""
        ends = np.cumsum(np.bincount(self.labels, minlength=len(self.centres)))
        return np.split(np.argsort(self.labels, kind="stable"), ends[:-1])


def clusters_of(vectors: FloatArray, n: int, rng: np.random.Generator) -> Clusters:
    """At most n clusters of vectors (M, D) by k-means; some may be empty where vectors are alike.

    One thread does it, so that sums are added up in the same order whenever it is done again. Of many
    vectors each step sees a part.

    Args:
        vectors: float32.
        n: how many, at least 1; no more than there are vectors.
        rng: says where the centres begin.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    seed = int(rng.integers(2**31))
    n = min(n, len(vectors))
    if len(vectors) > _MINI_BATCH_ABOVE:
        size = max(_MINI_BATCH, n)
        model = MiniBatchKMeans(n, n_init=1, batch_size=size, init_size=3 * size, random_state=seed)
    else:
        model = KMeans(n, n_init=1, random_state=seed)
    with warnings.catch_warnings(), threadpool_limits(1, user_api="openmp"):
        warnings.simplefilter("ignore")  # that some vectors are alike is none of the caller's faults
        model.fit(vectors)
    return Clusters(model.labels_.astype(np.int64), model.cluster_centers_)
