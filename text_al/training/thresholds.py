"""Where to cut each label's probability. The cut that maximises F1 is F*/2, not 0.5 (Lipton et al. 2014)."""

import numpy as np

from text_al.training.linear_head import rate_log_odds
from text_al.types import BoolArray, FloatArray, IntArray, TargetArray

GRID = np.linspace(-6.0, 4.0, 201)
"""Logits at which the threshold common to all labels is sought: p from 0.0025 to 0.98."""


MAX_RATIO = 3.0
"""A label is not predicted more than so many times as often as it stands in the texts tuned on."""


def tune_thresholds(
    targets: TargetArray, probs: FloatArray, *, shrinkage: float = 10.0, max_ratio: float = MAX_RATIO
) -> FloatArray:
    """Per label, the threshold with the highest F1 on these texts, pulled towards one common to all labels.

    The best cut of a label with few positives is mostly luck. So each label's own cut counts with weight
    n / (n + shrinkage), n its known positives, and the common threshold with the best macro-F1 with the
    rest, both as logits. A label without positives takes the common one; if no label has any, all are 0.5.
    A cut that predicts a label far more often than it stands is none: where the model knows nothing of a
    label, predicting it for every text would have the highest F1, and flood the predictions
    (docs/decisions/0003-thresholds.md).

    Args:
        targets: (n, L) int8; -1 is left out.
        probs: (n, L) in [0, 1].
        shrinkage: positives at which a label's own cut counts half; 0 takes each label's own cut.
        max_ratio: predicted texts to positives at most; inf takes any cut.

    Returns:
        (L,) in [0, 1]; above all of a label's probabilities where no cut finds any of its positives.
    """
    n_positives = (targets == 1).sum(axis=0)
    if not n_positives.any():
        return np.full(targets.shape[1], 0.5)
    common = common_threshold(targets, probs, max_ratio=max_ratio)
    columns = zip(targets.T, probs.T, strict=True)
    own = np.array([_best_cut(column, scores, common, max_ratio) for column, scores in columns])
    if shrinkage == 0:
        return own
    weight = n_positives / (n_positives + shrinkage)
    return _sigmoid(weight * _logit(own) + (1 - weight) * _logit(common))


def common_threshold(targets: TargetArray, probs: FloatArray, *, max_ratio: float = MAX_RATIO) -> float:
    """The one threshold with the best macro-F1 over labels with positives, on a grid; the highest of equals.

    Args:
        targets: (n, L) int8; -1 is left out.
        probs: (n, L) in [0, 1].
        max_ratio: a label that is predicted more often than so many times its positives counts 0.
    """
    n_labels = targets.shape[1]
    n_reached = np.searchsorted(GRID, _logit(probs), side="right") + np.arange(n_labels) * (len(GRID) + 1)

    def at_or_above(cells: BoolArray) -> IntArray:
        counts = np.bincount(n_reached[cells], minlength=n_labels * (len(GRID) + 1)).reshape(n_labels, -1)
        return counts[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]

    hits, predicted = at_or_above(targets == 1), at_or_above(targets >= 0)
    n_positives = (targets == 1).sum(axis=0)[:, None]
    f1 = 2 * hits / np.maximum(1, predicted + n_positives)
    f1[predicted > max_ratio * np.maximum(1, n_positives)] = 0.0
    macro = f1[n_positives[:, 0] > 0].mean(axis=0)
    best = len(GRID) - 1 - int(np.argmax(macro[::-1]))
    return float(_sigmoid(GRID[best]))


def rates(targets: TargetArray) -> FloatArray:
    """(L,) how often each label stands among its known targets (n, L), smoothed; see `rate_log_odds`."""
    return _sigmoid(rate_log_odds(targets))


def _best_cut(targets: TargetArray, probs: FloatArray, otherwise: float, max_ratio: float) -> float:
    """Half way between two neighbouring probabilities; of equal cuts the highest, with the fewest texts."""
    known = targets >= 0
    truth, scores = targets[known] == 1, probs[known].astype(float)
    if not truth.any():
        return otherwise
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], np.cumsum(truth[order])
    predicted = np.arange(1, len(scores) + 1)
    is_cut = np.append(scores[:-1] != scores[1:], [True]) & (predicted <= max_ratio * hits[-1])
    f1 = np.where(is_cut, 2 * hits / (predicted + hits[-1]), 0.0)
    best = int(np.argmax(f1))
    if f1[best] == 0:
        return float((scores[0] + 1) / 2)
    below = scores[best + 1] if best + 1 < len(scores) else 0.0
    half_way = (scores[best] + below) / 2
    # Between two numbers without a third in between, half way is one of them.
    return float(half_way if half_way > below else scores[best])


def _logit(probs: FloatArray | float) -> FloatArray:
    inside = np.clip(probs, 1e-7, 1 - 1e-7)
    return np.asarray(np.log(inside / (1 - inside)))


def _sigmoid(logits: FloatArray) -> FloatArray:
    return 1 / (1 + np.exp(-logits))
