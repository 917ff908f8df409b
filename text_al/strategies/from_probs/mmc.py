"""The loss at the most confident guess of how many labels a text has, and which."""

from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.errors import StrategyError
from text_al.strategies.base import score
from text_al.strategies.from_probs.cardinality import labelled_targets
from text_al.types import Candidates, FloatArray, IntArray


@score("mmc", needs=["probs", "labelled", "labelled_probs"])
def mmc(candidates: Candidates, *, c: Annotated[float, Field(gt=0)] = 1.0) -> FloatArray:
    """Texts that are expected to have the most wrong labels, given how many labels they seem to have.

    How many labels m a text has is guessed by multinomial logistic regression from its probabilities, divided
    by their sum and sorted. Its guessed set are the m likeliest labels: y = +1 there and -1 elsewhere. With
    f = 2p - 1 the score is the sum over labels of (1 - y f) / 2: 1 - p of what is in the set, p of the rest.

    The regression learns from the labelled texts all of whose targets are known, at the probabilities of a
    model that has learned from these texts too. Where they all have as many labels, that is the guess for
    every text; where there are none, the guess is the number of labels with p >= threshold.

    Args:
        candidates: uses `probs` (M, L), `thresholds`, and `labelled` with its `probs`.
        c: of the regression, as in scikit-learn: the higher, the closer it fits.

    Returns:
        (M,) in [0, L]; 0 where all labels are sure and their number is as guessed.

    Cost: O(N L log L), and a logistic regression on n texts for each part of the pool
    Use: when comparing with work on SVMs; on calibrated sigmoids it is close to `multilabel_margin`.
    Source: Yang, Sun, Wang and Chen (2009), Effective Multi-Label Active Learning for Text Classification:
    maximum loss reduction with maximal confidence.
    """
    likeliest_first = _sorted_down(candidates.probs)
    counts = _guessed_counts(candidates, likeliest_first, c)
    in_set = np.arange(candidates.n_labels) < counts[:, None]
    losses = np.where(in_set, 1 - likeliest_first, likeliest_first)
    return np.asarray(losses.sum(axis=1, dtype=np.float64))


def _guessed_counts(candidates: Candidates, likeliest_first: FloatArray, c: float) -> IntArray:
    """(M,) how many labels each text seems to have."""
    targets = labelled_targets(candidates)
    complete = (targets >= 0).all(axis=1)
    counts = targets[complete].sum(axis=1, dtype=np.int64)
    if len(counts) == 0:
        return np.asarray(np.count_nonzero(candidates.probs >= candidates.thresholds, axis=1))
    if (counts == counts[0]).all():
        return np.full(len(candidates), counts[0])
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    learned_from = _sorted_down(_labelled_probs(candidates)[complete])
    with threadpool_limits(1):  # it is small: several threads would wait for each other
        model = LogisticRegression(C=c, max_iter=1000).fit(_shares(learned_from), counts)
    return np.asarray(model.predict(_shares(likeliest_first)))


def _labelled_probs(candidates: Candidates) -> FloatArray:
    if candidates.labelled is None or candidates.labelled.probs is None:
        raise StrategyError("counts cannot be learned: the candidates come without labelled probs")
    return candidates.labelled.probs


def _sorted_down(probs: FloatArray) -> FloatArray:
    return np.sort(probs, axis=1)[:, ::-1]


def _shares(probs: FloatArray) -> FloatArray:
    """(M, L) each row divided by its sum; all alike where that is 0."""
    sums = probs.sum(axis=1, keepdims=True, dtype=np.float64)
    alike = np.full(probs.shape, 1 / probs.shape[1])
    return np.asarray(np.divide(probs, sums, out=alike, where=sums > 0))
