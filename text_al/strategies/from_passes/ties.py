"""Scores that differ by rounding alone, made equal, so that chance decides between texts that are alike."""

from typing import Any

import numpy as np

from text_al.types import FloatArray

_ROUNDINGS = 100  # sums over members, labels and targets lose about two of the digits that they are made in


def without_rounding(scores: FloatArray, dtype: np.dtype[Any], rng: np.random.Generator) -> FloatArray:
    """Scores (M,) in whole steps, where a step is what computing in `dtype` may have changed the highest by.

    A product of matrices may round alike texts differently by their place, and one of them would come first
    at every draw. The steps begin at random, so that no two alike texts are always on different ones.

    Args:
        scores: (M,) finite.
        dtype: what they were computed in.
        rng: says where the steps begin.
    """
    step = _ROUNDINGS * float(np.finfo(dtype).eps) * float(np.abs(scores).max())
    offset = rng.random()
    return scores if step == 0 else np.floor(scores / step + offset)
