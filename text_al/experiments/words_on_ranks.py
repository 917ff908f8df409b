"""Sentences about ranks over data sets: whether the order is more than luck, and who is told apart."""

import math

from text_al.experiments.evidence import Evidence
from text_al.experiments.phrases import begun, counted, listed, p_words
from text_al.experiments.ranks import Ranking


def ranks_sentences(evidence: Evidence) -> list[str]:
    """One or two sentences a learner."""
    said = []
    for learner, ranking in evidence.rankings.items():
        prefix = f"With {learner}, " if len(evidence.rankings) > 1 else ""
        said.append(_test(ranking, evidence, prefix))
        if not ranking.problem and not ranking.can_separate:
            said.append(begun(prefix, _too_few(ranking)))
    return said


def _too_few(ranking: Ranking) -> str:
    most = len(ranking.strategies) - 1
    return (
        f"so few data sets cannot tell any two strategies apart by ranks: Nemenyi's critical difference is "
        f"{ranking.critical_difference:.2f}, and mean ranks differ by {most} at most."
    )


def _test(ranking: Ranking, evidence: Evidence, prefix: str) -> str:
    if ranking.problem:
        return begun(prefix, f"no test over data sets was made: {ranking.problem}.")
    ordered = sorted(zip(ranking.mean_ranks.tolist(), ranking.strategies, strict=True))
    best = f"the best mean rank is {ordered[0][1]}'s ({ordered[0][0]:.2f} of {len(ordered)})"
    test = f"Friedman, {p_words(ranking.p)}, Kendall's W {ranking.agreement:.2f}"
    over = f"over {counted(ranking.n_blocks, 'data set')}"
    if ranking.p >= evidence.alpha:
        luck = f"{over} the order of strategies is not shown to be more than luck"
        return begun(prefix, f"{luck} ({test}); {best}.")
    return begun(prefix, f"{over} the strategies differ ({test}); {best}{_apart(ranking, evidence)}.")


def _apart(ranking: Ranking, evidence: Evidence) -> str:
    """Who differs from random by more than the critical difference."""
    ranks = dict(zip(ranking.strategies, ranking.mean_ranks.tolist(), strict=True))
    random = ranks.get(evidence.reference, math.nan)
    distance = ranking.critical_difference
    ahead = [name for name, found in ranks.items() if random - found > distance]
    behind = [name for name, found in ranks.items() if found - random > distance]
    sides = ((ahead, "ahead of"), (behind, "behind"))
    words = [f"{listed(names)} {side} {evidence.reference}" for names, side in sides if names]
    told = listed(words) if words else f"none is told apart from {evidence.reference}"
    return f"; by Nemenyi's critical difference ({distance:.2f}) {told}"
