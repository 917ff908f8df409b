"""Doubt where texts are dense."""

from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.neighbours import unit_blocks
from text_al.strategies.base import score
from text_al.strategies.inner import ScoreName, inner_scores
from text_al.types import Candidates, FloatArray

_DIGITS = 6  # of cosines in float32: what differs by less is alike


@score("information_density", needs=["probs", "embeddings"], relative=True)
def information_density(
    candidates: Candidates,
    *,
    of: ScoreName = "multilabel_entropy",
    beta: Annotated[float, Field(ge=0)] = 1.0,
) -> FloatArray:
    """Texts that the model is unsure of and that are like many others in the pool.

    The score is u max(0, c)^beta, with u the score by `of` and c the mean cosine of the text's embedding with
    those of all candidates. As the mean of cosines is the cosine's product with the mean embedding, c =
    <h/|h|, mean of h/|h|>, no two texts are compared. Scores that are negative for some candidates, as
    margins are, are counted from the least of them: u = 0 there.

    Args:
        candidates: uses `probs` (M, L) and `embeddings` (M, D).
        of: a strategy that scores each text by its probabilities alone.
        beta: how much density counts; 0: not at all.

    Returns:
        (M,) of 0 or more, at most the highest u.

    Raises:
        StrategyError: `of` cannot be used; says what can.

    Source: Settles and Craven (2008), An Analysis of Active Learning Strategies for Sequence Labeling Tasks,
    section 3.4.

    Cost: O(N (D + L))
    Use: when the texts that the model is least sure of turn out to be oddities
    """
    unsure = inner_scores(of, candidates)
    unsure -= min(0.0, float(unsure.min()))
    density = np.maximum(mean_cosines(np.asarray(candidates.embeddings)), 0)
    return np.asarray(unsure * density**beta)


def mean_cosines(vectors: FloatArray) -> FloatArray:
    """(M,) of each of M vectors (M, D) the mean of its cosines with all of them, itself among them."""
    total = np.zeros(vectors.shape[1])
    for _, block in unit_blocks(vectors):
        total += block.sum(axis=0, dtype=np.float64)
    mean = (total / len(vectors)).astype(np.float32)
    return np.round(np.concatenate([block @ mean for _, block in unit_blocks(vectors)]), _DIGITS)
