"""Where to cut each label's probability without a validation set: by what the pool promises."""

import numpy as np

from text_al.types import FloatArray

MAX_RATIO = 3.0
"""A label is predicted for no more than so many times the texts that should have it, and for no fewer than
the inverse."""


def plug_in_thresholds(probs: FloatArray, rates: FloatArray, *, max_ratio: float = MAX_RATIO) -> FloatArray:
    """Per label, the threshold with the highest expected F1 if the probabilities are right.

    Of the k likeliest texts, sum(p) are expected to be positives: k is chosen so that
    2 * sum of the k largest p / (k + sum of all p) is largest.

    Args:
        probs: (m, L) calibrated probabilities of texts of the pool that are not labelled.
        rates: (L,) in [0, 1]: how often each label stands in what is labelled. Between that and the mean
            probability (geometrically) lies what `max_ratio` is held against: texts that a strategy chose
            have more of the rare labels than the pool.
        max_ratio: predicted texts to expected ones, and the inverse, at most.

    Returns:
        (L,) in [0, 1]; 0.5 where there are no texts.

    Source: Lewis (1995), Evaluating and Optimizing Autonomous Text Classification Systems; Lipton, Elkan and
    Naryanaswamy (2014), Optimal Thresholding of Classifiers to Maximize F1 Measure: the threshold is F1 / 2.
    """
    m, n_labels = probs.shape
    if m == 0:
        return np.full(n_labels, 0.5)
    expected = np.sqrt(rates * probs.mean(axis=0)) * m
    columns = zip(np.sort(probs.astype(np.float64), axis=0)[::-1].T, expected, strict=True)
    return np.array([_best_cut(scores, count, max_ratio) for scores, count in columns])


def _best_cut(scores: FloatArray, expected: float, max_ratio: float) -> float:
    """Half way below the last text that is predicted; above all, where equal scores would be too many.

    Args:
        scores: (m,) from the highest.
        expected: texts that should have the label.
        max_ratio: see `plug_in_thresholds`.
    """
    counts, below = np.arange(1, len(scores) + 1), np.append(scores[1:], 0.0)
    f1 = 2 * np.cumsum(scores) / (counts + scores.sum())
    least, most = max(1.0, expected / max_ratio), max(1.0, expected * max_ratio)
    # Between equal scores there is no cut.
    few = (scores > below) & (counts <= np.ceil(most))
    enough = few & (counts >= np.floor(least))
    if not few.any():
        return float((1 + scores[0]) / 2)
    best = int(np.argmax(np.where(enough, f1, -1.0))) if enough.any() else int(np.flatnonzero(few)[-1])
    half_way = (scores[best] + below[best]) / 2
    # Between two numbers without a third in between, half way is one of them.
    return float(half_way if half_way > below[best] else scores[best])
