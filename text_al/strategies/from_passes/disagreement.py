"""How much the members of a committee disagree, beyond what all of them are unsure of."""

from math import log

import numpy as np

from text_al.strategies.base import score
from text_al.strategies.from_passes.information import cell_information
from text_al.strategies.from_passes.moments import moments_in_blocks
from text_al.types import Candidates, FloatArray


@score("bald", needs=["passes"], symmetric=True)
def bald(candidates: Candidates) -> FloatArray:
    """Texts whose labels the committee's members disagree about, each of them being sure.

    The score is what a label's answer y would tell about which member is right, summed over labels, in bits:
    sum_l [H2(pbar) - (1/T) sum_t H2(p_t)], with pbar the mean of the members' p_t and
    H2(p) = -p log2 p - (1 - p) log2 (1 - p). It is computed as the mean divergence of p_t from pbar, which is
    the same number and loses no digits.

    Args:
        candidates: uses `passes` (T, M, L): members of a committee, or passes under dropout.

    Returns:
        (M,) in [0, L]; 0 where all members say the same, as a single one does.

    Source: Houlsby, Huszar, Ghahramani and Lengyel (2011), Bayesian Active Learning for Classification and
    Preference Learning, with one Bernoulli variable for each label.

    Cost: O(T N L)
    Use: when some texts are hard for people too, since doubt that all share counts nothing; unproven on text
    """
    scores = np.empty(len(candidates))
    for part, seen in moments_in_blocks(candidates):
        means = np.broadcast_to(seen.yes[:, None], seen.centred.shape)
        others = np.broadcast_to(seen.no[:, None], seen.centred.shape)
        apart = cell_information(means, seen.centred) + cell_information(others, -seen.centred)
        scores[part] = np.maximum(apart.mean(axis=1), 0).sum(axis=0, dtype=np.float64) / log(2)
    return scores
