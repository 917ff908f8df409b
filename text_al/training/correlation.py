"""What the other labels of a text say of each label: kept only where it ranks texts better.

Off by default: with 50 to 1,000 labels of NLU++ and GoEmotions it never gained a point (docs/learner.md).
"""

from dataclasses import dataclass

import numpy as np

from text_al import metrics
from text_al.training.crossfit import out_of_fold
from text_al.training.label_prior import FOLDS, ahead
from text_al.training.linear_head import LinearHead, fit_linear_head
from text_al.types import BoolArray, FloatArray, TargetArray

C = 0.01
"""The inverse penalty: what is learned stays near each label's own logit."""


@dataclass(frozen=True)
class Correlation:
    """logits of labels from the logits of all labels.

    Attributes:
        mixing: a head on L logits.
    """

    mixing: LinearHead

    def apply(self, logits: FloatArray) -> FloatArray:
        """(n, L) logits in which the other labels have their say."""
        return self.mixing.logits(logits)

    def onto(self, head: LinearHead) -> LinearHead:
        """The head that gives these logits; also for T heads of L labels."""
        n_labels, n_heads = len(self.mixing.bias), len(head.bias) // len(self.mixing.bias)
        weights = head.weights.reshape(n_heads, n_labels, -1)
        mixed = np.einsum("kl,tld->tkd", self.mixing.weights, weights).reshape(head.weights.shape)
        return LinearHead(mixed, self.mixing.logits(head.bias.reshape(n_heads, n_labels)).ravel())


def fit_correlation(
    logits: FloatArray, targets: TargetArray, rng: np.random.Generator
) -> tuple[Correlation, FloatArray] | None:
    """The correlation, and logits (n, L) of texts it had not seen, if these are ranked better; else None.

    Args:
        logits: (n, L) calibrated, by models that had not seen these texts.
        targets: (n, L) int8; -1 is left out.
        rng: draws the folds.

    Source: Godbole and Sarawagi (2004), Discriminative Methods for Multi-labeled Classification: the labels'
    own scores are features of a second classifier.
    """
    n = len(targets)
    if n < 2 * FOLDS or not (targets == 1).any():
        return None

    def predict(left_out: BoolArray) -> FloatArray:
        return _fit(logits[~left_out], targets[~left_out]).logits(logits[left_out])

    mixed = out_of_fold(predict, n, n_folds=FOLDS, rng=rng)
    found = np.array([metrics.average_precision(targets, said) for said in (logits, mixed)])
    return (Correlation(_fit(logits, targets)), mixed) if ahead(found) == 1 else None


def _fit(logits: FloatArray, targets: TargetArray) -> LinearHead:
    spread = float(logits.std()) or 1.0
    prior = spread * np.eye(targets.shape[1])
    return fit_linear_head(logits / spread, targets, prior=prior, c=C).scaled(1 / spread)
