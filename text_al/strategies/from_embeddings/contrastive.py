"""Texts that the model takes for something else than the labelled texts beside them."""

from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.errors import StrategyError
from text_al.neighbours import nearest
from text_al.strategies.base import score
from text_al.types import Candidates, FloatArray, IntArray

_BLOCK = 2**18  # probabilities taken at a time, 2 MiB in double precision
_LEAST = 1e-6  # probabilities are kept so far from 0 and 1, or a single sure label would decide


@score("contrastive", needs=["probs", "embeddings", "labelled", "labelled_probs", "labelled_embeddings"])
def contrastive(candidates: Candidates, *, k: Annotated[int, Field(ge=1)] = 10) -> FloatArray:
    """Texts of which the model predicts something else than of the labelled texts that are most like them.

    With q the probabilities of each of the k labelled texts that are nearest by cosine, and p the text's
    own, the score is the mean over the k of sum over labels of KL(q || p), where KL(q || p) = q ln(q / p) +
    (1 - q) ln((1 - q) / (1 - p)). Probabilities are kept 1e-6 from 0 and 1. Targets are not used.

    Args:
        candidates: uses `probs` (M, L), `embeddings` (M, D), and `probs` and `embeddings` of `labelled`.
        k: neighbours; all that is labelled where that is less.

    Returns:
        (M,) of 0 or more, in nats; 0 for all while nothing is labelled.

    Source: Margatina, Vernikos, Barrault and Aletras (2021), Active Learning by Acquiring Contrastive
    Examples (CAL); here with a sigmoid for each label.

    Cost: O(N (n D + k L)), n labelled
    Use: to compare with; in published comparisons on average no better than a margin
    """
    labelled = candidates.labelled
    if (
        labelled is None
        or labelled.probs is None
        or labelled.embeddings is None
        or candidates.embeddings is None
    ):
        raise StrategyError(
            "contrastive compares with labelled texts, but the candidates come without their vectors"
        )
    if len(labelled.rows) == 0:
        return np.zeros(len(candidates))
    neighbours = nearest(candidates.embeddings, labelled.embeddings, k).indices
    theirs = _inside(labelled.probs)
    surprise = (theirs * np.log(theirs) + (1 - theirs) * np.log1p(-theirs)).sum(axis=1)
    scores = surprise[neighbours].mean(axis=1) + _cross_entropies(candidates.probs, theirs, neighbours)
    return np.asarray(np.maximum(scores, 0.0))


def _cross_entropies(probs: FloatArray, theirs: FloatArray, neighbours: IntArray) -> FloatArray:
    """(M,) the mean over neighbours of -sum over labels of q ln p + (1 - q) ln(1 - p).

    It is linear in q, so that the mean q of a text's neighbours is all that is needed, and no (M, k, L).
    """
    means = np.empty(len(probs))
    size = max(1, _BLOCK // probs.shape[1])
    for start in range(0, len(probs), size):
        own = _inside(probs[start : start + size])
        beside = np.zeros_like(own)
        for column in neighbours[start : start + size].T:
            beside += theirs[column]
        beside /= neighbours.shape[1]
        logs = beside * np.log(own) + (1 - beside) * np.log1p(-own)
        means[start : start + size] = -logs.sum(axis=1)
    return means


def _inside(probs: FloatArray) -> FloatArray:
    return np.clip(probs.astype(np.float64), _LEAST, 1 - _LEAST)
