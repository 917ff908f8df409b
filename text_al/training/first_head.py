"""The head before the encoder moves, and heads on what it has become."""

import numpy as np

from text_al.seeds import generator
from text_al.training.committee import Committee
from text_al.training.lesson import Ground, HeadSettings, Lesson
from text_al.training.linear_head import LinearHead, Standardiser, rate_log_odds
from text_al.training.settings import TrainingSettings
from text_al.types import FloatArray

COMMITTEE_C = 1.0
"""The inverse penalty of committee heads: features that were trained on these very texts tell them apart, so
closer heads would all be sure."""


def ground_of(
    vectors: FloatArray, settings: TrainingSettings, *, towards: FloatArray | None, seed: int
) -> Ground:
    """What a first head stands on.

    Args:
        vectors: (n, D) pooled vectors of what is labelled, by the encoder as it was pretrained.
        settings: of the fit.
        towards: (L, D) where the label names lie among vectors of unit length, or None.
        seed: the run's.
    """
    head = HeadSettings(settings.head_c, label_prior=settings.label_prior)
    scale = 1 / Standardiser.of(vectors.astype(np.float64)).scale
    return Ground(vectors, head, scale=scale, towards=towards, seed=seed)


def names_head(vectors: FloatArray, settings: TrainingSettings, towards: FloatArray) -> LinearHead:
    """The head (L, D) before any label, from vectors (m, D) of texts of the pool; see `ground_of`."""
    head = ground_of(vectors, settings, towards=towards, seed=0).names_alone()
    if head is None:
        raise ValueError("label_prior is 0: the label names have no say")
    return head


def first_head(lesson: Lesson, ground: Ground, settings: TrainingSettings) -> LinearHead:
    """The head (L, D) from which all layers are trained.

    Args:
        lesson: what is labelled, with rows into the ground's vectors, its label prior settled.
        ground: see `ground_of`.
        settings: of the fit.
    """
    if settings.head_start == "zeros":
        return LinearHead(
            np.zeros((lesson.targets.shape[1], ground.pool.shape[1])), rate_log_odds(lesson.targets)
        )
    return sharpened(lesson.head(ground), ground.pool[lesson.rows], by=settings.head_sharpness)


def sharpened(head: LinearHead, vectors: FloatArray, *, by: float) -> LinearHead:
    """The head whose logits are `by` times as far from their mean over `vectors` (n, D), the mean staying."""
    usual = vectors.mean(axis=0).astype(np.float64) @ head.weights.T
    return LinearHead(by * head.weights, head.bias + (1 - by) * usual)


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
