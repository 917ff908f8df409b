"""The search for labels that have few positives so far."""

from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.errors import StrategyError
from text_al.strategies.base import batch
from text_al.strategies.turns import by_turns
from text_al.types import Candidates, IntArray

MIN_POSITIVES = 2


@batch("rare_label_search", needs=["probs", "labelled"])
def rare_label_search(
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    *,
    min_positives: Annotated[int, Field(ge=1)] = MIN_POSITIVES,
) -> IntArray:
    """The likeliest texts for labels that have few positives so far, for the label with fewest first.

    Labels that lack positives take turns (`strategies.turns`) until each may expect `min_positives`. What is
    left of the batch is filled by turns of all labels. Mostly wanted for a share of each batch only: see
    `active_learning.rare_labels`.

    Args:
        candidates: uses `probs` (M, L) and `labelled`.
        n: how many.
        rng: decides between labels, and between texts, that are alike.
        min_positives: a label with fewer known positives is searched for.

    Returns:
        (n,) positions, in the order of the turns.

    Cost: O(M L + n M)
    Use: as a share of each batch (`active_learning.rare_labels`), where every label must have positives soon.
    """
    probs, positives = candidates.probs, n_positives(candidates)
    found = by_turns(probs, positives, n, rng, enough=min_positives).positions
    if len(found) == n:
        return found
    others = by_turns(probs, positives + probs[found].sum(axis=0), n, rng).positions
    return np.concatenate([found, others[~np.isin(others, found)]])[:n]


def n_positives(candidates: Candidates) -> IntArray:
    """(L,) how many labelled texts are known to have each label.

    Raises:
        StrategyError: the candidates come without what is labelled.
    """
    if candidates.labelled is None:
        raise StrategyError("positives cannot be counted: the candidates come without labelled")
    return np.asarray((candidates.labelled.targets == 1).sum(axis=0))
