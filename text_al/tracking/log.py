"""info.log: the run as plain text, a line an evaluation and a block a round, for reading and for grep."""

import logging
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from text_al.records import EvaluationRecord, RoundRecord
from text_al.tracking.naming import AVERAGES, RULE_WORDS, RULES, SET_WORDS, Rule, best_rule, f1_name
from text_al.tracking.whys import said

LOGGER = logging.getLogger("text_al")

_WIDTH = 110


class InfoLog:
    """Appends to one file through the logger "text_al" while it is open; the root logger is not touched.

    Args:
        path: the file; made if it does not exist. Its folder must exist.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._handler = logging.FileHandler(path, encoding="utf-8")
        self._handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%Y-%m-%d %H:%M:%S"))
        self._level_before = LOGGER.level
        LOGGER.addHandler(self._handler)
        LOGGER.setLevel(logging.INFO)
        self._sizes = ""
        self._best_epoch = 0.0

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:
        """A round begins; its sizes stand in every line of its evaluations."""
        self._sizes = f"training set {n_labelled}  query pool {n_pool}"
        self._best_epoch = 0.0
        LOGGER.info("round %d begins  %s", round_number, self._sizes)

    def evaluation(self, record: EvaluationRecord) -> None:
        """One line: where the fit is, loss and F1 on the training and the validation set, and the sizes."""
        self._best_epoch = record.epoch if record.is_best else self._best_epoch
        place = f"round {record.round}  epoch {record.epoch:g}  step {record.step}"
        ends = f"{self._sizes}  best epoch {self._best_epoch:g}  {record.seconds:.1f} s"
        LOGGER.info("  ".join([place, *_evaluation_figures(record.metrics), ends]))

    def end_round(self, record: RoundRecord) -> None:
        """A block: what the fit came to on every set, at which thresholds, and what was chosen."""
        LOGGER.info("\n    ".join(_block(record)))

    def note(self, sentence: str) -> None:
        """A sentence as it is."""
        LOGGER.info("%s", sentence)

    def close(self) -> None:
        """Closes the file and gives the logger back as it was."""
        LOGGER.removeHandler(self._handler)
        LOGGER.setLevel(self._level_before)
        self._handler.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _evaluation_figures(metrics: Mapping[str, float]) -> list[str]:
    sets = {"train": "", "val": "val_"}
    found = [_figures(metrics, prefix, shown, best_rule(prefix, [metrics])) for prefix, shown in sets.items()]
    return [figures for figures in found if figures]


def _figures(metrics: Mapping[str, float], prefix: str, shown: str, rule: Rule | None) -> str:
    """Loss and F1 of one set, such as "val_loss 0.3021  val_macro_f1 0.5123  ... (tuned)"."""
    words = [f"{shown}loss {metrics[f'{prefix}_loss']:.4f}"] if f"{prefix}_loss" in metrics else []
    if rule:
        words += [
            f"{shown}{average}_f1 {metrics[f1_name(prefix, average, rule)]:.4f}" for average in AVERAGES
        ]
        words.append(f"({RULE_WORDS[rule]})")
    return "  ".join(words)


def _at_no_threshold(metrics: Mapping[str, float], prefix: str) -> list[str]:
    """A line on ranking and calibration, where the set has them."""
    names = [f"{prefix}_{name}" for name in ("macro_average_precision", "brier", "classwise_ece")]
    found = [f"{name} {metrics[name]:.4f}" for name in names if name in metrics]
    return ["  ".join(found)] if found else []


def _block(record: RoundRecord) -> list[str]:
    lines = [_headline(record)]
    for prefix in ("train", "val", "test", "oof"):
        measured = [rule for rule in RULES if f1_name(prefix, "macro", rule) in record.metrics]
        lines += [_figures(record.metrics, prefix, f"{prefix}_", rule) for rule in measured]
        lines += _at_no_threshold(record.metrics, prefix)
    at = RULE_WORDS[record.threshold_rule]
    if record.per_label_f1:
        lines += _wrapped(f"F1 of each label {SET_WORDS[record.per_label_set]} ({at})", record.per_label_f1)
    lines += _wrapped(f"thresholds ({at})", record.thresholds)
    lines += _wrapped("seconds", record.seconds)
    lines += _queried(record)
    lines += [f"note: {note}" for note in record.notes]
    return lines + ([f"the run ends: {record.finished}"] if record.finished else [])


def _headline(record: RoundRecord) -> str:
    early = ", stopped early" if record.stopped_early else ""
    return (
        f"round {record.round} ends  training set {record.n_labelled}  query pool {record.n_pool}  "
        f"skipped {record.n_skipped}  steps {record.steps}  best epoch {record.best_epoch:g}{early}"
    )


def _wrapped(name: str, values: Mapping[str, float]) -> list[str]:
    text = f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in values.items())
    return textwrap.wrap(
        text, _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def _queried(record: RoundRecord) -> list[str]:
    if not record.queried:
        return []
    title = f"{len(record.queried)} texts chosen by {record.strategy}, asked for as {record.request_id}:"
    rows = []
    for text in record.queried:
        score = "" if text.score is None else f"  score {text.score:.6g}"
        rows.append(f"    {text.id}{score}  {text.reason}{said(text)}")
    return [title, *rows]
