"""The head's own opinion of open texts as further labels: one round, kept only where it ranks texts better.

Off by default: in a trial on frozen vectors, without the gate, it gained .002 to .006 average precision on
GoEmotions and lost as much with 50 and 100 labels of NLU++, and the gate hardly ever opens (docs/learner.md),
for a fit that takes many times as long.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.types import FloatArray, TargetArray

TEXTS = 2_000
"""Open texts that take part."""
WEIGHT = 0.2
"""What all of them together weigh, beside what is labelled."""


@dataclass(frozen=True)
class Pseudo:
    """Texts with labels that nobody gave.

    Attributes:
        features: (m, D) scaled as those of what is labelled.
        targets: (m, L) of 1 and 0.
        weight: of each text.
    """

    features: Any
    targets: TargetArray
    weight: float


def pseudo_targets(logits: FloatArray, rates: FloatArray) -> TargetArray:
    """(m, L) int8: each label stands on as large a share of the likeliest texts as it does where it is known.

    Args:
        logits: (m, L).
        rates: (L,) in [0, 1].

    Source: Xie et al. (2023), Class-Distribution-Aware Pseudo-Labeling for Semi-Supervised Multi-Label
    Learning.
    """
    m = len(logits)
    counts = np.round(rates * m).astype(np.int64)
    ranks = np.argsort(np.argsort(-logits, axis=0, kind="stable"), axis=0)
    return (ranks < counts).astype(np.int8)


def stacked(above: Any, below: Any) -> Any:
    """Features one below the other, dense or scipy sparse."""
    if isinstance(above, np.ndarray):
        return np.concatenate([above, below])
    from scipy.sparse import vstack

    return vstack([above, below]).tocsr()
