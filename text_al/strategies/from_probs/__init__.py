"""Strategies over probabilities alone, and over those with what is labelled."""

from text_al.strategies.from_probs import (
    adaptive,
    cardinality,
    confidence,
    cvirs,
    entropies,
    exclusive,
    losses,
    margins,
    max_margin,
    mmc,
    thresholds,
    weights,
)

__all__ = [
    "adaptive",
    "cardinality",
    "confidence",
    "cvirs",
    "entropies",
    "exclusive",
    "losses",
    "margins",
    "max_margin",
    "mmc",
    "thresholds",
    "weights",
]
