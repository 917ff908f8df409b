"""A sub-pool that scores again only where the model moved, with a full pass every few rounds."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.loop.sub_pools.base import SUB_POOLS, Count, Part, View
from text_al.types import BoolArray, FloatArray, IntArray


@SUB_POOLS.register("changed", needs=["scores"])
def changed(
    view: View,
    *,
    size: Count = 20_000,
    full_every: Count = 5,
    strata: Count = 20,
    tolerance: Annotated[float, Field(ge=0)] = 0.25,
) -> Part:
    """All open texts compete; a text whose surroundings did not move keeps its last score.

    The open texts are divided by their last scores, at quantiles, into K strata of about equal size, and
    `size / K` texts of each are drawn and scored anew. Stratum k has moved if

        mean over its drawn texts of |new score - last score|  >  tolerance * s,

    with s the standard deviation of the last scores of all open texts. Of the strata that moved, and of the
    highest one, from which the next texts come, every text is scored anew; so is a text that never had a
    score. In rounds 1, 1 + full_every, 1 + 2 full_every, ... every open text is scored.

    Args:
        view: its open rows, their last scores, and the strategy.
        size: texts scored to see where the model moved, in all.
        full_every: rounds from one full pass to the next; 1 makes each one full.
        strata: K.
        tolerance: how far a stratum may move, in standard deviations. At 0 all of it is scored anew; the
            more it is, the more is saved, and the more texts are chosen by a score that no longer holds.
    """
    rows, last_scores = view.rows, view.last_scores()
    last = last_scores[rows]
    if (view.round_number - 1) % full_every == 0 or np.isnan(last).all():
        scores, note = view.scores(rows, "all"), f"all {len(rows):,} open texts were scored"
    else:
        scores, note = _where_it_moved(view, last, size=size, n_strata=strata, tolerance=tolerance)
    last_scores[rows] = scores
    return Part(rows, note, scores, last_scores)


def _where_it_moved(
    view: View, last: FloatArray, *, size: int, n_strata: int, tolerance: float
) -> tuple[FloatArray, str]:
    """Scores (M,), new ones where the model moved, and how many are new."""
    strata = Strata.by(last, n_strata)
    is_new = strata.sample(max(1, size // n_strata), view.rng)
    scores = last.copy()
    scores[is_new] = view.scores(view.rows[is_new], "sample")
    moves = strata.means(np.abs(scores[is_new] - last[is_new]), is_new)
    moved = moves > tolerance * np.nanstd(last)
    n_moved = int(moved.sum())
    moved[strata.highest] = True
    rest = ~is_new & (strata.hold(moved) | np.isnan(last))
    scores[rest] = view.scores(view.rows[rest], "moved")
    n_new = int(is_new.sum() + rest.sum())
    return scores, (
        f"{n_new:,} of {len(last):,} open texts were scored: {n_moved} of {n_strata} strata of scores moved"
    )


@dataclass(frozen=True)
class Strata:
    """Texts divided by score: (M,) numbers of n strata, the highest of the highest scores; -1: no score."""

    of: IntArray
    n: int

    @classmethod
    def by(cls, scores: FloatArray, n: int) -> "Strata":
        """At most n strata of about equal size; equal scores stay together."""
        edges = np.nanquantile(scores, np.arange(1, n) / n)
        of = np.searchsorted(edges, scores, side="right").astype(np.int32)
        of[np.isnan(scores)] = -1
        return cls(of, n)

    @property
    def highest(self) -> int:
        """The highest one that holds a text."""
        return int(self.of.max())

    def sample(self, each: int, rng: np.random.Generator) -> BoolArray:
        """(M,) which texts are drawn, `each` of every stratum, or all where it holds fewer."""
        is_drawn = np.zeros(len(self.of), dtype=np.bool_)
        for number in range(self.n):
            members = np.flatnonzero(self.of == number)
            is_drawn[rng.choice(members, size=min(each, len(members)), replace=False, shuffle=False)] = True
        return is_drawn

    def means(self, values: FloatArray, which: BoolArray) -> FloatArray:
        """(n,) means by stratum of values (m,), those of `which` texts (M,); 0 where a stratum has none."""
        strata = self.of[which]
        counts = np.bincount(strata, minlength=self.n)
        return np.bincount(strata, values, minlength=self.n) / np.maximum(counts, 1)

    def hold(self, chosen: BoolArray) -> BoolArray:
        """(M,) which texts are in a chosen (n,) stratum."""
        is_held: BoolArray = np.append(chosen, False)[self.of]
        return is_held
