"""Which texts go through the model together. Little padding is the largest free saving on short texts."""

from collections.abc import Iterator

import numpy as np

from text_al.types import IntArray

BUCKET = 8
"""Batches sorted by length together. On 500 short texts 8 pad 11 %, 32 pad 2 %, unsorted batches 77 %;
but with 32 each epoch has nearly the same batches, and the loss falls more slowly than with random ones."""


def training_batches(lengths: IntArray, batch_size: int, rng: np.random.Generator) -> list[IntArray]:
    """One epoch: every text once, texts of like length together, batches in random order.

    Args:
        lengths: (n,) tokens a text.
        batch_size: texts a batch; the last of an epoch may be smaller.
        rng: shuffles.

    Returns:
        Arrays of positions in `lengths`, together each position once.
    """
    order = rng.permutation(len(lengths))
    batches: list[IntArray] = []
    for start in range(0, len(order), batch_size * BUCKET):
        bucket = order[start : start + batch_size * BUCKET]
        bucket = bucket[np.argsort(lengths[bucket], kind="stable")]
        batches += [bucket[at : at + batch_size] for at in range(0, len(bucket), batch_size)]
    return [batches[index] for index in rng.permutation(len(batches))]


def scoring_batches(lengths: IntArray, max_tokens: int) -> Iterator[IntArray]:
    """Longest first, each batch at most `max_tokens` tokens with its padding, or one text.

    Args:
        lengths: (n,) tokens a text.
        max_tokens: rows times the longest of the batch.

    Yields:
        Arrays of positions in `lengths`, together each position once.
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = max(1, int(lengths[order[start]]))
        end = start + max(1, max_tokens // longest)
        yield order[start:end]
        start = end
