"""Looking at the pool with a round's model: window by window, and going on after a kill where it was."""

import hashlib
import time
from collections.abc import Mapping
from typing import Any, Protocol, TypeGuard

import numpy as np

from text_al.data.store import StoredRound
from text_al.errors import StrategyError
from text_al.loop.looking import look, looks, of_learner
from text_al.loop.run import Run
from text_al.loop.score_files import About, ScoreFiles
from text_al.strategies.base import Chooser, Chosen
from text_al.strategies.selection import Embeddings
from text_al.training.base import Learner
from text_al.types import Candidates, FloatArray, IntArray


class Scorer(Chooser, Protocol):
    """A chooser that scores each text by itself, so that a pool may come in windows."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What scores depend on beside the candidates."""
        ...

    def scores(self, candidates: Candidates) -> FloatArray:
        """(M,) finite scores; higher is more worth labelling."""
        ...

    def choose_by(
        self,
        scores: FloatArray,
        rows: IntArray,
        n: int,
        rng: np.random.Generator,
        *,
        embeddings: Embeddings | None = None,
    ) -> Chosen:
        """At most n of the rows (M,) by their scores (M,)."""
        ...


def scores_each(chooser: Chooser) -> TypeGuard[Scorer]:
    """Whether a chooser is a `Scorer`: it says so by its `is_by_text`, as strategies do."""
    return getattr(chooser, "is_by_text", False)


def about_scores(scorer: Scorer) -> dict[str, Any]:
    """What makes scores comparable: the strategy and its settings, but not how a batch is selected."""
    return {
        "strategy": scorer.name,
        "settings": {name: repr(value) for name, value in sorted(scorer.settings.items())},
    }


class Scoring:
    """What the model of one round says of the pool, for one query.

    Args:
        run: the run; its strategy says what is needed of the model.
        stored: the round whose model is asked.

    Attributes:
        n_texts: texts that went through the model.
        seconds: what that took, in killed processes too.
        seconds_here: what it took in this process.
    """

    def __init__(self, run: Run, stored: StoredRound) -> None:
        self._run, self._stored = run, stored
        self._files = ScoreFiles(run.folder.scores)
        self.n_texts, self.seconds, self.seconds_here = 0, 0.0, 0.0

    def candidates(self, rows: IntArray, needs: frozenset[str] | None = None) -> Candidates:
        """All of these rows (M,) at once, with what the strategy needs, or else what is said here."""
        strategy = self._run.strategy
        began, asked = time.monotonic(), getattr(strategy, "asks", strategy.needs) if needs is None else needs
        found = look(self._run, self._learner, rows, asked)
        seconds = time.monotonic() - began
        self._count(len(rows), seconds, seconds, asked)
        return found

    def scores(self, rows: IntArray, part: str, by: Chooser | None = None) -> FloatArray:
        """The scores (M,) of these rows (M,) by the run's strategy; finished windows survive a kill.

        Args:
            rows: what is scored, in any order.
            part: a name for these scores, another one for each call of a query.
            by: another strategy.

        Raises:
            StrategyError: the strategy gives no scores.
        """
        scorer = by or self._run.strategy
        if not scores_each(scorer):
            raise StrategyError(f"{scorer.name} compares texts with each other; it scores none alone")
        if len(rows) == 0:
            return np.empty(0)
        on_disk = len(rows) > self._run.plan.window
        growing = self._files.part(part, self._about(scorer, rows), on_disk=on_disk)
        done, began = growing.n_parts, time.monotonic()
        for window in looks(self._run, self._learner, rows, scorer.needs, done=done):
            found = scorer.scores(window)
            seconds = time.monotonic() - began
            growing.append(scores=found, seconds=np.array([seconds]))
            began += seconds
        taken = growing.read("seconds")
        self._count(len(rows), float(taken.sum()), float(taken[done:].sum()), scorer.needs)
        return np.array(growing.read("scores"))

    def embeddings(self, rows: IntArray) -> FloatArray:
        """(k, D) vectors of these rows (k,), of which there should be few."""
        found = self.candidates(rows, frozenset({"embeddings"})).embeddings
        if found is None:
            raise StrategyError("the learner gives no embeddings")
        return found

    def _learner(self) -> Learner:
        return self._run.learner_of(self._stored.number)

    def _about(self, scorer: Scorer, rows: IntArray) -> About:
        """All that scores depend on: those of other texts or of another fit are of no use."""
        return {
            **about_scores(scorer),
            "rows": _digest(np.ascontiguousarray(rows, dtype=np.int64).tobytes()),
            "window": self._run.plan.window,
            "model": self._stored.model,
            "record": _digest(self._stored.record_json.encode()),
            **self._about_labelled(scorer),
        }

    def _about_labelled(self, scorer: Scorer) -> About:
        """What is labelled may be corrected while scores are made, without another fit."""
        if not any(need.startswith("labelled") for need in scorer.needs):
            return {}
        rows, targets = self._run.pool.labelled()
        return {"labelled": _digest(rows.astype(np.int64).tobytes() + targets.astype(np.int8).tobytes())}

    def _count(self, n_texts: int, seconds: float, seconds_here: float, needs: frozenset[str]) -> None:
        self.n_texts += n_texts if of_learner(needs) else 0
        self.seconds += seconds
        self.seconds_here += seconds_here


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
