"""F1 of predictions: macro, micro, sample and per label, and what absent labels count as."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from text_al.metrics.arrays import check_shapes, mean_or_zero
from text_al.types import BoolArray, FloatArray, IntArray, TargetArray

AbsentLabels = Literal["zero", "leave_out"]

_NAMES_IN_A_NOTE = 5


@dataclass(frozen=True, eq=False)
class F1Scores:
    """F1 of one set of predictions.

    Attributes:
        macro: the mean over the labels, in [0, 1].
        micro: over all known cells at once, in [0, 1].
        sample: the mean over the rows with a known target, in [0, 1].
        per_label: (L,) in [0, 1]; nan where a label was left out of macro.
        n_positives: (L,) known positives of each label.
        absent: the labels (indices) without a known positive.
    """

    macro: float
    micro: float
    sample: float
    per_label: FloatArray
    n_positives: IntArray
    absent: tuple[int, ...]


def f1_scores(
    targets: TargetArray, predictions: BoolArray, *, absent_labels: AbsentLabels = "zero"
) -> F1Scores:
    """Macro, micro and sample F1 over known targets; 0.0 where there is nothing to count.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known.
        predictions: (n, L), True where a label is predicted.
        absent_labels: what a label without a known positive counts as in macro. "zero": 0, whether it is
            predicted or not, as in scikit-learn. "leave_out": 0 if it is predicted for a known target, else
            left out of the mean (and macro is 0.0 where all labels are). A label of which nothing is known is
            left out in either case.

    Raises:
        ValueError: the shapes differ.

    Source: scikit-learn's `f1_score(average="macro" | "micro" | "samples", zero_division=0)`, which it equals
    where all targets are known and `absent_labels` is "zero".
    """
    check_shapes(targets=targets, predictions=predictions)
    known = targets >= 0
    positive = targets == 1
    predicted = predictions & known
    hit = positive & predicted
    per_label, micro, per_row = (_f1(hit, positive, predicted, axis) for axis in (0, None, 1))
    n_positives = positive.sum(axis=0)
    per_label[~known.any(axis=0)] = np.nan
    if absent_labels == "leave_out":
        per_label[(n_positives == 0) & ~predicted.any(axis=0)] = np.nan
    return F1Scores(
        macro=mean_or_zero(per_label[~np.isnan(per_label)]),
        micro=float(micro),
        sample=mean_or_zero(per_row[known.any(axis=1)]),
        per_label=per_label,
        n_positives=n_positives,
        absent=tuple(np.flatnonzero(n_positives == 0).tolist()),
    )


def absent_labels_note(names: Sequence[str], scores: F1Scores, absent_labels: AbsentLabels) -> str | None:
    """A sentence on what macro-F1 did with labels without positives, or None where every label has one.

    Args:
        names: (L,) the labels' names.
        scores: what `f1_scores` gave.
        absent_labels: the setting it was given.
    """
    if not scores.absent:
        return None
    left_out = [names[i] for i in scores.absent if np.isnan(scores.per_label[i])]
    as_zero = [names[i] for i in scores.absent if not np.isnan(scores.per_label[i])]
    if absent_labels == "zero":
        return f"macro-F1 counts {_labels(as_zero)} as 0"
    parts = [f"leaves out {_labels(left_out)}"] if left_out else []
    parts += [f"counts {_labels(as_zero)} but with predictions as 0"] if as_zero else []
    return "macro-F1 " + " and ".join(parts)


def _labels(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_IN_A_NOTE])
    more = f" and {len(names) - _NAMES_IN_A_NOTE} more" if len(names) > _NAMES_IN_A_NOTE else ""
    return f"{len(names)} label{'s' if len(names) > 1 else ''} without positives ({shown}{more})"


def _f1(hit: BoolArray, positive: BoolArray, predicted: BoolArray, axis: int | None) -> FloatArray:
    """2 hits / (positives + predicted) along an axis; 0 where both are 0."""
    found = np.asarray(positive.sum(axis=axis) + predicted.sum(axis=axis), dtype=np.float64)
    return np.asarray(2.0 * hit.sum(axis=axis) / np.maximum(found, 1.0))
