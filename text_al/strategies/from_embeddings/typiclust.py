"""Typical texts of groups in which nothing is labelled yet."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.neighbours import nearest, unit
from text_al.strategies.base import batch
from text_al.strategies.from_embeddings.k_center import labelled_vectors
from text_al.strategies.from_embeddings.k_means import clusters_of
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray

_NEIGHBOURS = 20
_SMALL = 5  # a cluster of fewer texts is no group
_COMPARED = 5000  # members of a cluster that are compared with each other
_DIGITS = 6  # of similarities in float32: what differs by less is alike


@batch("typiclust", needs=["embeddings", "labelled_embeddings"], before_fit=True)
def typiclust(
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    *,
    max_clusters: Annotated[int, Field(ge=1)] = 500,
) -> IntArray:
    """Typical texts of the largest groups of texts of which none is labelled yet.

    Candidates and labelled texts, their embeddings of unit length, are divided by k-means into as many
    clusters as there are labelled and wanted texts together. Clusters with the fewest labelled texts come
    first, of these the largest, and those of fewer than 5 texts last of all. Of each the most typical
    candidate is taken, that with the highest ((1/K) sum over its K nearest of |h - h'|)^-1, the K = 20
    nearest other candidates of its cluster, or all where there are fewer. Where more texts are wanted than
    there are clusters, each gives its next most typical one, and so on. Of more than 5,000 candidates in a
    cluster, 5,000 drawn at random are compared with each other, and the others come after them.

    Args:
        candidates: uses `embeddings` (M, D), and `embeddings` (n, D) of `labelled`.
        n: how many.
        rng: seeds the clusters, and decides between clusters, and between texts, that are alike.
        max_clusters: at most so many.

    Returns:
        (n,) positions, in the order in which they were taken.

    Source: Hacohen, Dekel and Weinshall (2022), Active Learning on a Budget: Opposite Strategies Suit High
    and Low Budgets.

    Cost: O(N C D) a step of k-means into C clusters, and O(N S D) for the S of a cluster, at most 5,000
    Use: for the first 50 to 100 labels; later a strategy that knows what the model is unsure of does better
    """
    vectors = unit(np.asarray(candidates.embeddings))
    both = np.concatenate([vectors, unit(labelled_vectors(candidates))])
    n_clusters = min(n + len(both) - len(vectors), max_clusters)
    large, small = _by_need(clusters_of(both, n_clusters, rng).members(), len(vectors), rng)
    turns = chain(_by_turns(vectors, large, rng), _by_turns(vectors, small, rng))
    return np.fromiter(islice(turns, n), dtype=np.int64, count=n)


def _by_need(
    clusters: list[IntArray], n_open: int, rng: np.random.Generator
) -> tuple[list[IntArray], list[IntArray]]:
    """The positions below `n_open`, which are candidates, of large clusters and of small ones.

    Either begin with those with the fewest labelled members, and of these with the largest.
    """
    shuffled = [clusters[place] for place in rng.permutation(len(clusters))]
    open_ones = [members[members < n_open] for members in shuffled]
    sizes = np.array([len(members) for members in shuffled])
    n_labelled = sizes - [len(members) for members in open_ones]
    order = np.lexsort((-sizes, n_labelled))
    large = [open_ones[place] for place in order if sizes[place] >= _SMALL]
    return large, [open_ones[place] for place in order if sizes[place] < _SMALL]


def _by_turns(vectors: FloatArray, groups: list[IntArray], rng: np.random.Generator) -> Iterator[int]:
    """All members of all groups: groups take turns, and in each the most typical comes first."""
    ranked: dict[int, IntArray] = {}
    for turn in range(max(map(len, groups), default=0)):
        for group, members in enumerate(groups):
            if turn == 0:
                ranked[group] = _most_typical_first(vectors, members, rng)
            if turn < len(members):
                yield int(ranked[group][turn])


def _most_typical_first(vectors: FloatArray, members: IntArray, rng: np.random.Generator) -> IntArray:
    if len(members) < 2:
        return members
    if len(members) > _COMPARED:
        drawn = rng.permutation(members)
        compared = _most_typical_first(vectors, drawn[:_COMPARED], rng)
        return np.concatenate([compared, drawn[_COMPARED:]])
    own = vectors[members]
    similarities = nearest(own, own, _NEIGHBOURS + 1).similarities[:, 1:]  # the first is the text itself
    distances = np.sqrt(2 * np.round(1 - similarities, _DIGITS)).mean(axis=1)
    most_typical_first = best(-distances, len(members), rng)
    return np.asarray(members[most_typical_first])
