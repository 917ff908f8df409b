"""Features in coordinates of their own, in which a head is found in a few steps.

Centred and turned so that their columns are orthogonal: then the Hessian of a logistic regression is nearly
diagonal. And there are no more columns than texts: the best weights lie in the span of the texts (the
representer theorem), however many n-grams there are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.types import FloatArray

MOST = 2048
"""Columns or texts, whichever are fewer, up to which turning pays; it costs their number's cube."""
LEAST = 1e-10
"""Of the features' squares in all: an axis along which they differ by less is rounding."""


@dataclass(frozen=True)
class Axes:
    """Features (n, D) in r other coordinates.

    Attributes:
        features: (n, r) dense, or scipy sparse.
        squares: (r,) sums of squares of their columns.
        back: takes weights (r, A) to weights (D, A) that give the same but for a constant.
        origin: (D,) the point at which the coordinates are 0.
    """

    features: Any
    squares: FloatArray
    back: Callable[[FloatArray], FloatArray]
    origin: FloatArray


def own_axes(features: Any) -> Axes:
    """Features (n, D), dense or scipy sparse, centred and turned; where they are too many, as they are."""
    n, width = features.shape
    if min(n, width) > MOST:
        return _as_they_are(features)
    mean = np.asarray(features.mean(axis=0), dtype=np.float64).ravel()
    return _by_texts(features, mean) if n < width else _by_columns(features, mean)


def _as_they_are(features: Any) -> Axes:
    """But without the columns that no text has, whose weights are 0."""
    squared = features**2 if _is_dense(features) else features.power(2)
    squares = np.asarray(squared.sum(axis=0)).ravel()
    used = np.flatnonzero(squares)

    def back(weights: FloatArray) -> FloatArray:
        whole = np.zeros((len(squares), weights.shape[1]))
        whole[used] = weights
        return whole

    return Axes(features[:, used], squares[used], back, np.zeros(len(squares)))


def _by_texts(features: Any, mean: FloatArray) -> Axes:
    products = _dense(features @ features.T)
    total = float(np.trace(products))
    with_mean = products.mean(axis=0)
    products = products - with_mean - with_mean[:, None] + with_mean.mean()
    values, vectors = np.linalg.eigh(products)
    kept = values > LEAST * total
    values, vectors = values[kept], vectors[:, kept]
    vectors = vectors - vectors.mean(axis=0)  # it is 0 but for rounding, which weak axes would magnify
    lengths = np.sqrt(values)
    return Axes(
        vectors * lengths,
        values,
        lambda weights: np.asarray(features.T @ (vectors / lengths @ weights)),
        mean,
    )


def _by_columns(features: Any, mean: FloatArray) -> Axes:
    products = _dense(features.T @ features)
    values, vectors = np.linalg.eigh(products - features.shape[0] * np.outer(mean, mean))
    kept = values > LEAST * float(np.trace(products))
    values, vectors = values[kept], vectors[:, kept]
    turned = np.asarray(features @ vectors) - mean @ vectors
    return Axes(turned, values, lambda weights: vectors @ weights, mean)


def _dense(matrix: Any) -> FloatArray:
    return np.asarray(matrix if _is_dense(matrix) else matrix.toarray(), dtype=np.float64)


def _is_dense(matrix: Any) -> bool:
    return not hasattr(matrix, "toarray")
