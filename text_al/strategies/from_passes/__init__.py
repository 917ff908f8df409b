"""Strategies over a committee: what several heads, or several passes, make of each text."""

from text_al.strategies.from_passes import beta_score, disagreement, epig, expected_loss, mean

__all__ = ["beta_score", "disagreement", "epig", "expected_loss", "mean"]
