"""What a text's answer would tell about the answers of other texts, rather than about the members."""

from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.strategies.base import batch
from text_al.strategies.from_passes.information import cell_information
from text_al.strategies.from_passes.moments import (
    PAIRS,
    Moments,
    moments_at,
    moments_in_blocks,
    passes_of,
    precision_of,
)
from text_al.strategies.from_passes.ties import without_rounding
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray


@batch("epig", needs=["passes"])
def epig(
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    *,
    targets: Annotated[int, Field(ge=1)] = 500,
) -> IntArray:
    """Texts whose answers would tell most about the answers of other texts.

    The score is the mean over target texts j of sum_l I(y_il; y_jl), with the two answers' joint
    probabilities from the committee: P(1, 1) = (1/T) sum_t p_til p_tjl, and so on for the other three cells.
    It equals the gain in expected log score over the targets. Unlike BALD it does not value what only tells
    members apart where no text is.

    Args:
        candidates: uses `passes` (T, M, L): members of a committee, or passes under dropout.
        n: how many.
        rng: draws the targets, and decides between texts that are alike.
        targets: how many candidates, drawn at random, stand for all texts to be predicted.

    Returns:
        (n,) positions, best first.

    Raises:
        StrategyError: passes are missing or not finite.

    Source: Bickford Smith, Kirsch, Farquhar, Gal, Foster and Rainforth (2023), Prediction-Oriented Bayesian
    Active Learning, label by label.

    Cost: O(N R L T), R the targets
    Use: when odd texts draw `bald` away from the rest of the pool; shown for images, not yet for text
    """
    passes = passes_of(candidates)
    drawn = rng.choice(len(candidates), size=min(targets, len(candidates)), replace=False)
    scores = mutual_informations(candidates, moments_at(candidates, drawn))
    return np.asarray(best(without_rounding(scores, precision_of(passes), rng), n, rng))


def mutual_informations(candidates: Candidates, targets: Moments, *, size: int = PAIRS) -> FloatArray:
    """(M,) information in nats between a candidate's answers and a target's: mean of targets, sum of labels.

    Args:
        candidates: uses `passes`.
        targets: of R texts.
        size: how many pairs of a candidate and a target are worked on at a time.
    """
    n_passes, n_targets = targets.centred.shape[1:]
    found = np.zeros(len(candidates))
    for part, seen in moments_in_blocks(candidates, most_texts=max(size // n_targets, 1)):
        for label in range(candidates.n_labels):
            covariances = seen.centred[label].T @ targets.centred[label] / n_passes
            found[part] += _of_pairs(covariances, _answers(seen, label), _answers(targets, label))
    return np.asarray(found / n_targets)


def _answers(seen: Moments, label: int) -> tuple[FloatArray, FloatArray]:
    return seen.yes[label], seen.no[label]


def _of_pairs(
    covariances: FloatArray, own: tuple[FloatArray, FloatArray], others: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """(b,) sum over targets of the information in the four cells of yes and no; covariances are (b, R)."""
    found = np.zeros(len(covariances))
    for i, mine in enumerate(own):
        for j, theirs in enumerate(others):
            excess = covariances if i == j else -covariances
            found += cell_information(np.multiply.outer(mine, theirs), excess).sum(axis=1, dtype=np.float64)
    return found
