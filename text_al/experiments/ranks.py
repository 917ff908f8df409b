"""Strategies over several data sets: mean ranks, Friedman's test, Nemenyi's critical difference."""

import math
from dataclasses import dataclass

import numpy as np

from text_al.types import FloatArray


@dataclass(frozen=True)
class Ranking:
    """K strategies ranked on N data sets.

    Attributes:
        strategies: the K names, in the order given.
        ranks: (N, K), 1 is the best; equal scores share the mean of their ranks.
        mean_ranks: (K,).
        statistic: Friedman's chi-square; nan where it cannot be computed.
        p: that all strategies are alike; nan where it cannot be computed.
        agreement: Kendall's W, in [0, 1]: how far the data sets agree on the order.
        critical_difference: Nemenyi's: mean ranks further apart than this differ at `alpha`.
        groups: of strategies, best first, that are not told apart; a strategy may be in several.
        alpha: of the critical difference.
        problem: why there is no test, as a clause; or "".
    """

    strategies: tuple[str, ...]
    ranks: FloatArray
    mean_ranks: FloatArray
    statistic: float
    p: float
    agreement: float
    critical_difference: float
    groups: tuple[tuple[str, ...], ...]
    alpha: float
    problem: str = ""

    @property
    def n_blocks(self) -> int:
        """N."""
        return len(self.ranks)

    @property
    def can_separate(self) -> bool:
        """Whether the best and the worst rank possible, 1 and K throughout, would be told apart."""
        return self.critical_difference < len(self.strategies) - 1


def rank(
    scores: FloatArray, strategies: tuple[str, ...], *, lower_is_better: bool = False, alpha: float = 0.05
) -> Ranking:
    """Ranks strategies on each data set and tests whether the order is more than luck.

    Data sets are the blocks, each with one score a strategy (its mean over seeds): seeds of one data set are
    not independent evidence about others. Friedman's p is by chi-square, which errs to the safe side with few
    data sets. At least 2 data sets and 3 strategies are needed.

    Args:
        scores: (N, K), such as areas under the curve.
        strategies: K names.
        lower_is_better: whether the metric should fall.
        alpha: of the critical difference, in (0, 1).

    Raises:
        ValueError: the shape is not (N, K), or a score is not finite.

    Source: scipy.stats.friedmanchisquare; Demsar (2006), Statistical Comparisons of Classifiers over Multiple
        Data Sets, JMLR 7.
    """
    from scipy.stats import friedmanchisquare, rankdata

    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[1] != len(strategies) or not np.isfinite(scores).all():
        raise ValueError(f"scores have shape {scores.shape}; need finite ({len(strategies)} a data set)")
    n_blocks, k = scores.shape
    ranks = rankdata(scores if lower_is_better else -scores, axis=1)
    mean_ranks = ranks.mean(axis=0)
    problem = _problem(ranks, n_blocks, k)
    if problem:
        nothing = math.nan
        return Ranking(strategies, ranks, mean_ranks, nothing, nothing, nothing, nothing, (), alpha, problem)
    found = friedmanchisquare(*ranks.T)
    statistic = float(found.statistic)
    distance = nemenyi(k, n_blocks, alpha=alpha)
    groups = tuple(tuple(strategies[i] for i in group) for group in cliques(mean_ranks, distance))
    agreement = statistic / (n_blocks * (k - 1))
    p = float(found.pvalue)
    return Ranking(strategies, ranks, mean_ranks, statistic, p, agreement, distance, groups, alpha)


def _problem(ranks: FloatArray, n_blocks: int, k: int) -> str:
    if n_blocks < 2:
        return f"there is {n_blocks} data set, and the test needs 2 or more"
    if k < 3:
        return f"there are {k} strategies, and the test needs 3 or more"
    return "" if np.ptp(ranks, axis=1).any() else "all strategies are equal on all data sets"


def nemenyi(k: int, n_blocks: int, *, alpha: float = 0.05) -> float:
    """The difference of mean ranks above which two of k strategies differ, all pairs being looked at.

    q / sqrt(2) * sqrt(k (k + 1) / (6 N)), q of the studentized range with infinite degrees of freedom.

    Args:
        k: strategies, at least 2.
        n_blocks: data sets.
        alpha: in (0, 1).

    Source: Demsar (2006), section 3.2.2; scipy.stats.studentized_range.
    """
    from scipy.stats import studentized_range

    q = studentized_range.ppf(1 - alpha, k, np.inf)
    return float(q / math.sqrt(2) * math.sqrt(k * (k + 1) / (6 * n_blocks)))


def cliques(mean_ranks: FloatArray, critical_difference: float) -> tuple[tuple[int, ...], ...]:
    """The groups that a critical-difference diagram ties together: neighbours no further apart than that.

    Args:
        mean_ranks: (K,).
        critical_difference: in ranks.

    Returns:
        Indices, best rank first; groups of 2 or more, none of which is part of another.
    """
    order = np.argsort(mean_ranks, kind="stable")
    sorted_ranks = mean_ranks[order]
    # a hair more, so that ranks exactly that far apart are not told apart by rounding
    ends = np.searchsorted(sorted_ranks, sorted_ranks + critical_difference + 1e-9, side="right")
    groups, reached = [], 0
    for start, end in enumerate(ends.tolist()):
        if end > reached and end - start > 1:
            groups.append(tuple(order[start:end].tolist()))
        reached = max(reached, end)
    return tuple(groups)
