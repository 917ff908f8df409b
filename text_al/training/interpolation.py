"""Between the weights a fit started from and those it came to: with few texts, better not all the way."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor, nn

from text_al import metrics
from text_al.types import FloatArray, TargetArray

SHARES = (0.5, 0.75, 1.0)
"""Of the way, that are tried. In a trial (MiniLM, 100 texts of GoEmotions, two seeds) average precision was
.180 / .200 / .219 / .220 / .213 at shares 0 / .25 / .5 / .75 / 1; with 300 of NLU++ 1 was best."""


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the model's weights."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def interpolate(
    model: nn.Module, start: Mapping[str, Tensor], end: Mapping[str, Tensor], share: float
) -> None:
    """Gives the model the weights that lie `share` of the way from `start` to `end`.

    Source: Wortsman et al. (2022), Robust Fine-Tuning of Zero-Shot Models.
    """
    model.load_state_dict(
        {
            name: start[name].lerp(tensor, share) if tensor.is_floating_point() else tensor
            for name, tensor in end.items()
        }
    )


def best_share(targets: TargetArray, logits: FloatArray, shares: Sequence[float]) -> int:
    """Which share ranks texts best that the models had not seen; the largest of equals.

    Args:
        targets: (n, L) int8; -1 is left out.
        logits: (n, S, L) at each of the shares.
        shares: S of them, rising.
    """
    found = [metrics.macro_average_precision(targets, logits[:, at]) for at in range(len(shares))]
    return len(shares) - 1 - int(np.argmax(found[::-1]))
