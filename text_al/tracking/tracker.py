"""All that a run writes for people, behind one reporter: the loop tells it what happens, once."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from text_al.records import EvaluationRecord, RoundRecord
from text_al.tracking.curve import learning_curve
from text_al.tracking.log import InfoLog
from text_al.tracking.progress import Progress
from text_al.tracking.records import rewrite_jsonl
from text_al.tracking.table import summary_table
from text_al.tracking.tensorboard import Hparam, TensorBoardWriter


class Tracker:
    """Keeps info.log, rounds.jsonl, tensorboard/ and learning_curve.png of a run; a `reporting.Reporter`.

    The records are the truth: on opening, rounds.jsonl and tensorboard/ are written again from them, so that
    what a killed process left half written is gone. info.log is only ever appended to.

    Args:
        folder: the run's folder; it must exist.
        labels: all label names, in the run's order.
        tensorboard: whether to write tensorboard/, which imports torch.
        progress: what the person who watches sees; closed with the tracker.
        hparams: flat names to values, for TensorBoard's table that compares runs.
        records: the finished rounds of the run, in order.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        labels: Sequence[str],
        tensorboard: bool,
        progress: Progress,
        hparams: Mapping[str, Hparam],
        records: Sequence[RoundRecord] = (),
    ) -> None:
        self._folder = folder
        self._progress = progress
        with ExitStack() as opened:
            opened.callback(progress.close)
            self._log = opened.enter_context(InfoLog(folder / "info.log"))
            self._board: TensorBoardWriter | None = None
            if tensorboard:
                self._board = TensorBoardWriter(
                    folder / "tensorboard", records, hparams=hparams, labels=labels
                )
                opened.callback(self._board.close)
            rewrite_jsonl(folder / "rounds.jsonl", records)
            self._opened = opened.pop_all()

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:
        """A round begins with so many texts in the training set and so many open in the pool."""
        self._log.begin_round(round_number, n_labelled, n_pool)
        self._progress.begin_round(round_number, n_labelled, n_pool)

    def end_round(self, record: RoundRecord, all_records: Sequence[RoundRecord]) -> None:
        """A round is done and kept.

        Args:
            record: the round.
            all_records: all rounds of the run in order, this one included.

        Raises:
            OSError: the folder cannot be written.
        """
        self._rewrite(all_records)
        self._log.end_round(record)
        if self._board:
            self._board.end_round(record)
        self._progress.end_round(record)

    def finish(self, records: Sequence[RoundRecord], reason: str) -> None:
        """The run is done.

        Args:
            records: all rounds of the run, in order.
            reason: why it ended, in a sentence.

        Raises:
            OSError: the folder cannot be written.
        """
        self._rewrite(records)
        self._log.note(f"finished: {reason}\n{summary_table(records)}")
        if self._board:
            self._board.finish()
        self._progress.note(f"finished: {reason}")

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins; only progress shows it."""
        self._progress.stage(name, total)

    def advance(self, amount: int = 1) -> None:
        """So many units of the stage are done; only progress shows it."""
        self._progress.advance(amount)

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:
        """A loss between evaluations; only progress shows it, as no record keeps it."""
        self._progress.train_loss(global_step, loss, learning_rate)

    def evaluation(self, record: EvaluationRecord) -> None:
        """An evaluation is done: a line in the log, points in TensorBoard, the latest figure of the bar."""
        self._log.evaluation(record)
        if self._board:
            self._board.evaluation(record)
        self._progress.evaluation(record)

    def note(self, sentence: str) -> None:
        """A sentence for the log and for who is watching."""
        self._log.note(sentence)
        self._progress.note(sentence)

    def close(self) -> None:
        """Closes all; more than once is once."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rewrite(self, records: Sequence[RoundRecord]) -> None:
        rewrite_jsonl(self._folder / "rounds.jsonl", records)
        learning_curve(records, self._folder / "learning_curve.png", title=self._folder.name)
