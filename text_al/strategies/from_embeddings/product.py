"""Doubt, density and diversity, weighed by rank."""

import numpy as np

from text_al.neighbours import nearest, unit
from text_al.strategies.base import batch
from text_al.strategies.from_embeddings.density import mean_cosines
from text_al.strategies.from_embeddings.k_center import labelled_vectors
from text_al.strategies.inner import ScoreName, inner_scores
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray

_DIGITS = 6  # of cosines in float32: what differs by less is alike


@batch("uncertainty_density_diversity", needs=["probs", "embeddings", "labelled_embeddings"])
def uncertainty_density_diversity(
    candidates: Candidates, n: int, rng: np.random.Generator, *, of: ScoreName = "multilabel_entropy"
) -> IntArray:
    """Texts that the model is unsure of, that are like many others, and unlike what is labelled or taken.

    One after another the text with the highest U I D is taken: of the score by `of`, of the mean cosine with
    all candidates, and of minus the highest cosine with a labelled or taken text, each the share of
    candidates that have no more of it than this one. So three measures of different scales weigh alike, and
    texts with equal measures equally. D changes with each text that is taken.

    Args:
        candidates: uses `probs` (M, L), `embeddings` (M, D), and `embeddings` (n, D) of `labelled`.
        n: how many.
        rng: decides between texts that are alike.
        of: a strategy that scores each text by its probabilities alone.

    Returns:
        (n,) positions, in the order in which they were taken.

    Raises:
        StrategyError: `of` cannot be used; says what can.

    Source: Shen, Zhang, Su, Zhou and Tan (2004), Multi-Criteria-based Active Learning for Named Entity
    Recognition, for the three; their product by ranks is this package's.

    Cost: O((n + B) N D + B N log N), n labelled and B texts a batch
    Use: when a batch of the most doubtful texts holds much the same text again and again, or oddities
    """
    vectors, labelled = unit(np.asarray(candidates.embeddings)), labelled_vectors(candidates)
    worth = _shares(inner_scores(of, candidates)) * _shares(mean_cosines(vectors))
    closest = np.full(len(vectors), -1, dtype=np.float32)
    if len(labelled):
        closest = nearest(vectors, labelled, 1).similarities[:, 0]
    taken: list[int] = []
    while len(taken) < n:
        scores = worth * _shares(-np.round(closest, _DIGITS))
        scores[taken] = -1  # below any score
        taken.append(int(best(scores, 1, rng)[0]))
        closest = np.maximum(closest, vectors @ vectors[taken[-1]])
    return np.array(taken, dtype=np.int64)


def _shares(values: FloatArray) -> FloatArray:
    """(M,) the share of values (M,) that are no higher than each, in (0, 1]: the empirical distribution."""
    return np.searchsorted(np.sort(values), values, side="right") / len(values)
