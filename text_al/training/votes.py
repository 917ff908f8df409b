"""What its neighbours say of a text: the nearer, the louder, and held towards how often each label stands."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from text_al.neighbours import Neighbours
from text_al.types import FloatArray, IntArray, TargetArray

Weights = Literal["distance", "uniform"]

SAME = 1e-3
"""Texts at this distance or less are one text: so far the rounding of vectors may set equal texts apart."""


@dataclass(frozen=True)
class Voting:
    """How votes are counted.

    Attributes:
        k: neighbours that vote, at least 1.
        weights: "distance": votes weigh by the inverse of their distance; "uniform": alike. On the mean a
            vote weighs 1.
        smoothing: votes that are added for the label's rate.
    """

    k: int = 20
    weights: Weights = "distance"
    smoothing: float = 1.0


def votes(
    near: Neighbours,
    targets: TargetArray,
    rates: FloatArray,
    voting: Voting,
    *,
    times: IntArray | None = None,
) -> FloatArray:
    """How much of the votes each label has.

    p_il = (sum_j w_ij y_jl + m rate_l) / (sum_j w_ij + m), both sums over the neighbours j of text i of which
    it is known whether they have label l; m is `voting.smoothing`. With distances d_ij = 1 - cosine,
    w_ij is 1 / d_ij, brought to a mean of 1 over the votes, so that a text that happens to have a very
    near neighbour is not held towards the rates the more. Where nothing votes, p is the rate.

    Args:
        near: of M texts, at least one neighbour each.
        targets: (n, L) int8 of the texts that `near` points to; -1 has no vote.
        rates: (L,) in [0, 1].
        voting: see there; its `k` is that of `near`, or of `times`.
        times: (M, K) how often each neighbour votes; None: once.

    Returns:
        (M, L) in [0, 1], float64.

    Source: Fix and Hodges (1951), Discriminatory Analysis; for the weights, Dudani (1976), The
    Distance-Weighted k-Nearest-Neighbor Rule; for the share of the rate, the m-estimate of Cestnik (1990).
    """
    from scipy.sparse import csr_array

    m, n_near = near.indices.shape
    weights = _weights(near.similarities, voting.weights, times)
    ends = np.arange(0, m * n_near + 1, n_near)
    table = csr_array((weights.ravel(), near.indices.ravel(), ends), shape=(m, len(targets)))
    yes = table @ (targets == 1).astype(np.float64) + voting.smoothing * rates
    cast = table @ (targets >= 0).astype(np.float64) + voting.smoothing
    return np.asarray(np.divide(yes, cast, out=np.tile(rates, (m, 1)), where=cast > 0))


def times_drawn(counts: IntArray, indices: IntArray, k: int) -> IntArray:
    """(M, K) how often each neighbour votes where texts count more than once, or not at all.

    The votes are those of the k nearest of the texts of a draw, in which text j stands `counts[j]` times;
    fewer where the K neighbours do not stand in it so often.

    Args:
        counts: (n,) how often each text was drawn.
        indices: (M, K) neighbours among the n texts, nearest first.
        k: votes on each text.
    """
    drawn = counts[indices]
    nearer = drawn.cumsum(axis=1) - drawn
    return np.clip(k - nearer, 0, drawn)


def _weights(similarities: FloatArray, kind: Weights, times: IntArray | None) -> FloatArray:
    """(M, K) of every neighbour's votes; a vote weighs 1 on the mean."""
    close: FloatArray = np.ones(similarities.shape)
    if kind == "distance":
        close /= np.maximum(1 - similarities.astype(np.float64), SAME)
    cast: FloatArray = np.ones(close.shape) if times is None else times.astype(np.float64)
    heard = cast * close
    total = heard.sum(axis=1, keepdims=True)
    return np.asarray(heard * cast.sum(axis=1, keepdims=True) / np.where(total > 0, total, 1.0))
