"""Sums over labels, made in blocks of texts that fit the processor's cache."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from text_al.types import FloatArray

_BLOCK = 2**16  # numbers at a time: four such arrays of float32 fit a cache of 1 MB
_ROWS = 16  # a block holds a multiple of so many rows
_AT_ONCE = 256  # labels added in the array's own precision before float64 takes over

Terms = Callable[..., Any]
"""(block (b, L), out (b, L), *spare (b, L)) -> ignored: leaves in `out` what is to be summed."""


def sums_over_labels(
    array: FloatArray, terms: Terms, *, weights: FloatArray | None = None, n_spare: int = 0
) -> FloatArray:
    """(M,) float64: for each text the sum over labels of its terms.

    A text's sum depends on nothing but its own row, to the last bit, so that texts that are alike remain so.
    That is why all products have the same shape, of a multiple of 16 rows: the last few rows of another one
    are summed in another order.

    Args:
        array: (M, L), of probabilities or logits; half precision is worked on in single.
        terms: makes the terms of one block of rows.
        weights: (L,) of the labels; None: all 1.
        n_spare: how many further arrays of a block's shape `terms` is handed to work in.
    """
    dtype = np.result_type(array.dtype, np.float32)
    weights = None if weights is None else weights.astype(dtype)
    sums = np.empty(len(array))
    n_rows, n_labels = _block_shape(array)
    scratch = np.zeros((1 + n_spare, -(-n_rows // _ROWS) * _ROWS, n_labels), dtype=dtype)
    weights = np.ones(n_labels, dtype=dtype) if weights is None else weights
    for rows in _blocks(array):
        block = array[rows].astype(dtype, copy=False)
        out, *spare = scratch[:, : len(block)]
        terms(block, out, *spare)
        sums[rows] = _row_sums(scratch[0], weights)[: len(block)]
    return sums


def by_blocks(array: FloatArray, scores_of: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """(M,) float64: what `scores_of` makes of blocks (b, L) of the rows of an array (M, L)."""
    scores = np.empty(len(array))
    for rows in _blocks(array):
        scores[rows] = scores_of(array[rows])
    return scores


def _blocks(array: FloatArray) -> Iterator[slice]:
    size, _ = _block_shape(array)
    return (slice(start, start + size) for start in range(0, len(array), size))


def _block_shape(array: FloatArray) -> tuple[int, int]:
    n_rows, n_labels = array.shape
    most = max(1, _BLOCK // max(n_labels, 1) // _ROWS) * _ROWS
    return max(1, min(n_rows, most)), n_labels


def _row_sums(terms: FloatArray, weights: FloatArray) -> FloatArray:
    sums = np.zeros(len(terms))
    for start in range(0, terms.shape[1], _AT_ONCE):
        labels = slice(start, start + _AT_ONCE)
        sums += terms[:, labels] @ weights[labels]
    return sums
