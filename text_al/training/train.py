"""The trainer alone: texts and labels in, a model out; no pool, no rounds, no files."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from text_al.metrics import AbsentLabels
from text_al.registry import did_you_mean
from text_al.reporting import Reporter, Silent
from text_al.training.base import check_learnable
from text_al.training.learners import LEARNERS
from text_al.training.model import Model, TextList
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.types import Label, LabelledTexts, TargetArray

Names = Sequence[str] | Mapping[str, bool | int]
"""Of one text: the names of its labels, all others being no; or names to 1, 0, or -1 for not known."""


def train(
    texts: Sequence[str],
    labels: Sequence[Names],
    *,
    validation: tuple[Sequence[str], Sequence[Names]] | None = None,
    label_names: Sequence[str] | None = None,
    learner: Literal["finetuned", "linear", "auto", "knn", "tfidf"] = "finetuned",
    encoder: EncoderSettings | None = None,
    training: TrainingSettings | None = None,
    compute: ComputeSettings | None = None,
    seed: int = 0,
    absent_labels: AbsentLabels = "zero",
    reporter: Reporter | None = None,
) -> Model:
    """Trains a multilabel classifier on labelled texts.

    Args:
        texts: n texts.
        labels: n label lists (an empty one is a text with no label), or mappings of names to 1, 0 or -1 (not
            known).
        validation: texts and labels for early stopping and thresholds; without, the whole schedule is
            trained, and thresholds are found by what models make of texts they have not seen.
        label_names: all L names in order; None takes those that occur, sorted.
        learner: "finetuned"; "linear", which leaves the encoder as it is; "auto", the better of the two;
            "knn", the votes of the nearest texts; or "tfidf", which needs no encoder.
        encoder: which encoder, for all but "tfidf".
        training: how it is trained, for "finetuned".
        compute: where, and how precisely, for all but "tfidf".
        seed: the same seed gives the same model on the same machine with the same number of threads.
        absent_labels: how macro-F1 counts labels without positives.
        reporter: hears what goes on.

    Raises:
        ValueError: texts and labels differ in number, a label is not among `label_names` or is named there
            twice, or a value is not 1, 0 or -1.
        TypeError: a text is no str, or a label list is a str.
        TrainingError: there is nothing to learn from, or no such encoder.

    Example:
        >>> from text_al import train
        >>> model = train(["so happy", "so sad", "happy", "sad"], [["joy"], [], ["joy"], []], learner="tfidf")
        >>> model.predict_proba(["happy"]).shape
        (1, 1)
    """
    names = tuple(label_names) if label_names is not None else _names_of(labels, validation)
    source = TextList(texts)
    checked = (
        None if validation is None else LabelledTexts(TextList(validation[0]), targets_of(*validation, names))
    )
    targets = targets_of(texts, labels, names)
    check_learnable(targets)
    made = LEARNERS.entry(learner).build(
        {},
        pool=source,
        labels=[Label(name) for name in names],
        encoder=encoder,
        training=training,
        compute=compute,
        seed=seed,
        absent_labels=absent_labels,
    )
    rows, heard = np.arange(len(source)), reporter or Silent()
    report = made.fit(rows, targets, checked, round_number=1, global_step=0, reporter=heard)
    return Model([Label(name) for name in names], report.thresholds, made)


def targets_of(texts: Sequence[str], labels: Sequence[Names], names: Sequence[str]) -> TargetArray:
    """(n, L) int8 targets of n label lists or mappings.

    Raises:
        ValueError: the numbers differ, a label is not among `names` or is there twice, or a value is not 1, 0
            or -1; says which text.
        TypeError: a label list is a str.
    """
    if len(texts) != len(labels):
        raise ValueError(f"there are {len(texts)} texts but {len(labels)} label lists; give one list a text")
    column = {name: place for place, name in enumerate(names)}
    if len(column) < len(names):
        raise ValueError(f"a label is named twice among {list(names)}; name each once")
    targets = np.zeros((len(labels), len(names)), dtype=np.int8)
    for row, found in enumerate(labels):
        targets[row] = -1 if isinstance(found, Mapping) else 0
        for name, value in _values(row, found).items():
            if name not in column:
                raise ValueError(f"text {row} has the label {name!r}. {did_you_mean(name, names)}")
            if value not in (1, 0, -1):
                raise ValueError(f"text {row} has {value!r} for {name!r}; write 1, 0, or -1 for not known")
            targets[row, column[name]] = int(value)
    return targets


def _values(row: int, found: Names) -> Mapping[str, bool | int]:
    if isinstance(found, str):
        raise TypeError(f"the labels of text {row} are the text {found!r}; put them in a list")
    return found if isinstance(found, Mapping) else dict.fromkeys(found, 1)


def _names_of(
    labels: Sequence[Names], validation: tuple[Sequence[str], Sequence[Names]] | None
) -> tuple[str, ...]:
    lists = [*labels, *(validation[1] if validation else ())]
    return tuple(sorted({str(name) for found in lists for name in found}))
