"""Uncertainty about what will be predicted: how near labels are to their thresholds."""

import numpy as np

from text_al.strategies.base import score
from text_al.strategies.from_probs.blocks import sums_over_labels
from text_al.strategies.from_probs.weights import LabelWeights, weights_of_labels
from text_al.types import Candidates, FloatArray

_FURTHEST = 30.0  # logit beyond which a threshold is not told from 0 or 1


@score("threshold_margin", needs=["probs", "labelled"])
def threshold_margin(candidates: Candidates, *, label_weights: LabelWeights = "rarity") -> FloatArray:
    """Texts with labels near the thresholds at which they are predicted, the more so for rare labels.

    The score is the sum over labels of w exp(-|logit p - logit t|) with t the label's threshold, so that a
    label is at stake where its prediction may change, which need not be at 0.5. The weights are
    w = (n + 1)^(-1/2) for a label with n known positives, scaled to mean 1. A threshold's logit is clipped to
    [-30, 30], so that one of 0 or 1 leaves its label out unless the model is as sure as that.

    Args:
        candidates: uses `probs` (M, L), `thresholds` (L,) and `labelled`.
        label_weights: "rarity" as above, or "none" for labels that weigh alike.

    Returns:
        (M,) in [0, L]; L where every probability is at its threshold.

    Cost: O(N L + n L)
    Use: when thresholds are tuned, with `selection: {type: power, args: {beta: 4}}`; like weighted_margin
    Source: ours; it takes the distance from the boundary as Brinker (2006), On Active Learning in Multi-label
    Classification, where that boundary is the tuned threshold.
    """
    weights = weights_of_labels(candidates, label_weights)
    dtype = np.result_type(candidates.probs.dtype, np.float32)
    yes, no = (side.astype(dtype) for side in _both_sides(candidates.thresholds))

    def nearness(probs: FloatArray, out: FloatArray, above: FloatArray, below: FloatArray) -> None:
        """The ratio of the odds of p and t, or its inverse: whichever is below 1."""
        np.multiply(probs, no, out=above)
        np.subtract(1, probs, out=below)
        np.multiply(below, yes, out=below)
        np.minimum(above, below, out=out)
        np.maximum(above, below, out=above)
        np.divide(out, above, out=out)

    return sums_over_labels(candidates.probs, nearness, weights=weights, n_spare=2)


def _both_sides(thresholds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(L,) t and (L,) 1 - t in float64, neither of them 0."""
    least = 1 / (1 + np.exp(_FURTHEST))
    exact = thresholds.astype(np.float64)
    return np.clip(exact, least, 1), np.clip(1 - exact, least, 1)
