"""Uncertainty of a whole set of labels: how likely it is that not every label is right."""

import numpy as np

from text_al.strategies.base import score
from text_al.strategies.from_probs.blocks import sums_over_labels
from text_al.types import Candidates, FloatArray


@score("multilabel_least_confidence", needs=["probs"], symmetric=True)
def multilabel_least_confidence(candidates: Candidates) -> FloatArray:
    """Texts whose likeliest set of labels is least likely to be right in every label.

    The likeliest set has probability C, the product over labels of max(p, 1 - p), were labels independent.
    The score is -ln C, in nats: the order of 1 - C, which itself would come to 1 for most texts where labels
    are many.

    Args:
        candidates: uses `probs` (M, L).

    Returns:
        (M,) in [0, L ln 2]; highest where the model is wholly unsure of every label.

    Cost: O(N L)
    Use: when a text counts as right only if all its labels are (subset accuracy).
    Source: Settles (2009), Active Learning Literature Survey, section 3.1: least confident, for the set of
    all labels as one prediction.
    """
    return -sums_over_labels(candidates.probs, _log_confidences)


def _log_confidences(probs: FloatArray, out: FloatArray) -> None:
    """The logarithm of max(p, 1 - p) as that of 1 - min(p, 1 - p), exact also where the model is sure."""
    np.subtract(1, probs, out=out)
    np.minimum(out, probs, out=out)
    np.negative(out, out=out)
    np.log1p(out, out=out)
