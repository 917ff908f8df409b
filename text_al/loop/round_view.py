"""A round as a sub-pool sees it: pool, learner and strategy of a run, and nothing to change them by."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np

from text_al.data.store import StoredRound
from text_al.errors import TrainingError
from text_al.loop.askable import askable
from text_al.loop.folding import Folded
from text_al.loop.kept_scores import last_scores
from text_al.loop.run import Run
from text_al.loop.scoring import Scoring
from text_al.loop.windows import windows_of
from text_al.reporting import Reporter
from text_al.seeds import generator
from text_al.types import FloatArray, IntArray, TargetArray


@runtime_checkable
class GivesFrozen(Protocol):
    """A learner that knows how near texts are before any fit."""

    def frozen(self, rows: IntArray, reporter: Reporter) -> FloatArray:
        """(M, D) float16 or float32 vectors of these rows (M,) of the pool, the same in every round."""
        ...


class RoundView:
    """A `sub_pools.View` of a run.

    Args:
        run: the run.
        stored: the round that chooses.
        scoring: gives scores, and counts what they cost.
    """

    def __init__(self, run: Run, stored: StoredRound, scoring: Scoring) -> None:
        self._run, self._scoring = run, scoring
        self.round_number = stored.number
        self.rows: IntArray = askable(run.pool, by_label=run.pairs is not None)
        self.rng: np.random.Generator = generator(run.plan.seed, stored.number, "sub_pool")

    def labelled(self) -> tuple[IntArray, TargetArray]:
        """See `View`."""
        return self._run.pool.labelled()

    def last_scores(self) -> FloatArray:
        """See `View`; scores that another strategy gave are none."""
        return last_scores(self._run)

    def scores(self, rows: IntArray, part: str) -> FloatArray:
        """See `View`."""
        return self._scoring.scores(rows, part)

    def frozen(self, rows: IntArray) -> Iterator[tuple[IntArray, FloatArray]]:
        """See `View`.

        Raises:
            TrainingError: the learner gives no such vectors.
        """
        learner = self._run.learner
        if not isinstance(learner, GivesFrozen):
            raise TrainingError(
                "this learner gives no vectors to find near texts by, which sub_pool anchor needs; "
                "take another learner, or sub_pool random or changed"
            )
        reporter = Folded(self._run.follower, "sub_pool", len(rows))
        for window in windows_of(rows, self._run.plan.window):
            yield window, learner.frozen(window, reporter)
            reporter.stage("sub_pool")
            reporter.advance(len(window))
