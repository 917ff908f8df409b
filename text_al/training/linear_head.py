"""A convex one-vs-rest logistic head on fixed features: fast, and the same answer from any start."""

from dataclasses import dataclass

import numpy as np

from text_al.types import FloatArray, TargetArray

BLOCK = 2**18
"""Weights solved for together; L-BFGS remembers some 45 numbers for each."""


@dataclass(frozen=True)
class LinearHead:
    """logits = features @ weights.T + bias.

    Attributes:
        weights: (L, D) float64.
        bias: (L,) float64.
    """

    weights: FloatArray
    bias: FloatArray

    def logits(self, features: FloatArray) -> FloatArray:
        """(n, L) float64 for features (n, D), dense or scipy sparse."""
        return np.asarray(features @ self.weights.T) + self.bias


def rate_log_odds(targets: TargetArray) -> FloatArray:
    """(L,) log-odds of each label's rate among its known targets, smoothed by half a text on either side."""
    positives = (targets == 1).sum(axis=0) + 0.5
    negatives = (targets == 0).sum(axis=0) + 0.5
    return np.asarray(np.log(positives / negatives))


def fit_linear_head(
    features: FloatArray,
    targets: TargetArray,
    *,
    c: float = 10.0,
    tolerance: float = 1e-6,
    max_iterations: int = 500,
) -> LinearHead:
    """Minimises, per label, `c * sum of BCE over known targets + 1/2 ||w||^2`; the bias is free.

    This is scikit-learn's LogisticRegression(C=c) one label at a time, solved for many labels at once. A
    label without known positives or without known negatives has no finite optimum for its free bias: it
    keeps zero weights and the smoothed log-odds of its rate.

    Args:
        features: (n, D) dense, or a scipy sparse matrix.
        targets: (n, L) int8; -1 weighs nothing.
        c: the inverse of the penalty; larger fits closer.
        tolerance: stops when no gradient entry is larger, relative to `c`.
        max_iterations: of L-BFGS.

    Returns:
        A head of L labels.

    Source: Fan et al. (2008), LIBLINEAR, for the objective; Liu & Nocedal (1989) for L-BFGS.
    """
    if features.shape[0] < features.shape[1]:
        reduced, back = _own_axes(features)
        head = _fit(reduced, targets, c, tolerance, max_iterations)
        return LinearHead(np.asarray((back @ head.weights.T).T @ features), head.bias)
    return _fit(features, targets, c, tolerance, max_iterations)


def _own_axes(features: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Features (n, r) of the same inner products as (n, D) ones, r <= n, and the map (n, r) back.

    The best weights lie in the span of the texts (the representer theorem), so n numbers a label are enough,
    however many n-grams there are: weights (D,) are features.T @ map @ weights (r,).
    """
    products = features @ features.T
    dense = products.toarray() if hasattr(products, "toarray") else np.asarray(products)
    values, vectors = np.linalg.eigh(dense)
    kept = values > values[-1] * 1e-12
    lengths = np.sqrt(values[kept])
    return vectors[:, kept] * lengths, vectors[:, kept] / lengths


def _fit(
    features: FloatArray, targets: TargetArray, c: float, tolerance: float, max_iterations: int
) -> LinearHead:
    n_labels, width = targets.shape[1], features.shape[1]
    weights, bias = np.zeros((n_labels, width)), rate_log_odds(targets)
    open_labels = np.flatnonzero(((targets == 1).any(axis=0)) & ((targets == 0).any(axis=0)))
    labels_a_block = max(1, BLOCK // (width + 1))
    for at in range(0, len(open_labels), labels_a_block):
        block = open_labels[at : at + labels_a_block]
        start = np.concatenate([np.zeros((len(block), width)), bias[block, None]], axis=1)
        solved = _minimise(features, targets[:, block], c, start, tolerance, max_iterations)
        weights[block], bias[block] = solved[:, :-1], solved[:, -1]
    return LinearHead(weights, bias)


def _minimise(
    features: FloatArray,
    targets: TargetArray,
    c: float,
    start: FloatArray,
    tolerance: float,
    max_iterations: int,
) -> FloatArray:
    from scipy.optimize import minimize

    known, positive = (targets >= 0).astype(float), (targets == 1).astype(float)

    def objective(flat: FloatArray) -> tuple[float, FloatArray]:
        parameters = flat.reshape(start.shape)
        weights = parameters[:, :-1]
        logits = np.asarray(features @ weights.T) + parameters[:, -1]
        losses = known * (np.logaddexp(0.0, logits) - positive * logits)
        residuals = known * (_sigmoid(logits) - positive)
        gradient = np.concatenate(
            [np.asarray(features.T @ residuals).T + weights / c, residuals.sum(axis=0)[:, None]], axis=1
        )
        return float(losses.sum() + (weights**2).sum() / (2 * c)), gradient.ravel()

    options = {"maxiter": max_iterations, "gtol": tolerance, "ftol": 1e-12, "maxcor": 20}
    solution = minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(solution.x).reshape(start.shape)


def _sigmoid(logits: FloatArray) -> FloatArray:
    return np.exp(-np.logaddexp(0.0, -logits))


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
