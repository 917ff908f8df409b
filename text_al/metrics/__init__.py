"""How good predictions are: F1, average precision, loss and calibration, over all rows at once.

Targets are (n, L): 1 yes, 0 no, -1 not known; what is not known weighs nothing anywhere. 0/0 counts as 0, as
with scikit-learn's `zero_division=0`. Nothing is averaged over batches: all rows of a set make every figure.
"""

from text_al.metrics.calibration import brier_score, classwise_calibration_error, reliability
from text_al.metrics.evaluation import METRIC_NAMES, RULES_BY_SET, evaluate, lower_is_better
from text_al.metrics.f1 import AbsentLabels, F1Scores, absent_labels_note, f1_scores
from text_al.metrics.likelihood import binary_cross_entropy, sigmoid
from text_al.metrics.ranking import average_precision, macro_average_precision

__all__ = [
    "METRIC_NAMES",
    "RULES_BY_SET",
    "AbsentLabels",
    "F1Scores",
    "absent_labels_note",
    "average_precision",
    "binary_cross_entropy",
    "brier_score",
    "classwise_calibration_error",
    "evaluate",
    "f1_scores",
    "lower_is_better",
    "macro_average_precision",
    "reliability",
    "sigmoid",
]
