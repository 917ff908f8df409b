"""How scores become a batch: rules `(scores (M,), n, rng) -> (n,)` positions, best first."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from text_al.registry import Registry
from text_al.types import FloatArray, IntArray

Selection = Callable[[FloatArray, int, np.random.Generator], IntArray]
"""Takes scores (M,), n in 1..M and a generator; returns n different positions in 0..M-1, best first."""

SELECTIONS: Registry[Callable[..., IntArray]] = Registry("selection")


def selection(name: str, **settings: Any) -> Selection:
    """The registered selection rule with these settings.

    Raises:
        UnknownNameError: nothing is registered under `name`.
        SettingsError: the settings do not fit its signature.
    """
    entry = SELECTIONS.entry(name)
    return partial(entry.function, **entry.check(settings))


@SELECTIONS.register("best")
def best(scores: FloatArray, n: int, rng: np.random.Generator) -> IntArray:
    """The n highest scores; among equal ones chance decides, so that no text loses by its place in a file.

    Args:
        scores: (M,), higher is more worth labelling.
        n: how many, 1 to M.
        rng: breaks ties.

    Returns:
        (n,) positions in `scores`, best first. O(M + n log n).
    """
    lowest_taken = np.partition(scores, len(scores) - n)[len(scores) - n]
    above = np.flatnonzero(scores > lowest_taken)
    level = np.flatnonzero(scores == lowest_taken)
    drawn = rng.choice(level, size=n - len(above), replace=False)
    chosen = rng.permutation(np.concatenate([above, drawn]))
    order = np.argsort(-scores[chosen], kind="stable")
    return np.asarray(chosen[order])
