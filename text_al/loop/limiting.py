"""Fewer texts for a strategy that compares texts with each other: all of them stand in memory at once."""

from dataclasses import replace

import numpy as np

from text_al.data.store import StoredRound
from text_al.loop.run import Run
from text_al.loop.scoring import Scoring, scores_each
from text_al.loop.sub_pools.base import Part
from text_al.loop.sub_pools.by_chance import drawn
from text_al.seeds import generator
from text_al.strategies.base import Chosen
from text_al.strategies.selection import best


def limited(run: Run, stored: StoredRound, part: Part, scoring: Scoring) -> Part:
    """At most `max_candidates` of the part, where the run's strategy sees all it chooses from at once.

    Those that `preselect` scores highest or, without it, some drawn by chance.
    """
    strategy, most = run.strategy, run.plan.max_candidates
    if scores_each(strategy) or not strategy.needs or len(part.rows) <= most:
        return part
    rng = generator(run.plan.seed, stored.number, "candidates")
    if run.preselect is None:
        rows, how = drawn(part.rows, most, rng), "drawn by chance"
    else:
        scores = scoring.scores(part.rows, "preselect", run.preselect)
        rows, how = np.sort(part.rows[best(scores, most, rng)]), f"the best by {run.preselect.name}"
    note = limit_note(strategy.name, most, len(part.rows), how)
    share = None if part.share is None or run.preselect is not None else part.share * most / len(part.rows)
    return replace(
        part, rows=rows, scores=None, share=share, note=f"{part.note}; {note}" if part.note else note
    )


def limit_note(strategy: str, most: int, n: int, how: str = "drawn by chance") -> str:
    """What to say where a strategy is shown fewer texts than compete."""
    return (
        f"{most:,} of {n:,} texts, {how}, were shown to {strategy}, which compares texts with each other "
        "(active_learning.max_candidates)"
    )


def among_all(chosen: Chosen, share: float | None) -> Chosen:
    """The same, with inclusion probabilities that count how likely a text was to compete at all."""
    if chosen.inclusion is None:
        return chosen
    return replace(chosen, inclusion=None if share is None else share * chosen.inclusion)
