"""Uncertainty over a set of labels by their distance from the boundary between yes and no."""

import numpy as np

from text_al.strategies.base import score
from text_al.strategies.from_probs.blocks import by_blocks, sums_over_labels
from text_al.types import Candidates, FloatArray


@score("multilabel_margin", needs=["probs"], symmetric=True, propagates=True)
def multilabel_margin(candidates: Candidates) -> FloatArray:
    """Texts whose label probabilities are nearest to 0.5, over all labels together.

    The score is minus the sum over labels of |p - 0.5|, so that the smallest sum comes first.

    Args:
        candidates: uses `probs` (M, L).

    Returns:
        (M,) in [-L/2, 0]; 0 where the model is wholly unsure of every label.

    Cost: O(N L)
    Use: when a cheap and sound default is wanted, above all with a fine-tuned encoder.
    Source: Esuli and Sebastiani (2009), Active Learning Strategies for Multi-Label Text Classification:
    confidence, aggregated over binary classifiers.
    """
    return -sums_over_labels(candidates.probs, _distances)


@score("binary_minimum", needs=["probs"], symmetric=True)
def binary_minimum(candidates: Candidates) -> FloatArray:
    """Texts with a single label that is nearest to its boundary, however sure all others are.

    The score is -min |z| over the labels, with z the logits. One noisy label can take every query, and a
    rare label whose z are all far below 0 never has its turn.

    Args:
        candidates: uses `logits` (M, L).

    Returns:
        (M,) of at most 0; 0 where the model is wholly unsure of some label.

    Cost: O(N L)
    Use: when comparing with older work; about level with multilabel_margin where both were tried.
    Source: Brinker (2006), On Active Learning in Multi-label Classification.
    """
    return -by_blocks(candidates.logits, lambda logits: np.abs(logits).min(axis=1))


def _distances(probs: FloatArray, out: FloatArray) -> None:
    np.subtract(probs, 0.5, out=out)
    np.abs(out, out=out)
