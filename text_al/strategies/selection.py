"""How scores become a batch: rules that take n of M positions by their scores, best first.

A rule is a function `(scores (M,), n, rng, *, settings)` that returns n different positions, or `Drawn` where
it can say how likely each was to be chosen. Its keyword-only parameters are its settings in YAML. A rule that
is registered with `needs=["embeddings"]` is also handed `_embeddings`, a function from positions (k,) to
their vectors (k, D): of as few as it asks for, so that a large pool is never embedded for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from text_al.errors import StrategyError
from text_al.registry import Registry
from text_al.types import FloatArray, IntArray

Embeddings = Callable[[IntArray], FloatArray]
"""(k,) positions -> (k, D) their vectors."""

SELECTIONS: Registry[Callable[..., Any]] = Registry("selection")


@dataclass(frozen=True)
class Drawn:
    """What a rule took.

    Attributes:
        positions: (n,) of different texts, best first.
        inclusion: (n,) in (0, 1]: how likely each was to be among them; None where the rule cannot say.
    """

    positions: IntArray
    inclusion: FloatArray | None = None


@dataclass(frozen=True)
class Selection:
    """A selection rule with its settings.

    Attributes:
        name: its registered name.
        function: the rule.
        settings: its keyword arguments.
        needs: what it is handed beside scores: "embeddings", or nothing.
    """

    name: str
    function: Callable[..., Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()

    def __call__(
        self, scores: FloatArray, n: int, rng: np.random.Generator, *, embeddings: Embeddings | None = None
    ) -> Drawn:
        """Takes n of M positions by scores (M,).

        Raises:
            StrategyError: it needs embeddings and has none.
        """
        if "embeddings" not in self.needs:
            found = self.function(scores, n, rng, **self.settings)
        elif embeddings is None:
            raise StrategyError(f"selection {self.name} needs embeddings, but the candidates come without")
        else:
            found = self.function(scores, n, rng, _embeddings=embeddings, **self.settings)
        return found if isinstance(found, Drawn) else Drawn(found)


def selection(name: str, **settings: Any) -> Selection:
    """The registered selection rule with these settings.

    Raises:
        UnknownNameError: nothing is registered under `name`.
        SettingsError: the settings do not fit its signature.
    """
    entry = SELECTIONS.entry(name)
    return Selection(name, entry.function, entry.check(settings), entry.needs)


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


BEST = Selection("best", best)
