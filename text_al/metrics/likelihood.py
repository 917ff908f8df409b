"""Logits as probabilities, and how likely they make the targets; exact for logits of any size."""

import numpy as np

from text_al.metrics.arrays import check_shapes, mean_or_zero
from text_al.types import FloatArray, TargetArray


def binary_cross_entropy(targets: TargetArray, logits: FloatArray) -> float:
    """The mean over known targets of -log p(target), in nats; finite for huge logits, 0.0 if none is known.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known.
        logits: (n, L).

    Raises:
        ValueError: the shapes differ.
    """
    check_shapes(targets=targets, logits=logits)
    known = targets >= 0
    signed = np.where(targets == 1, -logits, logits)[known].astype(np.float64)
    return mean_or_zero(np.maximum(signed, 0) + np.log1p(np.exp(-np.abs(signed))))


def sigmoid(logits: FloatArray) -> FloatArray:
    """1 / (1 + exp(-logits)) in float64, without overflow for logits of any size; the shape of `logits`."""
    small = np.exp(-np.abs(logits.astype(np.float64)))
    return np.where(logits >= 0, 1.0, small) / (1.0 + small)
