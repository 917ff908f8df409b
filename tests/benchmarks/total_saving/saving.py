"""How many labels another recipe needs to be as good, read off its learning curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Amount:
    """A number that is known, or known to be more or not more than what is said."""

    value: float
    bound: Literal["", "at most ", "more than "] = ""

    def over(self, other: float) -> "Amount":
        """How many times as much as `other`."""
        return Amount(self.value / other, self.bound)

    def shown(self, digits: int) -> str:
        """In words, with so many digits after the point."""
        return f"{self.bound}{self.value:,.{digits}f}"


def labels_needed(
    sizes: Sequence[int], scores: Sequence[float], goal: float, *, weights: Sequence[int] | None = None
) -> Amount:
    """Labels at which a learning curve reaches a goal.

    A curve of few seeds goes up and down, while labels do no harm: so it is replaced by the nearest one that
    never falls (isotonic regression), which is then taken as straight in the logarithm of the size.

    Args:
        sizes: (k,) labelled texts, rising.
        scores: (k,) mean scores there.
        goal: the score to be reached.
        weights: (k,) what each mean weighs, such as its number of seeds; None: all the same.

    Returns:
        The smallest such number; "at most" the first size where it is reached there already, "more than" the
        last one where it is never.
    """
    from sklearn.isotonic import isotonic_regression

    smooth = isotonic_regression(np.asarray(scores, dtype=float), sample_weight=weights)
    reached = np.flatnonzero(smooth >= goal)
    if len(reached) == 0:
        return Amount(sizes[-1], "more than ")
    at = int(reached[0])
    if at == 0:
        return Amount(sizes[0], "at most ")
    share = (goal - smooth[at - 1]) / (smooth[at] - smooth[at - 1])
    return Amount(float(sizes[at - 1] ** (1 - share) * sizes[at] ** share))
