"""How good predictions are: F1, average precision and loss, over all rows at once and known targets only.

Targets are (n, L): 1 yes, 0 no, -1 not known; what is not known weighs nothing anywhere. 0/0 counts as 0, as
with scikit-learn's `zero_division=0`. Nothing is averaged over batches: all rows of a set make every figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from text_al.types import BoolArray, FloatArray, IntArray, TargetArray

AbsentLabels = Literal["zero", "leave_out"]

_AVERAGES = ("macro", "micro", "sample")
_F1_NAMES = tuple(f"{average}_f1_{rule}" for rule in ("tuned", "at_0.5") for average in _AVERAGES)
_NAMES_BY_SET = {
    "train": ("loss", *_F1_NAMES),
    "val": ("loss", *_F1_NAMES, "macro_average_precision"),
    "test": ("loss", *_F1_NAMES, "macro_average_precision"),
}
METRIC_NAMES: tuple[str, ...] = tuple(
    f"{prefix}_{name}" for prefix, names in _NAMES_BY_SET.items() for name in names
)
"""All flat names that a record may hold: "train_loss", "val_macro_f1_tuned", "test_micro_f1_at_0.5", ..."""

_NAMES_IN_A_NOTE = 5


def lower_is_better(name: str) -> bool:
    """Whether a metric of this name should fall (a loss) and not rise."""
    return name.endswith("_loss")


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
            left out of the mean (and macro is 0.0 where all labels are).

    Raises:
        ValueError: the shapes differ.

    Source: scikit-learn's `f1_score(average="macro" | "micro" | "samples", zero_division=0)`, which it equals
    where all targets are known and `absent_labels` is "zero".
    """
    _check_shapes(targets=targets, predictions=predictions)
    known = targets >= 0
    positive = targets == 1
    predicted = predictions & known
    hit = positive & predicted
    per_label, micro, per_row = (_f1(hit, positive, predicted, axis) for axis in (0, None, 1))
    n_positives = positive.sum(axis=0)
    if absent_labels == "leave_out":
        per_label[(n_positives == 0) & ~predicted.any(axis=0)] = np.nan
    return F1Scores(
        macro=_mean(per_label[~np.isnan(per_label)]),
        micro=float(micro),
        sample=_mean(per_row[known.any(axis=1)]),
        per_label=per_label,
        n_positives=n_positives,
        absent=tuple(np.flatnonzero(n_positives == 0).tolist()),
    )


def average_precision(targets: TargetArray, scores: FloatArray) -> FloatArray:
    """Average precision of each label: how well `scores` rank its positives first, at no threshold.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known.
        scores: (n, L), logits or probabilities; equal scores are ranked together, whatever their order.

    Returns:
        (L,) in (0, 1]; nan for a label without a known positive.

    Raises:
        ValueError: the shapes differ.

    Source: scikit-learn's `average_precision_score`: the sum of (R_k - R_(k-1)) P_k over the distinct scores.
    """
    _check_shapes(targets=targets, scores=scores)
    columns = zip(np.ascontiguousarray(targets.T), np.ascontiguousarray(scores.T), strict=True)
    per_label = [_one_average_precision(column[column >= 0], ranks[column >= 0]) for column, ranks in columns]
    return np.array(per_label, dtype=np.float64)


def macro_average_precision(targets: TargetArray, scores: FloatArray) -> float:
    """The mean of `average_precision` over labels with a known positive, in [0, 1]; 0.0 if none has one."""
    per_label = average_precision(targets, scores)
    return _mean(per_label[~np.isnan(per_label)])


def binary_cross_entropy(targets: TargetArray, logits: FloatArray) -> float:
    """The mean over known targets of -log p(target), in nats; finite for huge logits, 0.0 if none is known.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known.
        logits: (n, L).

    Raises:
        ValueError: the shapes differ.
    """
    _check_shapes(targets=targets, logits=logits)
    known = targets >= 0
    signed = np.where(targets == 1, -logits, logits)[known].astype(np.float64)
    return _mean(np.maximum(signed, 0) + np.log1p(np.exp(-np.abs(signed))))


def sigmoid(logits: FloatArray) -> FloatArray:
    """1 / (1 + exp(-logits)) in float64, without overflow for logits of any size; the shape of `logits`."""
    small = np.exp(-np.abs(logits.astype(np.float64)))
    return np.where(logits >= 0, 1.0, small) / (1.0 + small)


def evaluate(
    targets: TargetArray,
    logits: FloatArray,
    thresholds: FloatArray | None,
    *,
    prefix: str,
    absent_labels: AbsentLabels = "zero",
) -> dict[str, float]:
    """All metrics of one set by their flat names, a subset of `METRIC_NAMES`.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known.
        logits: (n, L), what the head gives.
        thresholds: (L,) in [0, 1]; a label is predicted where sigmoid(logit) >= threshold. None leaves the
            "tuned" names out.
        prefix: "train", "val" or "test"; average precision is made for the latter two.
        absent_labels: what a label without positives counts as; see `f1_scores`.

    Raises:
        ValueError: the shapes differ, or `prefix` is not known.
    """
    if prefix not in _NAMES_BY_SET:
        raise ValueError(f"prefix is {prefix!r}; it must be one of: {', '.join(_NAMES_BY_SET)}")
    _check_shapes(targets=targets, logits=logits)
    probs = sigmoid(logits)
    found = {"loss": binary_cross_entropy(targets, logits)}
    for rule, limits in (("at_0.5", 0.5), ("tuned", thresholds)):
        if limits is not None:
            scores = f1_scores(targets, probs >= limits, absent_labels=absent_labels)
            found |= {f"{average}_f1_{rule}": getattr(scores, average) for average in _AVERAGES}
    if "macro_average_precision" in _NAMES_BY_SET[prefix]:
        # by logits: probabilities of huge logits are equal in float64, and would tie
        found["macro_average_precision"] = macro_average_precision(targets, logits)
    return {f"{prefix}_{name}": found[name] for name in _NAMES_BY_SET[prefix] if name in found}


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


def _one_average_precision(targets: TargetArray, scores: FloatArray) -> float:
    order = np.argsort(-scores)
    hits = np.cumsum(targets[order])
    if len(hits) == 0 or hits[-1] == 0:
        return float("nan")
    ranked = scores[order]
    ends = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    precision = hits[ends] / (ends + 1)
    return float(np.sum(np.diff(hits[ends], prepend=0) * precision) / hits[-1])


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else 0.0


def _check_shapes(**arrays: TargetArray | FloatArray | BoolArray) -> None:
    (first, one), (second, other) = arrays.items()
    if one.ndim != 2 or one.shape != other.shape:
        raise ValueError(f"{first} {one.shape} and {second} {other.shape} must both be (n, L)")
