"""Chance: what every other strategy has to beat."""

from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.strategies.base import batch
from text_al.types import Candidates, IntArray


@batch("random", before_fit=True, uniform=True)
def random(
    candidates: Candidates, n: int, rng: np.random.Generator, *, draw: Annotated[int, Field(ge=0)] = 0
) -> IntArray:
    """Texts drawn uniformly without replacement; it asks nothing of the model.

    Args:
        candidates: uses only how many there are.
        n: how many.
        rng: draws them.
        draw: another number draws other texts by the same seed, so that chance can be held against chance.

    Returns:
        (n,) positions, in random order.

    Cost: O(M)
    Use: always, beside any other: no strategy is worth its trouble on data where it does not beat this one.
    """
    if draw:
        rng = np.random.default_rng([draw, int(rng.integers(2**63))])
    return rng.choice(len(candidates), size=n, replace=False)
