"""Sub-pools: which open texts compete in a round, so that a large pool need not be scored whole each time.

Importing the package registers those that come with text_al.
"""

from text_al.loop.sub_pools import anchor, by_chance, changed
from text_al.loop.sub_pools.base import SUB_POOLS, Part, SubPool, View, sub_pool

__all__ = ["SUB_POOLS", "Part", "SubPool", "View", "anchor", "by_chance", "changed", "sub_pool"]
