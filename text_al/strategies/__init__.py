"""Query strategies: pure functions that say which texts are most worth labelling.

Importing the package registers those that come with text_al.
"""

from text_al.strategies import baseline, multilabel, selection, uncertainty
from text_al.strategies.base import STRATEGIES, Chooser, Chosen, Strategy, strategy
from text_al.strategies.selection import SELECTIONS

__all__ = [
    "SELECTIONS",
    "STRATEGIES",
    "Chooser",
    "Chosen",
    "Strategy",
    "baseline",
    "multilabel",
    "selection",
    "strategy",
    "uncertainty",
]
