"""Uncertainty between labels that exclude each other.

Here, and only here, the logits of a text are put through a softmax over its labels. With a single label there
is none to compare it with: its two outcomes, yes and no, take the place of labels, by the sigmoid.
"""

import numpy as np

from text_al.strategies.base import score
from text_al.strategies.from_probs.blocks import by_blocks
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

    Cost: O(N L)
    Use: when exactly one label applies, with a fine-tuned encoder: there hard to beat among simple scores.
    Source: Scheffer, Decomain and Wrobel (2001), Active Hidden Markov Models for Information Extraction.
    """
    return by_blocks(candidates.logits, _margins)


@score("ratio", needs=["probs"])
def ratio(candidates: Candidates) -> FloatArray:
    """Texts whose second label is nearly as likely as the first; for sets where exactly one label applies.

    The score is p2 / p1, the second highest over the highest probability of a softmax over the labels, which
    is exp(z2 - z1) for the two highest logits: unlike `margin` it does not look at any third label. With a
    single label p1 and p2 are those of yes and no, and the score is exp(-|z|).

    Args:
        candidates: uses `logits` (M, L).

    Returns:
        (M,) in [0, 1]; 1 where the two likeliest labels are equally likely.

    Cost: O(N L)
    Use: when exactly one label applies and only the two likeliest should count; close to margin in order.
    Source: Munro (2021), Human-in-the-Loop Machine Learning, chapter 3: ratio of confidence.
    """
    return by_blocks(candidates.logits, lambda logits: np.exp(behind_the_likeliest(logits).max(axis=1)))


@score("least_confidence", needs=["probs"])
def least_confidence(candidates: Candidates) -> FloatArray:
    """Texts whose likeliest label is least likely; for sets where exactly one label applies.

    The score is 1 - p1, with p1 the highest probability of a softmax over the labels. Where several labels
    may apply, use `multilabel_least_confidence`. With a single label the outcomes are yes and no.

    Args:
        candidates: uses `logits` (M, L).

    Returns:
        (M,) in [0, 1 - 1/L], for one label in [0, 0.5]; highest where all labels are equally likely.

    Cost: O(N L)
    Use: when exactly one label applies and errors should become fewer, whatever the second label is.
    Source: Lewis and Gale (1994), A Sequential Algorithm for Training Text Classifiers.
    """
    return by_blocks(candidates.logits, _doubts)


@score("largest_margin", needs=["probs"])
def largest_margin(candidates: Candidates) -> FloatArray:
    """Texts whose best and worst labels are nearly equally likely; for sets where exactly one label applies.

    The score is minus the difference of the highest and the lowest probability of a softmax over the labels.
    For two labels, or for one with its outcomes yes and no, it equals `margin`.

    Args:
        candidates: uses `logits` (M, L).

    Returns:
        (M,) in [-1, 0]; 0 where all labels are equally likely.

    Cost: O(N L)
    Use: when comparing with toolkits that offer it; with many labels it is nearly least_confidence.
    Source: known from toolkits for active learning rather than from a study; margins as in Scheffer, Decomain
    and Wrobel (2001), Active Hidden Markov Models for Information Extraction.
    """
    return by_blocks(candidates.logits, _largest_margins)


def behind_the_likeliest(logits: FloatArray) -> FloatArray:
    """How far all labels but the likeliest are behind it, in logits.

    Args:
        logits: (b, L).

    Returns:
        (b, L - 1) float64 of at most 0; (b, 1) for one label, of which yes or no is behind the other. With
        the likeliest at odds of 1, their exponentials are the odds of the others.
    """
    behind = logits.astype(np.float64)
    if behind.shape[1] == 1:
        return np.asarray(-np.abs(behind))
    texts, likeliest = np.arange(len(behind)), behind.argmax(axis=1)
    highest = behind[texts, likeliest]
    behind[texts, likeliest] = behind[:, -1]
    return np.asarray(behind[:, :-1] - highest[:, None])


def _margins(logits: FloatArray) -> FloatArray:
    behind = behind_the_likeliest(logits)
    scores: FloatArray = np.expm1(behind.max(axis=1)) / (1 + np.exp(behind).sum(axis=1))
    return scores


def _largest_margins(logits: FloatArray) -> FloatArray:
    behind = behind_the_likeliest(logits)
    scores: FloatArray = np.expm1(behind.min(axis=1)) / (1 + np.exp(behind).sum(axis=1))
    return scores


def _doubts(logits: FloatArray) -> FloatArray:
    others = np.exp(behind_the_likeliest(logits)).sum(axis=1)
    scores: FloatArray = others / (1 + others)
    return scores
