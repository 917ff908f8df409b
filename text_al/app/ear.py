"""Hears how the run goes on, tells the tracker and the page, and can end a training half-way."""

from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

from text_al.app.phases import Phase
from text_al.loop.run import Follower
from text_al.records import EvaluationRecord, RoundRecord
from text_al.tracking.naming import headline

_CHOOSING = ("score", "sub_pool", "passes")


class Abandoned(BaseException):
    """Raised out of a training that nobody waits for any more; what was committed stays."""


class Ear:
    """A `loop.run.Follower` between the loop and the tracker.

    Args:
        tracker: hears all of it.
        is_fitted: whether the fit of this round is done and kept.
    """

    def __init__(self, tracker: Follower, is_fitted: Callable[[int], bool]) -> None:
        self._tracker = tracker
        self._is_fitted = is_fitted
        self._stopped = Event()
        self._round = 0
        self._stage = self._words = ""
        self._done = 0
        self._total: int | None = None
        self.phase: Phase = "starting"

    def stop(self) -> None:
        """The next thing that is told ends the training."""
        self._stopped.set()

    def rest(self) -> None:
        """Nothing goes on."""
        self._stage = self._words = ""

    def progress(self) -> dict[str, Any] | None:
        """As the page reads it; None where nothing goes on."""
        if not self._stage:
            return None
        return {"stage": self._stage, "done": self._done, "total": self._total, "text": self._words}

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:
        """A round begins."""
        self._round, self.phase, self._words = round_number, "training", ""
        self._tracker.begin_round(round_number, n_labelled, n_pool)

    def end_round(self, record: RoundRecord, all_records: Sequence[RoundRecord]) -> None:
        """A round is done and kept."""
        self._tracker.end_round(record, all_records)

    def finish(self, records: Sequence[RoundRecord], reason: str) -> None:
        """The run is done."""
        self._tracker.finish(records, reason)

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins; one that scores after the fit is a part of choosing."""
        self._heed()
        if name in _CHOOSING and self.phase == "training" and self._is_fitted(self._round):
            self.phase, self._words = "choosing", ""
        self._stage, self._done, self._total = name.replace("_", " "), 0, total
        self._tracker.stage(name, total)

    def advance(self, amount: int = 1) -> None:
        """So many units of the stage are done."""
        self._heed()
        self._done += amount
        self._tracker.advance(amount)

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:
        """The loss since the last call."""
        self._heed()
        self._tracker.train_loss(global_step, loss, learning_rate)

    def evaluation(self, record: EvaluationRecord) -> None:
        """An evaluation inside the fit is done."""
        self._heed()
        self._words = ", ".join(filter(None, [f"epoch {record.epoch:g}", headline(record.metrics)]))
        self._tracker.evaluation(record)

    def note(self, sentence: str) -> None:
        """Something a user should read now."""
        self._tracker.note(sentence)

    def _heed(self) -> None:
        if self._stopped.is_set():
            raise Abandoned
