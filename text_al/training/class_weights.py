"""What positives weigh beside negatives when a head is fitted; with few labels of a kind, more."""

from typing import Literal

import numpy as np

from text_al.training.losses import balanced_pos_weight
from text_al.types import FloatArray, TargetArray

ClassWeight = Literal["none", "balanced", "inverse"]
"""none: every target weighs 1. balanced: a positive weighs the square root of negatives to positives,
shrunken and at most 10, as with `training.pos_weight: balanced`. inverse: positives and negatives weigh the
same in all, as with scikit-learn's class_weight="balanced"."""


def class_weights(targets: TargetArray, rule: ClassWeight) -> FloatArray | None:
    """(n, L) what each known target weighs, or None where all weigh 1.

    Args:
        targets: (n, L) int8; -1 is left out, and weighs 0.
        rule: see `ClassWeight`.
    """
    if rule == "none":
        return None
    positive, negative = targets == 1, targets == 0
    if rule == "balanced":
        return np.asarray(positive * balanced_pos_weight(targets) + negative)
    n_positives, n_negatives = positive.sum(axis=0), negative.sum(axis=0)
    half = (n_positives + n_negatives) / 2
    return np.asarray(
        positive * (half / np.maximum(1, n_positives)) + negative * (half / np.maximum(1, n_negatives))
    )
