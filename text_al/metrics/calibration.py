"""Whether probabilities keep their promise: of all cells with probability p, a share p should be positive.

A cell is a text and a label. Probabilities are binned by their square roots: with many labels nearly all are
below 0.1, where ten bins of equal width would hold them in one, and ten of equal mass would spend nine on
cells that are surely "no". Ten equal steps of the root put three bins below 0.09 and one above 0.81, and they
are the same in every round, set and run, so that pictures can be laid side by side.
"""

import numpy as np

from text_al.metrics.arrays import check_shapes, mean_or_zero
from text_al.records import Reliability
from text_al.types import FloatArray, TargetArray

N_BINS = 10


def reliability(targets: TargetArray, probs: FloatArray, *, n_bins: int = N_BINS) -> Reliability:
    """The bins of a reliability diagram, over all cells with a known target.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known.
        probs: (n, L) in [0, 1].
        n_bins: B, at least 1; bin b is (edges[b], edges[b + 1]], and the first one holds 0 too.

    Raises:
        ValueError: the shapes differ, or there is no bin.
    """
    counts, predicted, positives = (part.sum(axis=0) for part in _sums_by_bin(targets, probs, n_bins))
    return Reliability(
        edges=tuple(bin_edges(n_bins).tolist()),
        counts=tuple(counts.astype(int).tolist()),
        predicted=tuple(_ratio(predicted, counts).tolist()),
        observed=tuple(_ratio(positives, counts).tolist()),
    )


def classwise_calibration_error(targets: TargetArray, probs: FloatArray, *, n_bins: int = N_BINS) -> float:
    """How far probabilities are from the shares of positives, within a label; the mean over the labels.

    A label's error is the sum over its bins of |share of positives - mean probability|, weighted by cells.
    Of few texts it is mostly noise, which even a perfectly calibrated model does not escape.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known; a label without a known positive is left out.
        probs: (n, L) in [0, 1].
        n_bins: at least 1; the bins are those of `reliability`.

    Returns:
        In [0, 1]; 0.0 where no label has a positive.

    Raises:
        ValueError: the shapes differ, or there is no bin.

    Source: classwise-ECE of Kull et al. (2019), Beyond temperature scaling, section 2, here a label being a
    class; bins are not of equal width, for the reason of Nixon et al. (2019), Measuring calibration in deep
    learning, section 3: most would be empty.
    """
    counts, predicted, positives = _sums_by_bin(targets, probs, n_bins)
    per_label = _ratio(np.abs(positives - predicted).sum(axis=1), counts.sum(axis=1))
    return mean_or_zero(per_label[positives.sum(axis=1) > 0])


def brier_score(targets: TargetArray, probs: FloatArray) -> float:
    """The mean over known targets of (p - target)^2, in [0, 1]; 0.0 if none is known.

    Args:
        targets: (n, L), 1 yes, 0 no, -1 not known.
        probs: (n, L) in [0, 1].

    Raises:
        ValueError: the shapes differ.

    Source: Brier (1950), Verification of forecasts expressed in terms of probability, with one term a cell,
    as scikit-learn's `brier_score_loss`.
    """
    check_shapes(targets=targets, probs=probs)
    known = targets >= 0
    return mean_or_zero((probs[known] - targets[known]) ** 2)


def bin_edges(n_bins: int) -> FloatArray:
    """(B + 1,) probabilities from 0 to 1 whose square roots are equally far apart."""
    return np.linspace(0.0, 1.0, n_bins + 1) ** 2


def _sums_by_bin(
    targets: TargetArray, probs: FloatArray, n_bins: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(L, B) each: known cells, the sum of their probabilities, and how many of them are positive."""
    check_shapes(targets=targets, probs=probs)
    if n_bins < 1:
        raise ValueError(f"n_bins is {n_bins}; it must be at least 1")
    known, n_labels = targets >= 0, targets.shape[1]
    labels = np.broadcast_to(np.arange(n_labels), targets.shape)[known]
    places = labels * n_bins + np.searchsorted(bin_edges(n_bins)[1:-1], probs[known])

    def total(values: FloatArray) -> FloatArray:
        sums = np.bincount(places, values, minlength=n_labels * n_bins)
        return np.asarray(sums, dtype=np.float64).reshape(n_labels, n_bins)

    return total(np.ones(len(places))), total(probs[known]), total(targets[known].astype(float))


def _ratio(sums: FloatArray, counts: FloatArray) -> FloatArray:
    """Sums / counts; nan where nothing was counted."""
    found: FloatArray = np.full(counts.shape, np.nan)
    return np.divide(sums, counts, out=found, where=counts > 0)
