"""What a fitted model's logits are worth: calibrated, cut at thresholds, and measured.

With a validation set the thresholds are tuned on it. Without one nothing is lost but certainty: the model's
logits of texts it has not seen (out of fold) calibrate it, and the pool's probabilities say where to cut.
"""

from dataclasses import dataclass

import numpy as np

from text_al.metrics import sigmoid
from text_al.records import ThresholdRule
from text_al.training.calibration import Calibration, fit_calibration
from text_al.training.correlation import Correlation, fit_correlation
from text_al.training.linear_head import LinearHead
from text_al.training.plug_in import plug_in_thresholds
from text_al.training.samples import spread
from text_al.training.thresholds import rates, tune_thresholds
from text_al.types import FloatArray, IntArray, TargetArray

SAMPLE = 4_000
"""Texts of the pool that thresholds are found on."""
ENOUGH = 200
"""With fewer texts of the pool, those that are labelled count too."""


@dataclass(frozen=True)
class Verdict:
    """How a model's logits are read.

    Attributes:
        calibration: of its logits.
        thresholds: (L,) of its calibrated probabilities.
        rule: how they were chosen.
        out_of_fold_logits: (n, L) calibrated, of what it learned from; None with a validation set.
        correlation: what the other labels say of each, after the calibration; None: nothing.
    """

    calibration: Calibration
    thresholds: FloatArray
    rule: ThresholdRule
    out_of_fold_logits: FloatArray | None = None
    correlation: Correlation | None = None

    def onto(self, head: LinearHead) -> LinearHead:
        """The head that gives the logits which the thresholds are for."""
        calibrated = self.calibration.onto(head)
        return calibrated if self.correlation is None else self.correlation.onto(calibrated)


def by_validation(logits: FloatArray, targets: TargetArray) -> Verdict:
    """By a validation set's logits and targets (n, L); they are not calibrated."""
    return Verdict(
        Calibration.none(targets.shape[1]), tune_thresholds(targets, sigmoid(logits)), rule="tuned"
    )


def by_pool(
    out_of_fold: FloatArray | None,
    targets: TargetArray,
    pool: FloatArray,
    *,
    correlate: np.random.Generator | None = None,
) -> Verdict:
    """By logits out of fold, and logits of texts of the pool.

    Args:
        out_of_fold: (n, L) of the texts that the model learned from, by models that had not seen them; None
            where there are none, and the logits stay as they are.
        targets: (n, L) of these; -1 is left out.
        pool: (m, L) the model's logits of texts without labels.
        correlate: draws folds, to find out whether labels tell of each other; None does not try.
    """
    if out_of_fold is None:
        thresholds = plug_in_thresholds(sigmoid(pool), rates(targets))
        return Verdict(Calibration.none(targets.shape[1]), thresholds, "plug_in")
    calibration = fit_calibration(out_of_fold, targets)
    said, others = calibration.apply(out_of_fold), calibration.apply(pool)
    correlation, found = None, None if correlate is None else fit_correlation(said, targets, correlate)
    if found is not None:
        correlation, said = found
        others = correlation.apply(others)
    open_texts = sigmoid(others)
    probs = open_texts if len(pool) >= ENOUGH else np.concatenate([open_texts, sigmoid(said)])
    return Verdict(calibration, plug_in_thresholds(probs, rates(targets)), "plug_in", said, correlation)


def open_sample(n: int, labelled: IntArray) -> IntArray:
    """At most `SAMPLE` of n rows that are not labelled, at even distances."""
    rows = np.setdiff1d(spread(n, SAMPLE + len(labelled)), labelled)
    return np.asarray(rows[spread(len(rows), SAMPLE)])
