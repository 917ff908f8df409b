"""Selection rules that draw: a batch of the n best holds texts that are alike, a drawn one fewer.

Three rules draw without replacement, with weights exp(phi): they take the n highest of phi + g, where g is
drawn from Gumbel(0, 1). That is drawing one text after another, each time in proportion to the weights of
those left. They say how likely each text was to be taken, so that what is labelled can be weighed to stand
for the whole pool.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.neighbours import unit
from text_al.strategies.from_embeddings.k_means import clusters_of
from text_al.strategies.selection import SELECTIONS, Drawn, Embeddings, best
from text_al.types import FloatArray, IntArray

Above0 = Annotated[float, Field(gt=0)]

_LEAST_WEIGHT = 1e-12  # of the greatest: of the lowest score, so that it too is taken when its turn comes
_SURE = 40.0  # exp(-exp(40)) is 0 in floating point; exp of much more is not a number of it


@SELECTIONS.register("power")
def power(scores: FloatArray, n: int, rng: np.random.Generator, *, beta: Above0 = 1.0) -> Drawn:
    """Draws texts in proportion to a power of their scores.

    Weights are s^beta, so that phi = beta ln s. Where a score is below 0, as with `multilabel_margin`, s is
    the score less the lowest one. A text with s = 0 weighs next to nothing, and is taken once no other is
    left.

    Args:
        scores: (M,), higher is more worth labelling.
        n: how many, 1 to M.
        rng: draws.
        beta: from near 0, any text alike, to very much, the best only.

    Returns:
        n positions in the order in which they were drawn, with `inclusion_probabilities`. O(M + n log n).

    Source: Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron and Gal (2023), Stochastic Batch
    Acquisition: A Simple Baseline for Deep Active Learning: PowerBALD, where the noise is divided by beta.
    """
    weights = np.asarray(scores, dtype=np.float64)
    weights = weights - min(weights.min(), 0.0)
    floor = _LEAST_WEIGHT * weights.max()
    logs = np.log(np.maximum(weights, floor)) if floor > 0 else np.zeros(len(weights))
    return draw(beta * logs, n, rng)


@SELECTIONS.register("softmax")
def softmax(scores: FloatArray, n: int, rng: np.random.Generator, *, beta: Above0 = 1.0) -> Drawn:
    """Draws texts in proportion to the exponentials of their scores.

    Weights are exp(beta s), so that phi = beta s: the scale of the scores matters, where they begin does not.

    Args:
        scores: (M,), higher is more worth labelling.
        n: how many, 1 to M.
        rng: draws.
        beta: in units of 1 / score; from near 0, any text alike, to very much, the best only.

    Returns:
        n positions in the order in which they were drawn, with `inclusion_probabilities`. O(M + n log n).

    Source: as for `power`: SoftmaxBALD.
    """
    below_best = np.asarray(scores, dtype=np.float64) - np.max(scores)  # near 0 the noise is not rounded away
    return draw(beta * below_best, n, rng)


@SELECTIONS.register("softrank")
def softrank(scores: FloatArray, n: int, rng: np.random.Generator, *, beta: Above0 = 1.0) -> Drawn:
    """Draws texts by their ranks, however far apart their scores are.

    Weights are rank^-beta, so that phi = -beta ln rank; the best has rank 1, equal scores have their mean
    rank.

    Args:
        scores: (M,), higher is more worth labelling.
        n: how many, 1 to M.
        rng: draws.
        beta: from near 0, any text alike, to very much, the best only.

    Returns:
        n positions in the order in which they were drawn, with `inclusion_probabilities`. O(M log M).

    Source: as for `power`: SoftrankBALD.
    """
    return draw(-beta * np.log(_mean_ranks(scores)), n, rng)


@SELECTIONS.register("cluster", needs=["embeddings"])
def cluster(
    scores: FloatArray,
    n: int,
    rng: np.random.Generator,
    *,
    per_text: Annotated[int, Field(ge=1)] = 10,
    _embeddings: Embeddings,
) -> IntArray:
    """Groups the best texts by what they are about, and takes the best of each group.

    The n * per_text best are grouped into n clusters by k-means over their directions. Where fewer are
    found, as among repeated texts, the best of those left fill the batch.

    Args:
        scores: (M,), higher is more worth labelling.
        n: how many, 1 to M.
        rng: starts k-means, and breaks ties.
        per_text: texts that compete for each place; with 1 the best are taken as by `best`.

    Returns:
        (n,) positions, best first. O(M + n^2 per_text D) for each step of k-means; only what competes is
        embedded.

    Source: after Zhdanov (2019), Diverse Mini-Batch Active Learning, where scores weigh the texts in
    k-means and the text nearest to each centre is taken.
    """
    competing: IntArray = best(scores, min(n * per_text, len(scores)), rng)
    if len(competing) == n:
        return competing
    groups = clusters_of(unit(_embeddings(competing)), n, rng).labels
    _, first = np.unique(groups, return_index=True)  # best first, so the first of a group is its best
    others = np.setdiff1d(np.arange(len(competing)), first)
    taken = np.concatenate([first, others[: n - len(first)]])
    return np.asarray(competing[np.sort(taken)])


def draw(log_weights: FloatArray, n: int, rng: np.random.Generator) -> Drawn:
    """Takes n positions without replacement, each time in proportion to the weights of those left.

    Args:
        log_weights: (M,) finite.
        n: how many, 1 to M.
        rng: draws.

    Source: Vieira (2014), Gumbel-max trick and weighted reservoir sampling; Kool, van Hoof and Welling
    (2019), Stochastic Beams and Where to Find Them.
    """
    keys = log_weights + rng.gumbel(size=len(log_weights))
    positions = best(keys, n, rng)
    return Drawn(positions, inclusion_probabilities(log_weights, keys, positions))


def inclusion_probabilities(log_weights: FloatArray, keys: FloatArray, positions: IntArray) -> FloatArray:
    """How likely each taken text was to be taken, given the highest key that was not.

    With kappa the (n + 1)th highest key, pi = P(phi + g > kappa) = 1 - exp(-exp(phi - kappa)); 1 where all
    are taken. Whatever x is, the sum of x / pi over what is taken has the sum of x over all as its mean.

    Args:
        log_weights: (M,) phi.
        keys: (M,) phi + g.
        positions: (n,) of the n highest keys.

    Returns:
        (n,) in (0, 1].

    Source: Duffield, Lund and Thorup (2007), Priority Sampling for Estimation of Arbitrary Subset Sums; with
    Gumbel noise Kool, van Hoof and Welling (2019), section 4.2.
    """
    n, m = len(positions), len(keys)
    if n == m:
        return np.ones(n)
    kappa = np.partition(keys, m - n - 1)[m - n - 1]
    return np.asarray(-np.expm1(-np.exp(np.minimum(log_weights[positions] - kappa, _SURE))))


def _mean_ranks(scores: FloatArray) -> FloatArray:
    """(M,) 1 for the highest; equal ones share the mean of their ranks."""
    _, group, counts = np.unique(-scores, return_inverse=True, return_counts=True)
    return np.asarray((counts.cumsum() - (counts - 1) / 2)[group])
