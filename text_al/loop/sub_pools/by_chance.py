"""A sub-pool drawn by chance: the cheapest, and of every strategy's taste."""

import numpy as np

from text_al.loop.sub_pools.base import SUB_POOLS, Count, Part, View
from text_al.types import IntArray


@SUB_POOLS.register("random")
def random(view: View, *, size: Count = 20_000) -> Part:
    """Open texts drawn by chance, afresh each round; the others wait for another round.

    Args:
        view: its open rows.
        size: how many texts compete.
    """
    rows = drawn(view.rows, size, view.rng)
    note = f"{len(rows):,} of {len(view.rows):,} open texts, drawn by chance, competed"
    return Part(rows, note, share=len(rows) / len(view.rows))


def drawn(rows: IntArray, size: int, rng: np.random.Generator) -> IntArray:
    """At most `size` of the rows (M,), ascending; chance takes memory by `size`, not by M."""
    places = rng.choice(len(rows), size=min(size, len(rows)), replace=False, shuffle=False)
    return rows[np.sort(places)]
