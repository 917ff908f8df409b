"""Texts that can be told from what is labelled."""

import warnings
from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.errors import StrategyError
from text_al.neighbours import unit, unit_blocks
from text_al.strategies.base import batch
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray

AtLeast1 = Annotated[int, Field(ge=1)]

_DIGITS = 5  # of a logit; what differs less is rounding, and chance decides


@batch("discriminative", needs=["embeddings", "labelled_embeddings"])
def discriminative(
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    *,
    sub_batches: AtLeast1 = 10,
    sample: AtLeast1 = 10_000,
) -> IntArray:
    """Texts that are least like anything labelled, to a classifier of labelled against unlabelled texts.

    A logistic regression over directions of embeddings, both classes weighing the same, tells what is
    labelled from a random sample of what is not. A part of the batch is taken where it is surest of
    unlabelled; what is taken counts as labelled, and the next part is taken by a new one. While nothing is
    labelled texts are drawn at random.

    Args:
        candidates: uses `embeddings` (M, D) and `embeddings` of `labelled`.
        n: how many.
        rng: draws the sample, and decides between texts that are alike.
        sub_batches: parts of the batch, or n where that is less.
        sample: candidates that each regression learns from; all are scored.

    Returns:
        (n,) positions; those of earlier parts first.

    Source: Gissin and Shalev-Shwartz (2019), Discriminative Active Learning; on fixed embeddings, with a
    linear classifier.

    Cost: O(s N D) and s logistic regressions, s sub-batches
    Use: to compare with; in published comparisons below chance on fixed embeddings
    """
    labelled = candidates.labelled
    if labelled is None or labelled.embeddings is None or candidates.embeddings is None:
        raise StrategyError(
            "discriminative compares with labelled texts, but the candidates come without their vectors"
        )
    vectors, known = candidates.embeddings, labelled.embeddings
    if len(known) == 0:
        return rng.choice(len(candidates), size=n, replace=False)
    taken: IntArray = np.empty(0, dtype=np.int64)
    for part in np.array_split(np.arange(n), min(sub_batches, n)):
        left = np.setdiff1d(np.arange(len(vectors)), taken)
        drawn = rng.choice(left, size=min(sample, len(left)), replace=False)
        weights = _direction(np.concatenate([known, vectors[taken]]), vectors[drawn])
        logits = np.concatenate([block @ weights for _, block in unit_blocks(vectors)])
        taken = np.concatenate([taken, left[best(logits.round(_DIGITS)[left], len(part), rng)]])
    return taken


def _direction(labelled: FloatArray, unlabelled: FloatArray) -> FloatArray:
    """(D,) float32 in which to go from labelled texts (n, D) to unlabelled ones (S, D)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    directions = unit(np.concatenate([labelled, unlabelled]))
    is_unlabelled = np.arange(len(directions)) >= len(labelled)
    model = LogisticRegression(class_weight="balanced")
    with warnings.catch_warnings(), threadpool_limits(1):  # several add up in any order
        warnings.simplefilter("ignore", ConvergenceWarning)  # an order is wanted, not the last digit of it
        model.fit(directions, is_unlabelled)
    return np.asarray(model.coef_[0], dtype=np.float32)
