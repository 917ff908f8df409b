"""Uncertainty over a set of labels, each of which applies or not."""

import numpy as np

from text_al.strategies.base import score
from text_al.types import Candidates, FloatArray


@score("multilabel_margin", needs=["probs"], symmetric=True)
def multilabel_margin(candidates: Candidates) -> FloatArray:
    """Texts whose label probabilities are nearest to 0.5, over all labels together.

    The score is minus the sum over labels of |p - 0.5|, so that the smallest sum comes first.

    Args:
        candidates: uses `probs` (M, L).

    Returns:
        (M,) in [-L/2, 0]; 0 where the model is wholly unsure of every label.

    Source: Esuli and Sebastiani (2009), Active Learning Strategies for Multi-Label Text Classification:
    confidence, aggregated over binary classifiers.
    """
    distances = np.abs(candidates.probs - 0.5)
    scores: FloatArray = -distances.sum(axis=1, dtype=np.float64)
    return scores
