"""Uncertainty between labels that exclude each other."""

import numpy as np

from text_al.strategies.base import score
from text_al.types import Candidates, FloatArray


@score("margin", needs=["probs"])
def margin(candidates: Candidates) -> FloatArray:
    """Texts whose two likeliest labels are nearly equally likely; for sets where exactly one label applies.

    The logits of a text are put through a softmax over its labels; the score is minus the difference of the
    two highest probabilities, so that the smallest difference comes first. Where several labels may apply,
    two sure labels would look like doubt: use `multilabel_margin` there. With a single label there is no
    second one, and the score is -|2p - 1| with p the label's sigmoid: the same over the outcomes yes and no.

    Args:
        candidates: uses `logits` (M, L).

    Returns:
        (M,) in [-1, 0]; 0 where the two likeliest labels are equally likely.

    Source: Scheffer, Decomain and Wrobel (2001), Active Hidden Markov Models for Information Extraction.
    """
    logits = candidates.logits.astype(np.float64)
    if candidates.n_labels == 1:
        return -np.abs(np.tanh(logits[:, 0] / 2))
    highest = np.partition(logits, candidates.n_labels - 2, axis=1)[:, -2:]
    total = np.exp(logits - highest[:, 1:]).sum(axis=1)
    scores: FloatArray = (np.exp(highest[:, 0] - highest[:, 1]) - 1) / total
    return scores
