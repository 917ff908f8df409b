"""The penalty matrix: how often each strategy beats each other one, over data sets, learners and budgets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from text_al.experiments.curves import Curves, align
from text_al.types import FloatArray


@dataclass(frozen=True)
class Penalties:
    """Who beats whom.

    Attributes:
        strategies: the K names.
        wins: (K, K): in how many settings row i beats column j, each setting counting the share of its
            budgets where the difference is significant; from 0 to `n_settings`.
        n_settings: pairs of data set and learner.
        alpha: of each single t test.
    """

    strategies: tuple[str, ...]
    wins: FloatArray
    n_settings: int
    alpha: float

    @property
    def beaten(self) -> FloatArray:
        """(K,) the mean of each column, its own cell left out: how often it is beaten; less is better."""
        return np.asarray(self.wins.sum(axis=0) / max(len(self.strategies) - 1, 1))


def penalties(
    settings: Sequence[Mapping[str, Curves]],
    strategies: Sequence[str],
    *,
    lower_is_better: bool = False,
    alpha: float = 0.05,
) -> Penalties:
    """Adds up, over settings, at what share of the budgets one strategy beats another.

    A summary, not a proof: each cell is a two-sided paired t test at `alpha`, with no correction for how many
    there are, so up to alpha / 2 of the budgets are lost by luck, in each direction.

    Args:
        settings: a (data, learner) each: strategy to its curves; a strategy may lack.
        strategies: the K names.
        lower_is_better: whether the metric should fall.
        alpha: in (0, 1).

    Source: Ash et al. (2020), Deep Batch Active Learning by Diverse, Uncertain Gradient Lower Bounds, ICLR,
        section 4; scipy.stats.ttest_1samp.
    """
    wins = np.zeros((len(strategies), len(strategies)))
    for setting in settings:
        for i, one in enumerate(strategies):
            for j, other in enumerate(strategies):
                if i != j and one in setting and other in setting:
                    sides = align({one: setting[one], other: setting[other]}).values
                    difference = sides[one] - sides[other]
                    wins[i, j] += _share_won(-difference if lower_is_better else difference, alpha)
    return Penalties(tuple(strategies), wins, len(settings), alpha)


def _share_won(differences: FloatArray, alpha: float) -> float:
    """The share of budgets at which differences (S, B) are above 0 beyond luck."""
    from scipy.stats import ttest_1samp

    n, n_budgets = differences.shape
    if n < 2 or not n_budgets:
        return 0.0
    mean, varied = differences.mean(axis=0), np.ptp(differences, axis=0) > 1e-12
    p = np.where(mean > 1e-12, 0.0, 1.0)  # the same difference in every seed is beyond luck
    if varied.any():
        p[varied] = ttest_1samp(differences[:, varied], 0.0).pvalue
    return float(((p < alpha) & (mean > 0)).mean())
