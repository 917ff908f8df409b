"""Our own ways of scoring, through the public learner."""

from collections import defaultdict
from typing import Any

import numpy as np

from tests.benchmarks.performance.measuring import Stopwatch, cpu_seconds
from tests.benchmarks.performance.scorer import NotHereError, Saved, Scored, Scorer
from text_al.errors import TrainingError
from text_al.metrics import sigmoid
from text_al.reporting import Silent
from text_al.training.finetuned import FineTuned
from text_al.training.model import TextList
from text_al.training.settings import ComputeSettings, EncoderSettings


class StageClock(Silent):
    """A reporter that keeps the CPU seconds of each stage, the losses, and what was said."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.losses: list[float] = []
        self.notes: list[str] = []
        self._stage, self._since = "", cpu_seconds()

    def stage(self, name: str, total: int | None = None) -> None:
        """The stage before ends here."""
        now = cpu_seconds()
        self.seconds[self._stage] += now - self._since
        self._stage, self._since = name, now

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:
        """Kept."""
        self.losses.append(loss)

    def note(self, sentence: str) -> None:
        """Kept."""
        self.notes.append(sentence)


def plain(saved: Saved, *, precision: Any, max_length: int) -> Scorer:
    """In plain PyTorch."""
    learner = _learner(saved, max_length, ComputeSettings(device="cpu", precision=precision, threads=1))
    return _scorer(learner)


def with_back_end(saved: Saved, *, name: Any, max_length: int) -> Scorer:
    """Through an optional back end, at the precision it takes by itself."""
    try:
        learner = _learner(saved, max_length, ComputeSettings(device="cpu", threads=1, backend=name))
    except TrainingError as missing:
        raise NotHereError(str(missing)) from missing
    for note in learner.net.reading.notes:
        # A line of this name must not hold figures of plain PyTorch.
        if f"by {name}" in note:
            raise NotHereError(note)
    return _scorer(learner)


def _learner(saved: Saved, max_length: int, compute: ComputeSettings) -> FineTuned:
    """With the saved weights, its way of scoring chosen."""
    encoder = EncoderSettings(encoder=str(saved.ours), max_length=max_length)
    learner = FineTuned(TextList(saved.sample), saved.labels, encoder=encoder, compute=compute)
    learner.restore(saved.ours)
    learner.look(np.arange(len(saved.sample)), frozenset({"probs"}), Silent())
    return learner


def _scorer(learner: FineTuned) -> Scorer:
    def score(texts: list[str]) -> Scored:
        source, clock = TextList(texts), StageClock()
        with Stopwatch() as watch:
            probs = sigmoid(learner.logits(source, clock))
        clock.stage("done")
        tokenising, notes = clock.seconds["tokenise"], (*clock.notes, *learner.net.reading.notes)
        return Scored(probs, tokenising, watch.seconds - tokenising, notes)

    return score
