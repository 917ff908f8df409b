"""Labels that count more where they have few positives so far, and the margin in which they do."""

from typing import Literal

import numpy as np

from text_al.strategies.base import score
from text_al.strategies.from_probs.blocks import sums_over_labels
from text_al.strategies.pairs import rarity_weights
from text_al.strategies.rare import n_positives
from text_al.types import Candidates, FloatArray

LabelWeights = Literal["rarity", "none"]


@score("weighted_margin", needs=["probs", "labelled"], symmetric=True)
def weighted_margin(candidates: Candidates, *, label_weights: LabelWeights = "rarity") -> FloatArray:
    """Texts in doubt over labels that are rare so far, summed over all labels.

    The score is the sum over labels of w (1 - |2p - 1|), with w = (n + 1)^(-1/2) for a label with n known
    positives, scaled to mean 1; targets that are not known count for nothing. It goes down to 0 without
    losing precision, which suits a rule that draws texts by a power of their scores.

    Args:
        candidates: uses `probs` (M, L) and `labelled`.
        label_weights: "rarity" as above; "none" weighs all labels alike, which is the order of
            `multilabel_margin`.

    Returns:
        (M,) in [0, L]; L where the model is wholly unsure of every label.

    Cost: O(N L + n L)
    Use: when rare labels matter as much (macro F1), with `selection: {type: power, args: {beta: 4}}`
    Source: the margin per label as in Esuli and Sebastiani (2009), Active Learning Strategies for Multi-Label
    Text Classification; weights that fall with the root of a label's frequency are our choice.
    """
    weights = weights_of_labels(candidates, label_weights)
    return sums_over_labels(candidates.probs, _smaller_outcomes, weights=2 * weights)


def weights_of_labels(candidates: Candidates, label_weights: LabelWeights) -> FloatArray:
    """(L,) weights with mean 1, which rise as labels have fewer known positives, or are all alike."""
    if label_weights == "none":
        return np.ones(candidates.n_labels)
    return rarity_weights(n_positives(candidates))


def _smaller_outcomes(probs: FloatArray, out: FloatArray) -> None:
    """The lesser of p and 1 - p: half of 1 - |2p - 1|, exact also where p is next to 0."""
    np.subtract(1, probs, out=out)
    np.minimum(out, probs, out=out)
