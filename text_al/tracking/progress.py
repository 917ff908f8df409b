"""What goes on, while it goes on, for somebody who is watching: bars in a terminal, plain lines elsewhere."""

import os
import sys
from typing import Literal, Protocol, TextIO

from text_al.records import EvaluationRecord, RoundRecord
from text_al.reporting import Reporter, Silent
from text_al.tracking.progress_lines import Lines

Mode = Literal["auto", "bars", "lines", "none"]


class View(Reporter, Protocol):
    """A reporter that also hears of rounds, and is closed."""

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:
        """A round begins."""
        ...

    def end_round(self, record: RoundRecord) -> None:
        """A round is done."""
        ...

    def close(self) -> None:
        """Nothing more will come."""
        ...


class Nothing(Silent):
    """A view that shows nothing."""

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:
        """Nothing."""

    def end_round(self, record: RoundRecord) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Progress:
    """Shows progress on a stream; a `reporting.Reporter`.

    Args:
        mode: "bars", "lines", "none", or "auto": bars in a terminal that redraws, else lines.
        stream: where to; None is standard error, which leaves standard output to results.
    """

    def __init__(self, mode: Mode = "auto", stream: TextIO | None = None) -> None:
        self._view = _view(mode, stream or sys.stderr)

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:
        """A round begins."""
        self._view.begin_round(round_number, n_labelled, n_pool)

    def end_round(self, record: RoundRecord) -> None:
        """A round is done."""
        self._view.end_round(record)

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins; None and 0 are totals too."""
        self._view.stage(name, total)

    def advance(self, amount: int = 1) -> None:
        """So many units of the stage are done."""
        self._view.advance(amount)

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:
        """The loss to show until the next."""
        self._view.train_loss(global_step, loss, learning_rate)

    def evaluation(self, record: EvaluationRecord) -> None:
        """The metric to show until the next."""
        self._view.evaluation(record)

    def note(self, sentence: str) -> None:
        """A sentence that stays on the screen."""
        self._view.note(sentence)

    def close(self) -> None:
        """Takes the bars away and gives the cursor back; more than once is once."""
        self._view.close()


def _view(mode: Mode, stream: TextIO) -> View:
    if mode == "none":
        return Nothing()
    can_redraw = stream.isatty() and os.environ.get("TERM") != "dumb"
    if mode == "bars" or (mode == "auto" and can_redraw):
        from text_al.tracking.progress_bars import Bars  # imports rich: only where bars are drawn

        return Bars(stream)
    return Lines(stream)
