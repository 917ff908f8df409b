"""One bar over the whole pool, although the learner goes through it in many calls."""

from text_al.records import EvaluationRecord
from text_al.reporting import Reporter


class Folded:
    """A reporter that makes one stage of all stages of one name; everything else passes through.

    Where another stage comes between two calls, the folded one goes on after it where it was.

    Args:
        reporter: who is told.
        name: the stage.
        total: its units over all calls.
        done: how many of them were done before, as by a process that was killed.
    """

    def __init__(self, reporter: Reporter, name: str, total: int, *, done: int = 0) -> None:
        self._reporter, self._name, self._total, self._done = reporter, name, total, done
        self._is_shown = False

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins, or the folded one goes on."""
        if name != self._name:
            self._is_shown = False
            self._reporter.stage(name, total)
        elif not self._is_shown:
            self._is_shown = True
            self._reporter.stage(name, self._total)
            if self._done:
                self._reporter.advance(self._done)

    def advance(self, amount: int = 1) -> None:
        """So many units of the stage are done."""
        self._done += amount if self._is_shown else 0
        self._reporter.advance(amount)

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:
        """Passed on."""
        self._reporter.train_loss(global_step, loss, learning_rate)

    def evaluation(self, record: EvaluationRecord) -> None:
        """Passed on."""
        self._reporter.evaluation(record)

    def note(self, sentence: str) -> None:
        """Passed on."""
        self._reporter.note(sentence)
