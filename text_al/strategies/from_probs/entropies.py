"""Uncertainty as entropy, in bits: of labels that exclude each other, and of labels that do not."""

import math

import numpy as np

from text_al.strategies.base import score
from text_al.strategies.from_probs.blocks import by_blocks, sums_over_labels
from text_al.strategies.from_probs.exclusive import behind_the_likeliest
from text_al.types import Candidates, FloatArray

_NATS_IN_A_BIT = math.log(2)


@score("multilabel_entropy", needs=["probs"], symmetric=True)
def multilabel_entropy(candidates: Candidates) -> FloatArray:
    """Texts with the most open yes-or-no questions: the entropy of every label, summed.

    The score is the sum over labels of H(p) = -p log2 p - (1 - p) log2(1 - p), in bits, with 0 log 0 = 0. It
    is close to `multilabel_margin` in order, but tells the sure from the very sure.

    Args:
        candidates: uses `probs` (M, L).

    Returns:
        (M,) in [0, L] bits; L where the model is wholly unsure of every label.

    Cost: O(N L)
    Use: when doubt about sure labels should count too; elsewhere multilabel_margin does as well, and faster.
    Source: Settles (2009), Active Learning Literature Survey, section 3.1, applied to each label.
    """
    return sums_over_labels(candidates.probs, _binary_nats, n_spare=2) / _NATS_IN_A_BIT


@score("entropy", needs=["probs"])
def entropy(candidates: Candidates) -> FloatArray:
    """Texts whose probability is spread over many labels; for sets where exactly one label applies.

    The score is -sum p log2 p over the softmax of a text's logits, in bits. Where several labels may apply,
    use `multilabel_entropy`. With a single label the two outcomes are yes and no, by the sigmoid.

    Args:
        candidates: uses `logits` (M, L).

    Returns:
        (M,) in [0, log2 L] bits, for one label in [0, 1]; highest where all labels are equally likely.

    Cost: O(N L)
    Use: when exactly one of few labels applies; with many, unlikely ones outweigh the two that compete.
    Source: Settles (2009), Active Learning Literature Survey, section 3.1.
    """
    return by_blocks(candidates.logits, _softmax_nats) / _NATS_IN_A_BIT


def _binary_nats(probs: FloatArray, nats: FloatArray, against: FloatArray, logs: FloatArray) -> None:
    """-p ln p - q ln q with q = 1 - p as rounded, and what the rounding took from -q ln q for a small p."""
    np.subtract(1, probs, out=against)
    np.subtract(1, against, out=nats)
    np.subtract(probs, nats, out=nats)
    least = np.finfo(probs.dtype).tiny  # where p is 0 so is p ln least
    for outcome in (probs, against):
        np.maximum(outcome, least, out=logs)
        np.log(logs, out=logs)
        np.multiply(logs, outcome, out=logs)
        np.subtract(nats, logs, out=nats)


def _softmax_nats(logits: FloatArray) -> FloatArray:
    behind = behind_the_likeliest(logits)
    odds = np.exp(behind)
    rest = odds.sum(axis=1)
    nats: FloatArray = np.log1p(rest) - (behind * odds).sum(axis=1) / (1 + rest)
    return nats
