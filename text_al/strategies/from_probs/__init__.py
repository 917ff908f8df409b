"""Strategies over probabilities alone."""

from text_al.strategies.from_probs import exclusive, margins

__all__ = ["exclusive", "margins"]
