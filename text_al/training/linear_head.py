"""A convex one-vs-rest logistic head on fixed features: fast, and the same answer from any start."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.training.axes import own_axes
from text_al.training.newton import Problem, minimise
from text_al.types import FloatArray, IntArray, TargetArray

CELLS = 2**20
"""Texts and features times labels that are solved for together; some twenty arrays of so many numbers."""


@dataclass(frozen=True)
class LinearHead:
    """logits = features @ weights.T + bias.

    Attributes:
        weights: (L, D).
        bias: (L,).
    """

    weights: FloatArray
    bias: FloatArray

    def logits(self, features: Any) -> FloatArray:
        """(n, L) for features (n, D), dense or scipy sparse."""
        return np.asarray(features @ self.weights.T) + self.bias

    def scaled(self, scale: float) -> "LinearHead":
        """The head that gives on features what this one gives on features times `scale`."""
        return LinearHead(self.weights * scale, self.bias)

    def in_float32(self) -> "LinearHead":
        """The same in float32: half the time, and exact enough to score with."""
        return LinearHead(self.weights.astype(np.float32), self.bias.astype(np.float32))


def rate_log_odds(targets: TargetArray, weights: FloatArray | None = None) -> FloatArray:
    """(L,) log-odds of each label's rate among its known targets, smoothed by half a text on either side.

    A label of which nothing is known, such as one that was just added, has the rate of all labels together.

    Args:
        targets: (n, L) int8; -1 is left out.
        weights: (n, L) >= 0, as how many texts each counts; None: as one.
    """
    counted: FloatArray = np.ones(targets.shape) if weights is None else weights
    positives = (counted * (targets == 1)).sum(axis=0)
    negatives = (counted * (targets == 0)).sum(axis=0)
    is_known = positives + negatives > 0
    positives = np.where(is_known, positives, positives.sum() / max(1, is_known.sum()))
    negatives = np.where(is_known, negatives, negatives.sum() / max(1, is_known.sum()))
    return np.asarray(np.log((positives + 0.5) / (negatives + 0.5)))


def fit_linear_head(
    features: Any,
    targets: TargetArray,
    *,
    weights: FloatArray | None = None,
    prior: FloatArray | None = None,
    c: float = 10.0,
    tolerance: float = 1e-7,
) -> LinearHead:
    """Minimises, per label, `c * sum of weighted BCE over known targets + 1/2 ||w - prior||^2`; free bias.

    Without a prior this is scikit-learn's LogisticRegression(C=c) with a sample weight, one label at a time,
    solved for many labels at once. A label without known positives or without known negatives that weigh
    something has no finite optimum for its free bias: it keeps the prior's weights, and the bias at which its
    mean logit is the smoothed log-odds of its rate.

    Args:
        features: (n, D) dense, or a scipy sparse matrix.
        targets: (n, L) int8; -1 weighs nothing.
        weights: (n,) or (n, L), finite and >= 0: what each text, or each of its targets, weighs; None: 1.
        prior: (L, D) the weights before anything is learned; None: zeros.
        c: the inverse of the penalty; larger fits closer.
        tolerance: a label is solved when a Newton step promises to lower sum + penalty / c by less; what is
            left is below 1e-5 in any probability for c up to 100 (features of length 4).

    Returns:
        A head of L labels, float64.

    Raises:
        ValueError: the weights have another shape, or one of them is negative or not finite.

    Source: Fan et al. (2008), LIBLINEAR, for the objective.
    """
    cells = _cells(targets, weights)
    fitted, bias = np.zeros((targets.shape[1], features.shape[1])), rate_log_odds(targets, cells)
    offsets = np.zeros(targets.shape) if prior is None else np.asarray(features @ prior.T)
    bias = bias - offsets.mean(axis=0)
    axes = own_axes(features)
    for block in _blocks(_open_labels(targets, cells), sum(axes.features.shape)):
        positive = (targets[:, block] == 1).astype(float)
        problem = Problem(axes.features, axes.squares, positive, cells[:, block], offsets[:, block], 1 / c)
        start = np.zeros((axes.features.shape[1] + 1, len(block)))
        start[-1] = bias[block]
        found = minimise(problem, start, tolerance=tolerance)
        fitted[block] = axes.back(found[:-1]).T
        bias[block] = found[-1] - fitted[block] @ axes.origin
    return LinearHead(fitted if prior is None else fitted + prior, bias)


def _cells(targets: TargetArray, weights: FloatArray | None) -> FloatArray:
    """(n, L) what each target weighs; 0 where it is not known."""
    known = (targets >= 0).astype(float)
    if weights is None:
        return known
    if weights.shape not in (targets.shape, targets.shape[:1]):
        raise ValueError(
            f"weights have shape {weights.shape}; targets {targets.shape} ask for one a row or a cell"
        )
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("weights must be finite and not negative")
    return np.asarray(known * (weights if weights.ndim == 2 else weights[:, None]))


def _open_labels(targets: TargetArray, cells: FloatArray) -> IntArray:
    counts = cells > 0
    return np.flatnonzero((counts & (targets == 1)).any(axis=0) & (counts & (targets == 0)).any(axis=0))


def _blocks(labels: IntArray, numbers_a_label: int) -> Iterator[IntArray]:
    size = max(1, CELLS // numbers_a_label)
    for at in range(0, len(labels), size):
        yield labels[at : at + size]


@dataclass(frozen=True)
class Standardiser:
    """Centres features and scales them by one number, so that one penalty suits any encoder.

    Attributes:
        mean: (D,).
        scale: features are divided by it; their mean squared length becomes `length`^2.
    """

    mean: FloatArray
    scale: float

    @classmethod
    def of(cls, features: FloatArray, length: float = 4.0) -> "Standardiser":
        """Made from features (n, D); `length` is the root mean square length after scaling."""
        mean = features.mean(axis=0)
        spread = float(np.sqrt(((features - mean) ** 2).sum(axis=1).mean()))
        return cls(mean, spread / length if spread > 0 else 1.0)

    def apply(self, features: FloatArray) -> FloatArray:
        """(n, D) centred and scaled."""
        return (features - self.mean) / self.scale

    def fold(self, head: LinearHead) -> LinearHead:
        """The head that gives on raw features what `head` gives on standardised ones."""
        weights = head.weights / self.scale
        return LinearHead(weights, head.bias - weights @ self.mean)
