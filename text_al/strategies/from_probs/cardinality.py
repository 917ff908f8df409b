"""Predicted sets that are larger or smaller than labelled texts have on average."""

import numpy as np

from text_al.errors import StrategyError
from text_al.strategies.base import score
from text_al.types import Candidates, FloatArray, TargetArray


@score("label_cardinality_inconsistency", needs=["probs", "labelled"])
def label_cardinality_inconsistency(candidates: Candidates) -> FloatArray:
    """Texts that are predicted far more labels, or far fewer, than labelled texts have on average.

    The score is |k - c|: k the number of labels with p >= threshold, c the average number among labelled
    texts. Where some targets are not known, c is the sum over labels of the share of yes among the label's
    known targets. Labels of which nothing is known count neither for k nor for c.

    Args:
        candidates: uses `probs` (M, L), `thresholds` and `labelled`.

    Returns:
        (M,) in [0, L]; 0 for all where nothing is labelled.

    Cost: O(N L + n L)
    Use: when counts of labels are stable, or as a part of `adaptive`; weak alone, with many equal scores.
    Source: Li and Guo (2013), Active Learning with Multi-Label SVM Classification.
    """
    targets = labelled_targets(candidates)
    is_known = targets >= 0
    n_known = np.count_nonzero(is_known, axis=0)
    shares = np.count_nonzero(targets == 1, axis=0) / np.maximum(n_known, 1)
    predicted = (candidates.probs >= candidates.thresholds) & (n_known > 0)
    return np.asarray(np.abs(np.count_nonzero(predicted, axis=1) - shares.sum()))


def labelled_targets(candidates: Candidates) -> TargetArray:
    """(n, L) the targets of what is labelled.

    Raises:
        StrategyError: the candidates come without what is labelled.
    """
    if candidates.labelled is None:
        raise StrategyError("targets are not there: the candidates come without labelled")
    return candidates.labelled.targets
