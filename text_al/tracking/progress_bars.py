"""Progress as one bar that is redrawn: the stage, how far, how fast, how long still, the latest figures."""

from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from text_al.records import EvaluationRecord, RoundRecord
from text_al.tracking.naming import headline
from text_al.tracking.progress_lines import round_words


class _Rate(ProgressColumn):
    """Units a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "", style="progress.data.speed")


class _Latest(ProgressColumn):
    """The latest figures: the only column that gives way, cut at its end, where the terminal is narrow."""

    def render(self, task: Task) -> Text:
        return Text(task.fields["latest"], style="dim", no_wrap=True, overflow="ellipsis")


class Bars:
    """A bar for the stage that runs; a line stays for every finished round and every note.

    Args:
        stream: a terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
            BarColumn(bar_width=16, table_column=Column(no_wrap=True)),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            _Rate(table_column=Column(no_wrap=True)),
            TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
            _Latest(),
            console=Console(file=stream, force_terminal=True),
            transient=True,
        )
        self._task: TaskID | None = None
        self._round = self._loss = self._metric = ""

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:  # noqa: ARG002
        """The round and its size stand before the bar."""
        self._round = f"round {round_number}, {n_labelled:,} labelled: "
        self._loss = self._metric = ""

    def end_round(self, record: RoundRecord) -> None:
        """The bar goes, a line stays."""
        self._end_stage()
        self.note(round_words(record))

    def stage(self, name: str, total: int | None = None) -> None:
        """A new bar instead of the last; without a total it only moves."""
        self._end_stage()
        self._bars.start()
        self._task = self._bars.add_task(f"{self._round}{name}", total=total, latest=self._latest)

    def advance(self, amount: int = 1) -> None:
        """The bar grows."""
        if self._task is not None:
            self._bars.advance(self._task, amount)

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:  # noqa: ARG002
        """The latest loss."""
        self._loss = f"loss {loss:.4f}"
        self._show_latest()

    def evaluation(self, record: EvaluationRecord) -> None:
        """The latest metric."""
        self._metric = headline(record.metrics)
        self._show_latest()

    def note(self, sentence: str) -> None:
        """A line over the bar, which stays."""
        self._bars.console.print(sentence, markup=False, highlight=False)

    def close(self) -> None:
        """The bar goes and the cursor is back."""
        self._end_stage()
        self._bars.stop()

    @property
    def _latest(self) -> str:
        return "  ".join(part for part in (self._loss, self._metric) if part)

    def _show_latest(self) -> None:
        if self._task is not None:
            self._bars.update(self._task, latest=self._latest)

    def _end_stage(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
