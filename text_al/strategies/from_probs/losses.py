"""The loss that a text would cause if only one label were true of it."""

import numpy as np

from text_al.strategies.base import score
from text_al.types import Candidates, FloatArray


@score("max_loss", needs=["probs"])
def max_loss(candidates: Candidates) -> FloatArray:
    """Texts whose predictions fit badly to having their likeliest label and no other.

    With f = 2p - 1 and a label k, the hinge loss of "k alone" is the sum over labels of max(0, 1 - y f), y
    being +1 at k and -1 elsewhere; here k is the label with the highest p. As f is in [-1, 1] no term is cut
    off, and the loss is 2 (S + 1 - 2 p_k) with S the sum of the p. It rises with the number of labels that
    may be present, and with doubt about the likeliest.

    Args:
        candidates: uses `probs` (M, L).

    Returns:
        (M,) in [0, 2 max(1, L - 1)]; 0 where one label is sure and all others are ruled out.

    Cost: O(N L)
    Use: when comparing with older work; it favours texts with many likely labels over doubtful ones.
    Source: Li, Wang and Sung (2004), Multilabel SVM Active Learning for Image Classification: there f is what
    a support vector machine puts out.
    """
    return _loss_of_one(candidates, candidates.probs.max(axis=1))


@score("mean_max_loss", needs=["probs"])
def mean_max_loss(candidates: Candidates) -> FloatArray:
    """Texts whose predictions fit badly to having any single one of their predicted labels.

    The loss of "k alone" is that of `max_loss`; here it is averaged over the labels k that are predicted,
    p_k >= threshold, or taken at the likeliest label where none is. With m the mean p of those labels it is
    2 (S + 1 - 2 m).

    Args:
        candidates: uses `probs` (M, L) and `thresholds`.

    Returns:
        (M,) in [0, 2 L].

    Cost: O(N L)
    Use: when comparing with older work; it favours texts with several likely labels over doubtful ones.
    Source: Li, Wang and Sung (2004), Multilabel SVM Active Learning for Image Classification: there f is what
    a support vector machine puts out.
    """
    probs = candidates.probs
    predicted = probs >= candidates.thresholds
    counts = np.count_nonzero(predicted, axis=1)
    sums = probs.sum(axis=1, where=predicted, dtype=np.float64)
    return _loss_of_one(candidates, np.where(counts > 0, sums / np.maximum(counts, 1), probs.max(axis=1)))


def _loss_of_one(candidates: Candidates, of_the_one: FloatArray) -> FloatArray:
    """(M,) the loss of a set of one label with probability `of_the_one` (M,), or its mean over several."""
    total = candidates.probs.sum(axis=1, dtype=np.float64)
    return np.asarray(2 * (total + 1 - 2 * of_the_one.astype(np.float64)))
