"""What label names say of labels before any text is labelled: the prior of a head on sentence vectors.

A label's name, read as a text, lies near the texts that it applies to, if the encoder was trained to compare
sentences. So the head is not drawn towards zero but towards `strength` times the name's direction. Whether
that helps, and how strongly, is found out on the labelled texts themselves: names that say nothing (codes,
another language than the encoder's) get strength 0.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from text_al import metrics
from text_al.training.linear_head import fit_linear_head
from text_al.types import FloatArray, Label, TargetArray

STRENGTHS = (0.0, 2.0, 4.0, 8.0)
"""On features of length 4: at 8, a text that says a name word for word has a logit of some 30 for it."""
FOLDS = 4
REPEATS, FEW = 3, 150
"""With so few texts the folds are drawn so often: which texts share a fold is luck."""
JUDGES = 16
"""Labels that the strengths are compared on, drawn among those with positives: one strength is for all."""
LEAST_POSITIVES = 5
"""Of all labels together; with fewer, nothing can be told, and the middle of the strengths is taken."""
UNTOLD = 4.0
TOLERANCE = 0.1  # enough to rank texts by


def phrases(label: Label) -> list[str]:
    """What is said of a label, as texts: its name with blanks, its description, its examples."""
    name = label.name.replace("_", " ").replace("-", " ")
    return [text for text in (name, label.description, *label.examples) if text.strip()]


def directions(vectors: FloatArray, owners: Sequence[int], n_labels: int) -> FloatArray:
    """(L, D) where the labels lie, less what all of them have in common.

    Args:
        vectors: (P, D) of unit length, of all labels' phrases.
        owners: (P,) the label of each phrase.
        n_labels: L.
    """
    means = np.zeros((n_labels, vectors.shape[1]))
    np.add.at(means, np.asarray(owners), vectors.astype(np.float64))
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    means /= np.where(lengths > 0, lengths, 1.0)
    return np.asarray(means - means.mean(axis=0))


def choose_strength(
    features: FloatArray,
    targets: TargetArray,
    towards: FloatArray,
    *,
    c: float,
    rng: np.random.Generator,
    weights: FloatArray | None = None,
) -> float:
    """The strength whose heads rank texts best that they have not seen: macro average precision out of fold.

    Names that say nothing are now and then a little ahead by luck, so the gain must exceed half its standard
    error over the labels.

    Not the likelihood, which is the heads' own aim: in a trial on GoEmotions it chose too little (mean
    average precision .204 against .216 with 600 labels, four seeds).

    Args:
        features: (n, D) of length 4 or so.
        targets: (n, L) int8; -1 is left out.
        towards: (L, D) directions.
        c: see `fit_linear_head`.
        rng: draws the folds.
        weights: see `fit_linear_head`.
    """
    n = len(targets)
    if (targets == 1).sum() < LEAST_POSITIVES or n < 2 * FOLDS:
        return UNTOLD
    judges = rng.permutation(np.flatnonzero((targets == 1).any(axis=0)))[:JUDGES]
    targets, towards = targets[:, judges], towards[judges]
    if weights is not None and weights.ndim == 2:
        weights = weights[:, judges]
    repeats = REPEATS if n <= FEW else 1
    drawn = [_out_of_fold(features, targets, towards, weights, c, rng) for _ in range(repeats)]
    return _best(np.mean(drawn, axis=0))


def _out_of_fold(
    features: FloatArray,
    targets: TargetArray,
    towards: FloatArray,
    weights: FloatArray | None,
    c: float,
    rng: np.random.Generator,
) -> FloatArray:
    """(strengths, L) average precision, every text ranked by heads that have not seen it."""
    n, n_labels = targets.shape
    folds = rng.permutation(n) % FOLDS
    logits = np.empty((n, len(STRENGTHS) * n_labels))
    priors = np.concatenate([strength * towards for strength in STRENGTHS])
    for fold in range(FOLDS):
        held_out = folds == fold
        head = fit_linear_head(
            features[~held_out],
            np.tile(targets[~held_out], (1, len(STRENGTHS))),
            weights=_tiled(weights, ~held_out),
            prior=priors,
            c=c,
            tolerance=TOLERANCE,
        )
        logits[held_out] = head.logits(features[held_out])
    return np.array(
        [metrics.average_precision(targets, part) for part in np.split(logits, len(STRENGTHS), axis=1)]
    )


def _best(precisions: FloatArray) -> float:
    """The strength with the highest mean over labels; 0 if it is not ahead of 0 by half a standard error.

    Args:
        precisions: (strengths, L); nan for labels without positives.
    """
    known = precisions[:, ~np.isnan(precisions[0])]
    best = int(np.argmax(known.mean(axis=1)))
    gains = known[best] - known[0]
    error = float(gains.std()) / max(1, len(gains) - 1) ** 0.5
    return STRENGTHS[best] if gains.mean() > error / 2 else 0.0


def _tiled(weights: FloatArray | None, rows: Any) -> FloatArray | None:
    if weights is None or weights.ndim == 1:
        return None if weights is None else weights[rows]
    return np.tile(weights[rows], (1, len(STRENGTHS)))
