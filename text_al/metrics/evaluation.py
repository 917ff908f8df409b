"""All metrics of a set by flat names, such as "val_macro_f1_tuned": set, metric, and at which thresholds.

Sets are the training texts as they were seen, "val", "test", and "oof", out of fold: the texts learned from,
each scored by a model that had not seen it. Thresholds are "tuned" on the validation set, "plug_in" (by the
pool's probabilities, where there is no validation set), or 0.5 for every label.
"""

from collections.abc import Mapping

from text_al.metrics.arrays import check_shapes
from text_al.metrics.calibration import brier_score, classwise_calibration_error
from text_al.metrics.f1 import AbsentLabels, f1_scores
from text_al.metrics.likelihood import binary_cross_entropy, sigmoid
from text_al.metrics.ranking import macro_average_precision
from text_al.records import ThresholdRule
from text_al.types import FloatArray, TargetArray

RULES_BY_SET: Mapping[str, tuple[ThresholdRule, ...]] = {
    "train": ("tuned", "plug_in"),
    "val": ("tuned",),
    "test": ("tuned", "plug_in"),
    "oof": ("plug_in",),
}
"""Each set, and the rules by which thresholds may have been chosen that its F1 is measured at, beside 0.5."""

_AVERAGES = ("macro", "micro", "sample")
_AT_NO_THRESHOLD = ("macro_average_precision", "brier", "classwise_ece")


def _names(prefix: str) -> tuple[str, ...]:
    rules = (*RULES_BY_SET[prefix], "at_0.5")
    f1_names = [f"{average}_f1_{rule}" for rule in rules for average in _AVERAGES]
    return ("loss", *f1_names, *(() if prefix == "train" else _AT_NO_THRESHOLD))


METRIC_NAMES: tuple[str, ...] = tuple(
    f"{prefix}_{name}" for prefix in RULES_BY_SET for name in _names(prefix)
)
"""All flat names that a record may hold: "train_loss", "val_macro_f1_tuned", "oof_macro_f1_plug_in", ..."""


def lower_is_better(name: str) -> bool:
    """Whether a metric of this name should fall (a loss, or an error of calibration) and not rise."""
    return name.endswith(("_loss", "_brier", "_classwise_ece"))


def evaluate(
    targets: TargetArray,
    logits: FloatArray,
    thresholds: FloatArray | None,
    *,
    prefix: str,
    rule: ThresholdRule = "tuned",
    absent_labels: AbsentLabels = "zero",
) -> dict[str, float]:
    """All metrics of one set by their flat names, a subset of `METRIC_NAMES`.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known.
        logits: (n, L), what the head gives.
        thresholds: (L,) in [0, 1]; a label is predicted where sigmoid(logit) >= threshold. None leaves the
            names of `rule` out.
        prefix: "train", "val", "test" or "oof"; for the training texts only losses and F1 are made.
        rule: how `thresholds` were chosen, one of the set's in `RULES_BY_SET`.
        absent_labels: what a label without positives counts as; see `f1_scores`.

    Raises:
        ValueError: the shapes differ, `prefix` is not known, or its set has no names for `rule`.
    """
    if prefix not in RULES_BY_SET:
        raise ValueError(f"prefix is {prefix!r}; it must be one of: {', '.join(RULES_BY_SET)}")
    if thresholds is not None and rule not in RULES_BY_SET[prefix]:
        rules = " and ".join(RULES_BY_SET[prefix])
        raise ValueError(f"rule is {rule!r}; '{prefix}' is measured at thresholds that are {rules}")
    check_shapes(targets=targets, logits=logits)
    probs = sigmoid(logits)
    found = {"loss": binary_cross_entropy(targets, logits)}
    for name, limits in (("at_0.5", 0.5), (rule, thresholds)):
        if limits is not None:
            scores = f1_scores(targets, probs >= limits, absent_labels=absent_labels)
            found |= {f"{average}_f1_{name}": getattr(scores, average) for average in _AVERAGES}
    if prefix != "train":
        found |= _at_no_threshold(targets, logits, probs)
    return {f"{prefix}_{name}": found[name] for name in _names(prefix) if name in found}


def _at_no_threshold(targets: TargetArray, logits: FloatArray, probs: FloatArray) -> dict[str, float]:
    return {
        # by logits: probabilities of huge logits are equal in float64, and would tie
        "macro_average_precision": macro_average_precision(targets, logits),
        "brier": brier_score(targets, probs),
        "classwise_ece": classwise_calibration_error(targets, probs),
    }
