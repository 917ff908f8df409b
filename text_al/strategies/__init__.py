"""Query strategies: pure functions that say which texts are most worth labelling.

Importing the package registers those that come with text_al.
"""

from text_al.strategies import (
    baseline,
    cold_start,
    from_embeddings,
    from_passes,
    from_probs,
    pairs,
    rare,
    selection_rules,
)
from text_al.strategies.base import STRATEGIES, Chooser, Chosen, Strategy, strategy
from text_al.strategies.pairs import PAIRS, PairWorth, pair_worth
from text_al.strategies.rare_share import RareShare
from text_al.strategies.selection import SELECTIONS, Selection, selection

__all__ = [
    "PAIRS",
    "SELECTIONS",
    "STRATEGIES",
    "Chooser",
    "Chosen",
    "PairWorth",
    "RareShare",
    "Selection",
    "Strategy",
    "baseline",
    "cold_start",
    "from_embeddings",
    "from_passes",
    "from_probs",
    "pair_worth",
    "pairs",
    "rare",
    "selection",
    "selection_rules",
    "strategy",
]
