"""A sub-pool around what is labelled already: for labels so rare that most open texts have none of them."""

import numpy as np

from text_al.loop.sub_pools.base import SUB_POOLS, Count, Part, View
from text_al.loop.sub_pools.by_chance import random
from text_al.loop.sub_pools.nearest import Nearest
from text_al.types import IntArray, TargetArray


@SUB_POOLS.register("anchor", needs=["frozen"])
def anchor(view: View, *, size: Count = 20_000, anchors: Count = 10, neighbours: Count = 200) -> Part:
    """The open texts nearest to labelled ones, alike many for each label, however rare it is.

    Of every label, at most `anchors` of the labelled texts that have it are drawn by chance, afresh each
    round. Each takes its `neighbours` nearest open texts, by the cosine of the vectors that the learner gives
    before any fit. Where that makes more than `size`, each anchor's nearest comes first, then each one's
    second nearest, and so on. As long as no text has a label, `size` texts are drawn by chance.

    Args:
        view: its open rows, what is labelled, and the vectors of both.
        size: how many texts compete, at most.
        anchors: for each label, at most.
        neighbours: for each anchor.

    Source: Lesci and Vlachos (2024), AnchorAL, section 3, with anchors for each of several labels.
    """
    rows = _drawn(*view.labelled(), anchors, view.rng)
    if len(rows) == 0:
        part = random(view, size=size)
        return Part(part.rows, f"no labelled text has a label to be an anchor for: {part.note}")
    nearest = Nearest(np.concatenate([vectors for _, vectors in view.frozen(rows)]), neighbours)
    for window, vectors in view.frozen(view.rows):
        nearest.add(window, vectors)
    found = np.sort(nearest.by_rank()[:size])
    near = f"near to {len(rows):,} labelled ones"
    return Part(found, f"{len(found):,} of {len(view.rows):,} open texts, {near}, competed")


def _drawn(rows: IntArray, targets: TargetArray, each: int, rng: np.random.Generator) -> IntArray:
    """Labelled rows (K,), ascending: `each` of those that have a label, or all where fewer have it."""
    taken: list[int] = []
    for label in range(targets.shape[1]):
        having = rows[targets[:, label] == 1]
        taken += rng.choice(having, size=min(each, len(having)), replace=False).tolist()
    return np.unique(np.array(taken, dtype=np.int64))
