"""Probabilities that mean what they say: one slope for all labels, and a shift for each.

A head that fits its few texts closely is too sure of itself, and it is so for all labels alike; how often a
label stands, it gets wrong for each label by itself. Logits of texts that a model has not seen tell both.
"""

from dataclasses import dataclass

import numpy as np

from text_al.metrics import sigmoid
from text_al.training.linear_head import LinearHead
from text_al.types import FloatArray, TargetArray

SHIFT_PENALTY = 2.0
"""How strongly shifts are drawn to their mean: a label's own texts outweigh it from a few positives on."""
COMMON_PENALTY = 0.01
"""How strongly the mean of the shifts is drawn to 0, so that it stays finite where everything is a yes."""
LEAST = 5
"""Positives, and negatives, of all labels together; with fewer, nothing is changed."""


@dataclass(frozen=True)
class Calibration:
    """calibrated logits = slope * logits + shifts.

    Attributes:
        slope: > 0.
        shifts: (L,).
    """

    slope: float
    shifts: FloatArray

    @classmethod
    def none(cls, n_labels: int) -> "Calibration":
        """The one that changes nothing."""
        return cls(1.0, np.zeros(n_labels))

    def apply(self, logits: FloatArray) -> FloatArray:
        """(n, L) calibrated logits."""
        return np.asarray(self.slope * logits + self.shifts)

    def onto(self, head: LinearHead) -> LinearHead:
        """The head that gives calibrated logits where `head` gives plain ones; also T heads of L labels."""
        n_heads = len(head.bias) // len(self.shifts)
        return LinearHead(self.slope * head.weights, self.slope * head.bias + np.tile(self.shifts, n_heads))


def fit_calibration(logits: FloatArray, targets: TargetArray) -> Calibration:
    """The calibration with the highest likelihood, slope and shifts held near 1 and their mean.

    Args:
        logits: (n, L) by models that had not seen these texts.
        targets: (n, L) int8; -1 is left out.

    Source: Platt (1999), Probabilistic Outputs for Support Vector Machines; pooled over labels, as a label
    with three positives has no slope of its own.
    """
    from scipy.optimize import minimize

    n_labels = targets.shape[1]
    known, positive = targets >= 0, targets == 1
    if min(positive.sum(), (targets == 0).sum()) < LEAST:
        return Calibration.none(n_labels)
    seen = logits.astype(np.float64)

    def cost(at: FloatArray) -> tuple[float, FloatArray]:
        slope, shifts = float(np.exp(at[0])), at[1:]
        calibrated = slope * seen + shifts
        losses = np.where(known, np.logaddexp(0, calibrated) - positive * calibrated, 0.0)
        slopes = np.where(known, sigmoid(calibrated) - positive, 0.0)
        common = float(shifts.mean())
        apart = shifts - common
        value = losses.sum() + 0.5 * at[0] ** 2 + 0.5 * SHIFT_PENALTY * (apart**2).sum()
        value += 0.5 * COMMON_PENALTY * common**2
        of_slope = float((slopes * seen).sum()) * slope + at[0]
        return float(value), np.concatenate(
            [[of_slope], slopes.sum(axis=0) + SHIFT_PENALTY * apart + COMMON_PENALTY * common / n_labels]
        )

    found = minimize(cost, np.zeros(1 + n_labels), jac=True, method="L-BFGS-B").x
    return Calibration(float(np.exp(found[0])), found[1:])
