"""Chance: what every other strategy has to beat."""

import numpy as np

from text_al.strategies.base import batch
from text_al.types import Candidates, IntArray


@batch("random", before_fit=True, uniform=True)
def random(candidates: Candidates, n: int, rng: np.random.Generator) -> IntArray:
    """Texts drawn uniformly without replacement; it asks nothing of the model.

    Args:
        candidates: uses only how many there are.
        n: how many.
        rng: draws them.

    Returns:
        (n,) positions, in random order.

    Cost: O(M)
    Use: always, beside any other: no strategy is worth its trouble on data where it does not beat this one.
    """
    return rng.choice(len(candidates), size=n, replace=False)
