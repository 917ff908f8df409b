"""TensorBoard from the records: a folder that was rebuilt holds the very points that were written live.

By global step: train/* and val/* of every evaluation. By labelled texts: learning_curve/*, per_label_f1/*,
time/*. By round: pool/*, the texts chosen, and a reliability diagram in calibration/*. Losses between
evaluations are shown by the progress bar only: no record keeps them, so they could not be rebuilt.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from text_al.records import EvaluationRecord, RoundRecord
from text_al.tracking.markdown import queried_table
from text_al.tracking.naming import AVERAGES, label_tags, metric_tag
from text_al.tracking.reliability import HEIGHT, WIDTH, reliability_diagram

Hparam = bool | int | float | str | None

_PICTURES_SHOWN = 10
"""As many pictures of one tag as TensorBoard shows unless told otherwise."""
_CURVES = "learning_curve/(val|test|oof)"
# a run has tuned thresholds or plug-in ones: one chart for both leaves none empty
_THRESHOLDS = {"tuned or plug-in thresholds": "(tuned|plug_in)", "threshold 0.5": "at_0.5"}
_LAYOUT = {
    "Learning curve": {
        **{
            f"{average} F1, {title}": ["Multiline", [rf"{_CURVES}_{average}_f1_{rule}$"]]
            for title, rule in _THRESHOLDS.items()
            for average in AVERAGES
        },
        "macro average precision": ["Multiline", [rf"{_CURVES}_macro_average_precision$"]],
    },
    "Calibration": {
        "Brier score": ["Multiline", [rf"{_CURVES}_brier$"]],
        "classwise calibration error": ["Multiline", [rf"{_CURVES}_classwise_ece$"]],
    },
    "Training": {
        "loss": ["Multiline", [r"^(train|val)/loss$"]],
        "macro F1": ["Multiline", [r"^(train|val)/macro_f1_(tuned|plug_in|at_0.5)$"]],
    },
}


class TensorBoardWriter:
    """Event files of one run.

    On opening, event files of an earlier process are removed and all is written again from `records`: the
    half round of a killed process leaves no points, and none is there twice. Of the pictures, which take
    long, the newest are drawn again, as many as TensorBoard shows.

    Args:
        folder: where event files are; made if it does not exist.
        records: the finished rounds, in order.
        hparams: flat names to values, for the table that compares runs.
        labels: all label names in the run's order, so that their tags never change.
    """

    def __init__(
        self,
        folder: Path,
        records: Sequence[RoundRecord] = (),
        *,
        hparams: Mapping[str, Hparam] | None = None,
        labels: Sequence[str] = (),
    ) -> None:
        from torch.utils.tensorboard import SummaryWriter  # imports torch: only where it is wanted

        for stale in folder.glob("events.out.tfevents.*"):
            stale.unlink()
        # a TensorBoard that is watching forgets the points of the removed files when it reads purge_step
        self._writer = SummaryWriter(str(folder), purge_step=0)
        self._file_writer: Any = self._writer.file_writer
        self._writer.add_custom_scalars(_LAYOUT)
        self._hparams = dict(hparams or {})
        self._labels = tuple(labels)
        self._evaluated: set[tuple[int, int]] = set()
        self._measured: set[int] = set()
        self._session_end: Any = None
        for before_last, record in zip(range(len(records) - 1, -1, -1), records, strict=True):
            self._end_round(record, draw=before_last < _PICTURES_SHOWN)

    def evaluation(self, record: EvaluationRecord) -> None:
        """The points of one evaluation, by global step; an evaluation that is there already is left alone."""
        key = (record.round, record.global_step)
        if key in self._evaluated:
            return
        self._evaluated.add(key)
        for name, value in record.metrics.items():
            self._writer.add_scalar(metric_tag(name), value, record.global_step)
        self._writer.add_scalar("train/learning_rate", record.learning_rate, record.global_step)
        self._writer.flush()

    def end_round(self, record: RoundRecord) -> None:
        """The points and the picture of one round, and the points of its evaluations that are missing."""
        self._end_round(record, draw=True)

    def finish(self) -> None:
        """Marks the run as done in the table of hparams, if it has a round; more than once is once."""
        if self._session_end is not None:
            self._file_writer.add_summary(self._session_end)

    def close(self) -> None:
        """Writes what is left and closes the event file."""
        self._writer.close()

    def _end_round(self, record: RoundRecord, *, draw: bool) -> None:
        for evaluation in record.evaluations:
            self.evaluation(evaluation)
        if record.round not in self._measured:  # one whose texts were all skipped chooses again
            self._measured.add(record.round)
            self._measure(record)
            if draw and record.reliability:
                self._draw(record)
        if record.queried:
            self._writer.add_text("queried/round", queried_table(record), record.round)
        if self._session_end is None:
            self._write_hparams(record)
        if record.finished:
            self.finish()
        self._writer.flush()

    def _measure(self, record: RoundRecord) -> None:
        for tag, value in _points_by_labels(record, self._labels).items():
            self._writer.add_scalar(tag, value, record.n_labelled)
        for name in ("n_labelled", "n_pool", "n_skipped"):
            self._writer.add_scalar(f"pool/{name}", getattr(record, name), record.round)

    def _draw(self, record: RoundRecord) -> None:
        # add_image would decode and encode the picture again, and add_figure would import pyplot
        from tensorboard.compat.proto.summary_pb2 import Summary

        picture = Summary.Image(
            height=HEIGHT, width=WIDTH, colorspace=4, encoded_image_string=reliability_diagram(record)
        )
        value = Summary.Value(tag="calibration/reliability", image=picture)
        self._file_writer.add_summary(Summary(value=[value]), record.round)

    def _write_hparams(self, record: RoundRecord) -> None:
        # add_hparams would make a sub-run named by the time; the run's own file takes the same summaries
        from torch.utils.tensorboard import summary

        make: Any = summary.hparams
        experiment, session_start, self._session_end = make(self._hparams, _curve_points(record))
        self._file_writer.add_summary(experiment)
        self._file_writer.add_summary(session_start)


def _curve_points(record: RoundRecord) -> dict[str, float]:
    sets = ("val_", "test_", "oof_")
    return {
        f"learning_curve/{name}": value for name, value in record.metrics.items() if name.startswith(sets)
    }


def _points_by_labels(record: RoundRecord, labels: Sequence[str]) -> dict[str, float]:
    """Tags to values; a label that was left out of macro-F1 (nan) has no point."""
    tags = label_tags([*labels, *(name for name in record.per_label_f1 if name not in labels)])
    per_label = {
        f"per_label_f1/{tags[name]}": f1 for name, f1 in record.per_label_f1.items() if not math.isnan(f1)
    }
    times = {f"time/{stage}_seconds": seconds for stage, seconds in record.seconds.items()}
    return {**_curve_points(record), **per_label, **times}
