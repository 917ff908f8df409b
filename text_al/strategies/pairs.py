"""Questions about some labels of a text only: what asking about each pair of a text and a label is worth.

A strategy that can ask so registers two functions under one name: its scores of texts with `score`, and in
`PAIRS` the worth (M, L) of each pair, from which the scores are made.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from text_al.errors import StrategyError
from text_al.registry import Registry
from text_al.strategies.base import score
from text_al.strategies.rare import n_positives
from text_al.types import BoolArray, Candidates, FloatArray, IntArray

PairWorth = Callable[[Candidates], FloatArray]
"""(M, L): what each question is worth beyond its price; above 0 it is asked, -inf where it is answered."""

PAIRS: Registry[Callable[..., FloatArray]] = Registry("strategy that asks about single labels")

NotNegative = Annotated[float, Field(ge=0)]


def pair_worth(name: str, settings: Mapping[str, Any]) -> PairWorth:
    """How the registered strategy values pairs.

    Args:
        name: the strategy's.
        settings: the strategy's, all of them; those that only make its scores are left out.

    Raises:
        UnknownNameError: no strategy of this name asks about single labels.
        SettingsError: the settings do not fit.
    """
    entry = PAIRS.entry(name)
    own = {key: value for key, value in settings.items() if key in entry.setting_names}
    return partial(entry.function, **entry.check(own))


@PAIRS.register("pair_margin")
def pair_margin_worth(candidates: Candidates, *, label_cost: NotNegative = 0.05) -> FloatArray:
    """How unsure the model is of each label of each text, less what a decision costs.

    Args:
        candidates: uses `probs` (M, L) and `labelled`, which also says which answers are known.
        label_cost: see `pair_margin`.

    Returns:
        (M, L) w_l (1 - |2p - 1|) - label_cost; -inf where the target is known.
    """
    weights = rarity_weights(n_positives(candidates))
    unsure = 1 - np.abs(2 * candidates.probs.astype(np.float64) - 1)
    worth: FloatArray = np.where(known_cells(candidates), -np.inf, weights * unsure - label_cost)
    return worth


@score("pair_margin", needs=["probs", "labelled"], symmetric=True)
def pair_margin(
    candidates: Candidates, *, read_cost: NotNegative = 0.0, label_cost: NotNegative = 0.05
) -> FloatArray:
    """Texts with the most doubt in labels that are worth asking about, one by one, less what asking costs.

    A pair's doubt is u = w_l (1 - |2p - 1|), from 0 where the model is sure to w_l where p is 0.5; rare
    labels weigh more. A text's score is the sum of u - label_cost over the labels with u > label_cost, less
    read_cost: no other set of its labels is worth more. Known targets count nothing.

    Args:
        candidates: uses `probs` (M, L) and `labelled`.
        read_cost: of reading a text, in units of u, where the w_l have mean 1.
        label_cost: of deciding on one label, in the same units.

    Returns:
        (M,) of at least -read_cost; above 0 where a question pays.

    Cost: O(M L)
    Use: with ask: labels, where deciding on a label costs too; no evidence on text is known to us.

    Source: questions about pairs as in Huang and Zhou (2013), Active Query Driven by Uncertainty and
    Diversity for Incremental Multi-label Learning; the margin of a pair with its price is a sum over labels,
    so that taking each label that pays is exact.
    """
    worth = pair_margin_worth(candidates, label_cost=label_cost)
    scores: FloatArray = np.maximum(worth, 0).sum(axis=1) - read_cost
    return scores


def rarity_weights(positives: IntArray) -> FloatArray:
    """(L,) weights (n + 1)^(-1/2) of labels with so many positives (L,), scaled to mean 1."""
    weights = (positives + 1.0) ** -0.5
    return np.asarray(weights / weights.mean())


def known_cells(candidates: Candidates) -> BoolArray:
    """(M, L) whether the target of each candidate for each label is known already.

    Raises:
        StrategyError: the candidates come without what is labelled.
    """
    labelled = candidates.labelled
    if labelled is None:
        raise StrategyError("known targets cannot be told: the candidates come without labelled")
    known = np.zeros(candidates.probs.shape, dtype=np.bool_)
    _, places, among = np.intersect1d(candidates.rows, labelled.rows, return_indices=True)
    known[places] = labelled.targets[among] >= 0
    return known
