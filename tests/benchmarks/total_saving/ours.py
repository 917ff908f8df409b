"""Our own learners, without validation labels: all training texts are the pool, few of them labelled."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import text_al.training
from tests.benchmarks.performance.measuring import Stopwatch
from tests.benchmarks.total_saving.cells import Figures
from tests.benchmarks.total_saving.sets import DataSet
from text_al.data.cache import Cache
from text_al.reporting import Silent
from text_al.training.encoders import DEMO
from text_al.training.learners import LEARNERS
from text_al.training.model import TextList
from text_al.training.settings import EncoderSettings


@dataclass(frozen=True)
class Ours:
    """A learner by its registered name, as it comes.

    Attributes:
        learner: its name.
        encoder: a folder, or MiniLM of the extra `demo`.
        cache: keeps the pretrained encoder's vectors.

    Raises:
        UnknownNameError: there is no such learner.
    """

    learner: str
    encoder: str = DEMO
    cache: Cache = field(default_factory=Cache)

    def __post_init__(self) -> None:
        LEARNERS.entry(self.learner)  # before hours are spent on others

    @property
    def name(self) -> str:
        """As the tables call it."""
        return f"ours, {self.learner}"

    @cached_property
    def made_with(self) -> str:
        """The learners' code by content, as it changes more often than its version."""
        digest, folder = hashlib.sha256(), Path(text_al.training.__file__).parent
        for file in sorted(folder.rglob("*.py")):
            digest.update(file.read_bytes())
        return f"text_al.training {digest.hexdigest()[:12]}"

    def measure(self, data: DataSet, n_labelled: int, seed: int) -> Figures:
        """Learns from random texts, and predicts at the thresholds that it chose itself."""
        rows = data.drawn(n_labelled, seed)
        with Stopwatch() as watch:
            learner = LEARNERS.entry(self.learner).build(
                {}, pool=TextList(data.train.texts), labels=data.labels, seed=seed, cache=self.cache,
                encoder=EncoderSettings(encoder=self.encoder),
            )  # fmt: skip
            report = learner.fit(
                rows, data.train.targets[rows], None, round_number=1, global_step=0, reporter=Silent()
            )
            logits = learner.logits(TextList(data.test.texts), Silent())
        return Figures.of(
            data.test.targets, logits, report.thresholds,
            cpu_seconds=watch.seconds, thresholds=report.threshold_rule, notes=report.notes,
        )  # fmt: skip
