"""What a sub-pool is, what it sees of a round, and how it is registered.

A sub-pool is a function `(view, *, settings) -> Part` of what it sees, and of nothing else. Its keyword-only
parameters are its settings in YAML. It says what it `needs`: "scores" of single texts, which some strategies
do not give, or the learner's "frozen" vectors.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Protocol

import numpy as np
from pydantic import Field

from text_al.registry import Registry
from text_al.types import FloatArray, IntArray, TargetArray

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class Part:
    """The open texts that compete in a round.

    Attributes:
        rows: (M,) of the pool, ascending.
        note: a sentence on what was done.
        scores: (M,) of a sub-pool that has had them scored; None leaves that to the strategy.
        last_scores: (N,) the last score of every row of the pool, nan where it never had one, to be kept for
            the next query; or None.
        share: how likely each open text was to be among the rows, in (0, 1]; None where that is not known.
    """

    rows: IntArray
    note: str = ""
    scores: FloatArray | None = None
    last_scores: FloatArray | None = None
    share: float | None = None


class View(Protocol):
    """What a sub-pool sees of a round.

    Attributes:
        round_number: from 1.
        rows: (M,) open rows of the pool, ascending; at least one.
        rng: the only source of chance; one round draws the same whenever it is done again.
    """

    round_number: int
    rows: IntArray
    rng: np.random.Generator

    def labelled(self) -> tuple[IntArray, TargetArray]:
        """Rows (n,) that are labelled, and their targets (n, L)."""
        ...

    def last_scores(self) -> FloatArray:
        """(N,) a copy of the `Part.last_scores` of the query before; nan throughout where it had none."""
        ...

    def scores(self, rows: IntArray, part: str) -> FloatArray:
        """The strategy's scores (M,) of these rows, by this round's model.

        Args:
            rows: what is scored.
            part: a name for these scores, another one for each call in a round.
        """
        ...

    def frozen(self, rows: IntArray) -> Iterator[tuple[IntArray, FloatArray]]:
        """These rows in windows (m,), each with the vectors (m, D) that the learner gives before any fit."""
        ...


SubPool = Callable[[View], Part]
SUB_POOLS: Registry[Callable[..., Part]] = Registry("sub-pool")


def sub_pool(name: str, **settings: Any) -> SubPool:
    """The registered sub-pool with these settings.

    Raises:
        UnknownNameError: nothing is registered under `name`.
        SettingsError: the settings do not fit its signature.
    """
    entry = SUB_POOLS.entry(name)
    return partial(entry.function, **entry.check(settings))
