"""Texts whose answers would improve a proper score of the Beta family, each in another way."""

import warnings
from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.strategies.base import batch
from text_al.strategies.from_passes.beta_family import BetaScore
from text_al.strategies.from_passes.moments import PAIRS, Moments, moments_at, moments_in_blocks
from text_al.strategies.from_passes.ties import without_rounding
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray

_MANY = 20_000  # rows beyond which k-means sees mini-batches
_EXACT = np.dtype(np.float64)  # a gain is a small difference of values of phi


@batch("beta_score", needs=["passes"])
def beta_score(
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    *,
    alpha: Annotated[float, Field(ge=0, le=10)] = 0.1,
    beta: Annotated[float, Field(ge=0, le=10)] = 1.0,
    references: Annotated[int, Field(ge=1)] = 100,
    top_share: Annotated[float, Field(gt=0, le=1)] = 0.5,
) -> IntArray:
    """Texts whose answers would improve a proper score over other texts, each in another part of the pool.

    The gain of text i for reference j is sum_l sum_y P(y_il = y) D(q_jl|y, pbar_jl): by how much the score of
    j improves when the answer y reweighs the committee, q_jl|y = sum_t w_t p_tjl with w_t proportional to
    p_til for yes and 1 - p_til for no. D is the loss of the Beta family (`beta_family`). The `top_share` of
    texts with the highest sums over j are kept, their gains divided by their sums, and n centres of these
    rows found by k-means; the text nearest to each centre is taken.

    Args:
        candidates: uses `passes` (T, M, L): members of a committee, or passes under dropout.
        n: how many.
        rng: draws the references, starts k-means, and decides between texts that are alike.
        alpha: the lower, the more mistakes near probability 0 weigh; 1 with beta 1 is the Brier score.
        beta: the same near probability 1; 0 with alpha 0 is the log score.
        references: how many candidates, drawn at random, stand for all; memory holds M times as many numbers.
        top_share: of the candidates, in (0, 1]; at least n are kept.

    Returns:
        (n,) positions, the highest summed gain first.

    Raises:
        StrategyError: passes are missing or not finite.

    Source: Tan, Nguyen, Du and Buntine (2024), Harnessing the Power of Beta Scoring in Deep Active Learning
    for Multi-Label Text Classification.

    Cost: O(N R L T + K n R), R the references, K the texts kept
    Use: when labels are rare and a committee is at hand; its authors report gains, over baselines with errors
    """
    drawn = rng.choice(len(candidates), size=min(references, len(candidates)), replace=False)
    seen = moments_at(candidates, drawn, _EXACT)
    gains = expected_gains(candidates, seen, BetaScore(alpha, beta))
    sums = gains.sum(axis=1, dtype=np.float64)
    n_kept = max(n, int(np.ceil(top_share * len(candidates))))
    kept = rng.permutation(best(without_rounding(sums, gains.dtype, rng), n_kept, rng))
    shapes = gains[kept] / np.maximum(sums[kept], np.finfo(gains.dtype).tiny)[:, None].astype(gains.dtype)
    chosen = kept[_nearest_to_centres(shapes, n, rng)]
    return np.asarray(chosen[np.argsort(-sums[chosen], kind="stable")])


def expected_gains(
    candidates: Candidates, references: Moments, rule: BetaScore, *, size: int = PAIRS
) -> FloatArray:
    """(M, R) float32: by how much each candidate's answers improve the score of each reference, over labels.

    Of D only phi is computed: the terms that are linear in q cancel, as the mean of q over answers is pbar.

    Args:
        candidates: uses `passes`.
        references: of R texts, in float64.
        rule: the score.
        size: how many pairs of a candidate and a reference are worked on at a time.
    """
    n_passes, n_references = references.centred.shape[1:]
    found = np.zeros((len(candidates), n_references), dtype=np.float32)
    before, most_texts = rule.phi(references.yes), max(size // n_references, 1)
    for part, seen in moments_in_blocks(candidates, most_texts=most_texts, dtype=_EXACT):
        total = np.zeros((len(found[part]), n_references))
        for label, (yes, no) in enumerate(zip(seen.yes, seen.no, strict=True)):
            covariances = seen.centred[label].T @ references.centred[label] / n_passes
            for sign, chances in ((1, yes), (-1, no)):
                moves = sign * covariances / np.maximum(chances, np.finfo(_EXACT).tiny)[:, None]
                after = rule.phi(np.clip(references.yes[label] + moves, 0, 1))
                total += chances[:, None] * (after - before[label])
        found[part] = np.maximum(total, 0)
    return found


def _nearest_to_centres(rows: FloatArray, n: int, rng: np.random.Generator) -> IntArray:
    """(n,) different rows, the nearest one left to each of n centres; ties to the first."""
    if n == len(rows):
        return np.arange(n)
    squares = np.einsum("kr,kr->k", rows, rows)
    chosen = np.empty(n, dtype=np.int64)
    for place, centre in enumerate(_centres(rows, n, rng)):
        distances = squares - 2 * (rows @ centre)
        distances[chosen[:place]] = np.inf
        chosen[place] = distances.argmin()
    return chosen


def _centres(rows: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    """(n, R) of k-means, in one thread: several add up in any order, and two equally near rows would toss."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    seed = int(rng.integers(2**31))
    means = (KMeans if len(rows) <= _MANY else MiniBatchKMeans)(n, n_init=1, random_state=seed)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different rows than centres are welcome
        means.fit(rows)
    return np.asarray(means.cluster_centers_, dtype=rows.dtype)
