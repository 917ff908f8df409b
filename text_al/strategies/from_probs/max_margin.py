"""The gap between the labels that are predicted and those that are not."""

from typing import Literal

import numpy as np

from text_al.strategies.base import score
from text_al.types import BoolArray, Candidates, FloatArray

OneSided = Literal["last", "boundary", "first"]

_SMALLEST_GAP = 1e-12  # so that the inverse stays finite


@score("max_margin_uncertainty", needs=["probs"])
def max_margin_uncertainty(candidates: Candidates, *, one_sided: OneSided = "first") -> FloatArray:
    """Texts whose predicted labels are least set apart from their other labels.

    With z the logits, the gap is the lowest z > 0 minus the highest z <= 0, and the score is 1 / gap; gaps
    below 1e-12 count as 1e-12. A text all of whose z are on one side has no gap, and `one_sided` says where
    it stands.

    Args:
        candidates: uses `logits` (M, L), whose sigmoids are the probabilities: z > 0 where p > 0.5.
        one_sided: "first" gives 1e12; "boundary" measures to 0 instead of to the empty side, so that the
            score is 1 / min |z|; "last" takes the gap as infinite, so that the score is 0.

    Returns:
        (M,) in [0, 1e12].

    Cost: O(N L)
    Use: when most texts are predicted some label; with rare labels most tie first: set one_sided to boundary
    Source: Li and Guo (2013), Active Learning with Multi-Label SVM Classification. Implementations differ on
    one-sided texts: "last" is that of libact, "boundary" that of JCLAL.
    """
    logits = candidates.logits
    positive = logits > 0
    lowest, highest = _extremes(logits, positive)
    if one_sided == "boundary":
        lowest, highest = np.where(np.isinf(lowest), 0, lowest), np.where(np.isinf(highest), 0, highest)
    gap = lowest - highest
    if one_sided == "first":
        gap = np.where(np.isinf(gap), 0, gap)
    return np.asarray(1 / np.maximum(gap, _SMALLEST_GAP))


def _extremes(logits: FloatArray, positive: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(M,) the lowest positive logit, inf without one; (M,) the highest other, -inf without one."""
    lowest = logits.min(axis=1, where=positive, initial=np.inf)
    highest = logits.max(axis=1, where=~positive, initial=-np.inf)
    return lowest.astype(np.float64), highest.astype(np.float64)
