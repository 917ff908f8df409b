"""How well scores rank the positives first, at no threshold."""

import numpy as np

from text_al.metrics.arrays import check_shapes, mean_or_zero
from text_al.types import FloatArray, TargetArray


def average_precision(targets: TargetArray, scores: FloatArray) -> FloatArray:
    """Average precision of each label: how well `scores` rank its positives first, at no threshold.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known.
        scores: (n, L), logits or probabilities; equal scores are ranked together, whatever their order.

    Returns:
        (L,) in (0, 1]; nan for a label without a known positive.

    Raises:
        ValueError: the shapes differ.

    Source: scikit-learn's `average_precision_score`: the sum of (R_k - R_(k-1)) P_k over the distinct scores.
    """
    check_shapes(targets=targets, scores=scores)
    columns = zip(np.ascontiguousarray(targets.T), np.ascontiguousarray(scores.T), strict=True)
    per_label = [_one_average_precision(column[column >= 0], ranks[column >= 0]) for column, ranks in columns]
    return np.array(per_label, dtype=np.float64)


def macro_average_precision(targets: TargetArray, scores: FloatArray) -> float:
    """The mean of `average_precision` over labels with a known positive, in [0, 1]; 0.0 if none has one."""
    per_label = average_precision(targets, scores)
    return mean_or_zero(per_label[~np.isnan(per_label)])


def _one_average_precision(targets: TargetArray, scores: FloatArray) -> float:
    order = np.argsort(-scores)
    hits = np.cumsum(targets[order])
    if len(hits) == 0 or hits[-1] == 0:
        return float("nan")
    ranked = scores[order]
    ends = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    precision = hits[ends] / (ends + 1)
    return float(np.sum(np.diff(hits[ends], prepend=0) * precision) / hits[-1])
