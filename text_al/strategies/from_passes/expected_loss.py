"""What an answer is expected to take off the squared error over the whole pool, exactly, without samples.

Of a label, let c_i in R^T be the members' probabilities for text i less their mean pbar_i. Learning the
answer of i moves the mean prediction for j by C_ij / pbar_i or by -C_ij / (1 - pbar_i), with the covariance
C_ij = c_i^T c_j / T, so that the squared error of j is expected to fall by C_ij^2 / (pbar_i (1 - pbar_i)).
Summed over all j that is a quadratic form of c_i, whose T x T matrix is made once.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.strategies.base import batch
from text_al.strategies.from_passes.greedy import Outlook, take_in_turn
from text_al.strategies.from_passes.moments import (
    BLOCK,
    moments_at,
    moments_in_blocks,
    passes_of,
    precision_of,
)
from text_al.strategies.from_passes.ties import without_rounding
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray


@batch("expected_loss_reduction", needs=["passes"])
def expected_loss_reduction(
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    *,
    shortlist: Annotated[int, Field(ge=1)] = 10_000,
) -> IntArray:
    """Texts whose answers would take most off the expected squared error over all candidates, as a batch.

    The gain of text i is sum_l sum_j C_ijl^2 / (pbar_il (1 - pbar_il)), with C_ijl the covariance over
    members of the probabilities of texts i and j, and j over all candidates. After each text taken, the
    covariances and variances are those left once its answer is known: C_jk - C_ji C_ik / v_i and
    v_k - C_ik^2 / v_i, from v_i = pbar_i (1 - pbar_i). The first text is exact. For later ones the answers
    taken are counted in linearly, which never promises more than they hold. A label that is sure counts
    nothing.

    Args:
        candidates: uses `passes` (T, M, L): members of a committee, or passes under dropout.
        n: how many.
        rng: decides between texts that are alike.
        shortlist: the batch is taken from so many texts with the highest first gains, at least n; all are
            targets still. Memory holds T L numbers for each.

    Returns:
        (n,) positions, best first.

    Raises:
        StrategyError: passes are missing or not finite.

    Source: the expected error reduction of Roy and McCallum (2001), Toward Optimal Active Learning through
    Sampling Estimation of Error Reduction, with the Brier score and a committee for a posterior as in Tan, Du
    and Buntine (2021), Diversity Enhanced Active Learning with Strictly Proper Scoring Rules; the sum over
    all targets as a T x T form replaces their samples.

    Cost: O(N L T^2 + n S L T), S the shortlist
    Use: when a committee is at hand and batches are large; with 8 linear heads not reliably above random
    """
    scatter = scatter_of(candidates)
    listed = _shortlist(candidates, scatter, max(n, shortlist), rng)
    seen = moments_at(candidates, listed)
    return np.asarray(listed[take_in_turn(Outlook.before(seen, scatter), n)])


def scatter_of(candidates: Candidates, *, size: int = BLOCK) -> FloatArray:
    """(L, T, T) sum over all candidates j of c_j c_j^T, `size` probabilities at a time."""
    n_passes = len(passes_of(candidates))
    scatter = np.zeros((candidates.n_labels, n_passes, n_passes))
    for _, seen in moments_in_blocks(candidates, size=size):
        scatter += seen.centred @ seen.centred.transpose(0, 2, 1)
    return scatter


def expected_reductions(candidates: Candidates, scatter: FloatArray, *, size: int = BLOCK) -> FloatArray:
    """(M,) how much each candidate's answer is expected to take off the squared error, summed over targets.

    Args:
        candidates: uses `passes`.
        scatter: (L, T, T) of the targets.
        size: how many probabilities are worked on at a time.
    """
    passes = passes_of(candidates)
    form = (scatter / len(passes) ** 2).astype(precision_of(passes))
    found = np.empty(len(candidates))
    for part, seen in moments_in_blocks(candidates, size=size):
        explained = np.einsum("ltb,ltb->lb", form @ seen.centred, seen.centred)
        unsure = seen.variances > 0
        shares = np.divide(explained, seen.variances, out=np.zeros_like(explained), where=unsure)
        found[part] = shares.sum(axis=0, dtype=np.float64)
    return found


def _shortlist(candidates: Candidates, scatter: FloatArray, size: int, rng: np.random.Generator) -> IntArray:
    """Positions of `size` candidates with the highest first gains, or of all; equal ones in random order."""
    if size >= len(candidates):
        return rng.permutation(len(candidates))
    gains = expected_reductions(candidates, scatter)
    gains = without_rounding(gains, precision_of(passes_of(candidates)), rng)
    return np.asarray(best(gains, size, rng))
