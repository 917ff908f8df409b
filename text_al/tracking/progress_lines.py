"""Progress as plain lines, for a log file, a CI job or a notebook: few, whole, and never redrawn."""

import time
from collections.abc import Callable
from typing import TextIO

from text_al.records import EvaluationRecord, RoundRecord
from text_al.tracking.naming import headline

_SECONDS_BETWEEN_LINES = 3.0
_SECONDS_WITHOUT_A_LINE = 15.0


class Lines:
    """A line at a round's begin and end and a note; between, at most one in 3 seconds, at least one in 15.

    Args:
        stream: where to.
        clock: seconds that only grow.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._said = float("-inf")
        self._loss = ""
        self._begin_stage("", None)

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:
        """A line."""
        self._loss = ""
        self._say(f"round {round_number}: {n_labelled:,} labelled, {n_pool:,} in the pool")

    def end_round(self, record: RoundRecord) -> None:
        """A line."""
        self._say(round_words(record))

    def stage(self, name: str, total: int | None = None) -> None:
        """A line, if none was said just now."""
        self._begin_stage(name, total)
        self._say_if_quiet(f"  {name}" if total is None else f"  {name} {total:,}", _SECONDS_BETWEEN_LINES)

    def advance(self, amount: int = 1) -> None:
        """A line, if none was said for long."""
        self._done += amount
        if self._clock() - self._said >= _SECONDS_WITHOUT_A_LINE:
            self._say(self._where())

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:
        """What the next line shows."""
        self._loss = f", step {global_step}, loss {loss:.4f}, rate {learning_rate:.1e}"

    def evaluation(self, record: EvaluationRecord) -> None:
        """A line, if none was said just now and something was measured."""
        found, best = headline(record.metrics), ", best so far" if record.is_best else ""
        if found:
            words = f"  epoch {record.epoch:g}{self._loss}, {found}{best}"
            self._say_if_quiet(words, _SECONDS_BETWEEN_LINES)

    def note(self, sentence: str) -> None:
        """A line."""
        self._say(sentence)

    def close(self) -> None:
        """Nothing is left open."""
        self._stream.flush()

    def _begin_stage(self, name: str, total: int | None) -> None:
        self._name, self._total, self._done = name, total, 0
        self._began = self._clock()

    def _where(self) -> str:
        """The stage, how far it is, and the time left at the speed so far."""
        if not self._total:
            return f"  {self._name} {self._done:,}{self._loss}"
        left = (self._clock() - self._began) * max(self._total - self._done, 0) / max(self._done, 1)
        return f"  {self._name} {self._done:,} of {self._total:,}, about {duration(left)} left{self._loss}"

    def _say_if_quiet(self, line: str, seconds: float) -> None:
        if self._clock() - self._said >= seconds:
            self._say(line)

    def _say(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()
        self._said = self._clock()


def round_words(record: RoundRecord) -> str:
    """A finished round in a line: "round 3: 200 labelled, val macro F1 0.512 (tuned), 35 s"."""
    seconds = record.seconds.get("total", sum(record.seconds.values()))
    parts = [
        f"round {record.round}: {record.n_labelled:,} labelled",
        headline(record.metrics),
        duration(seconds),
    ]
    return ", ".join(part for part in parts if part)


def duration(seconds: float) -> str:
    """Seconds as people say them: "0.4 s", "35 s", "3 min 5 s", "2 h 10 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
