"""Losses per target, before they are summed. Torch is imported only when one is built."""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from text_al.registry import Registry
from text_al.types import FloatArray, TargetArray

Loss = Callable[[Any, Any], Any]
"""(logits (B, L), targets (B, L) of 1.0 and 0.0) -> (B, L) losses in nats."""

LOSSES: Registry[Callable[..., Loss]] = Registry("loss")

NotNegative = Annotated[float, Field(ge=0)]

TINY = 1e-8
"""Powers and logarithms start here: at 0 the slope of x^gamma, gamma below 1, is infinite."""


@LOSSES.register("bce")
def bce() -> Loss:
    """Binary cross-entropy: -log p of what is true."""
    from torch.nn.functional import binary_cross_entropy_with_logits

    return lambda logits, targets: binary_cross_entropy_with_logits(logits, targets, reduction="none")


@LOSSES.register("focal")
def focal(*, gamma: NotNegative = 2.0) -> Loss:
    """Cross-entropy times (1 - p of what is true)^gamma: targets that are right already weigh little.

    Source: Lin et al. (2017), Focal Loss for Dense Object Detection, without its alpha.
    """
    from torch.nn.functional import binary_cross_entropy_with_logits

    def loss(logits: Any, targets: Any) -> Any:
        cross_entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
        return (1 - (-cross_entropy).exp()).clamp(min=TINY) ** gamma * cross_entropy

    return loss


@LOSSES.register("asymmetric")
def asymmetric(
    *,
    gamma_positive: NotNegative = 0.0,
    gamma_negative: NotNegative = 4.0,
    clip: Annotated[float, Field(ge=0, lt=1)] = 0.05,
) -> Loss:
    """Focal, harder on easy negatives than on positives; negatives with p below `clip` weigh nothing.

    Source: Ridnik et al. (2021), Asymmetric Loss for Multi-Label Classification.
    """
    from torch.nn.functional import logsigmoid

    def loss(logits: Any, targets: Any) -> Any:
        p = logits.sigmoid()
        shifted = (p - clip).clamp(min=0)
        positive = (1 - p).clamp(min=TINY) ** gamma_positive * -logsigmoid(logits)
        negative = shifted.clamp(min=TINY) ** gamma_negative * -(1 - shifted).clamp(min=TINY).log()
        return targets * positive + (1 - targets) * negative

    return loss


def balanced_pos_weight(targets: TargetArray) -> FloatArray:
    """(L,) weights of positives: the square root of negatives to positives, shrunken by 5 texts, at most 10.

    With few labels the plain ratio is mostly noise, hence the shrinking.

    Args:
        targets: (n, L) int8; -1 is left out.
    """
    positives, negatives = (targets == 1).sum(axis=0), (targets == 0).sum(axis=0)
    return np.asarray(np.minimum(10.0, np.sqrt((negatives + 5) / (positives + 5))))
