"""Strategies over where texts lie among each other."""

from text_al.strategies.from_embeddings import (
    badge,
    contrastive,
    density,
    discriminative,
    gradient_length,
    k_center,
    k_means,
    prob_cover,
    product,
    typiclust,
)

__all__ = [
    "badge",
    "contrastive",
    "density",
    "discriminative",
    "gradient_length",
    "k_center",
    "k_means",
    "prob_cover",
    "product",
    "typiclust",
]
