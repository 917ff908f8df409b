"""How far a text is expected to move the model."""

import numpy as np

from text_al.strategies.base import score
from text_al.types import Candidates, FloatArray

_BLOCK = 2**18  # probabilities taken at a time, 2 MiB


@score("expected_gradient_length", needs=["probs", "embeddings"], symmetric=True)
def expected_gradient_length(candidates: Candidates, *, normalise: bool = True) -> FloatArray:
    """Texts whose labels would change the model's last layer most, by what it expects them to be.

    The gradient of the loss with respect to that layer, bias included, is (p - y) (x) [h, 1]. Over labels y
    drawn by the model's own probabilities its squared length has the mean (|h|^2 + 1) sum over labels of p
    (1 - p).

    Args:
        candidates: uses `probs` (M, L) and `embeddings` (M, D).
        normalise: take |h| = 1 for every h but 0, so that long vectors, as often of long texts, do not
            decide. What is left is twice the sum of the labels' variances.

    Returns:
        (M,) of 0 or more; 0 where the model is wholly sure of every label.

    Source: Settles and Craven (2008), An Analysis of Active Learning Strategies for Sequence Labeling
    Tasks, section 3.3: of the squared length, which with independent labels needs no sum over all sets of
    labels.

    Cost: O(N (D + L))
    Use: to compare with; with unit lengths it orders texts as the sum of their labels' variances does
    """
    vectors = np.asarray(candidates.embeddings)
    if normalise:
        squares = vectors.any(axis=1).astype(np.float64)
    else:
        precise = np.result_type(vectors.dtype, np.float32)  # squares soon leave half precision
        squares = np.einsum("md,md->m", vectors, vectors, dtype=precise).astype(np.float64)
    scores: FloatArray = (squares + 1) * _variances(candidates.probs)
    return scores


def _variances(probs: FloatArray) -> FloatArray:
    """(M,) sums over labels of p (1 - p)."""
    sums = np.empty(len(probs))
    size = max(1, _BLOCK // probs.shape[1])
    for start in range(0, len(probs), size):
        block = probs[start : start + size].astype(np.float64)
        sums[start : start + size] = np.einsum("ml,ml->m", block, 1 - block)
    return sums
