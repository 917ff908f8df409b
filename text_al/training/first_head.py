"""The head before the encoder moves, and heads on what it has become."""

import numpy as np

from text_al.seeds import generator
from text_al.training.committee import Committee
from text_al.training.lesson import Lesson
from text_al.training.linear_head import LinearHead, Standardiser, fit_linear_head, rate_log_odds
from text_al.types import FloatArray, TargetArray

COMMITTEE_C = 1.0
"""The inverse penalty of committee heads: features that were trained on these very texts tell them apart, so
closer heads would all be sure."""


def prior_head(targets: TargetArray, width: int) -> LinearHead:
    """Zeros (L, `width`), and the log-odds of the rates in targets (n, L)."""
    return LinearHead(np.zeros((targets.shape[1], width)), rate_log_odds(targets))


def fitted_head(vectors: FloatArray, targets: TargetArray, *, c: float) -> LinearHead:
    """The convex head on pooled vectors (n, D) and targets (n, L); `c` is the inverse of its penalty."""
    vectors = vectors.astype(np.float64)
    standardiser = Standardiser.of(vectors)
    return standardiser.fold(fit_linear_head(standardiser.apply(vectors), targets, c=c))


def committee_on(vectors: FloatArray, lesson: Lesson, *, n_heads: int, seed: int) -> Committee:
    """T heads on bootstrap draws of what was learned.

    Args:
        vectors: (n, D) pooled vectors of the lesson's texts.
        lesson: what was learned, with its round.
        n_heads: T.
        seed: the run's.
    """
    vectors = vectors.astype(np.float64)
    standardiser = Standardiser.of(vectors)
    rng = generator(seed, lesson.round_number, "committee")
    fitted = Committee.fit(
        standardiser.apply(vectors), lesson.targets, n_heads=n_heads, c=COMMITTEE_C, rng=rng
    )
    return Committee(standardiser.fold(fitted.heads), n_heads)
