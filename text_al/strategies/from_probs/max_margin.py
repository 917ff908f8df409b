"""The gap between the labels that are predicted and those that are not."""

from typing import Literal

import numpy as np

from text_al.strategies.base import score
from text_al.types import BoolArray, Candidates, FloatArray

_SMALLEST_GAP = 1e-12  # so that the inverse stays finite


@score("max_margin_uncertainty", needs=["probs"])
def max_margin_uncertainty(
    candidates: Candidates, *, one_sided: Literal["last", "boundary", "first"] = "last"
) -> FloatArray:
    """Texts whose predicted labels are least set apart from their other labels.

    With z the logits, the gap is the lowest z > 0 minus the highest z <= 0, and the score is 1 / gap; gaps
    below 1e-12 count as 1e-12. A text all of whose z are on one side has no gap, and `one_sided` says where
    it stands.

    Args:
        candidates: uses `logits` (M, L), before calibration: z > 0 is what the head itself takes for yes.
        one_sided: "last" takes the gap as infinite, so that the score is 0; "boundary" measures to 0 instead
            of to the empty side, so that the score is 1 / min |z|; "first" gives 1e12.

    Returns:
        (M,) in [0, 1e12].

    Cost: O(N L)
    Use: when most texts are predicted some label; else set one_sided to boundary, or they tie at 0.
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
