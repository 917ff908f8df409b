"""How far label names are believed: the strength of the prior that they are of a head.

A head is not drawn towards zero but towards `strength` times where its label's name lies. Whether that helps,
and how strongly, is found out on the labelled texts themselves, every text ranked by heads that have not seen
it: names that say nothing (codes, another language than the encoder's) get strength 0.

The penalty is not chosen like that: in a trial over 0.3, 1 and 3 the choice was no better than 1 for all
(NLU++ and GoEmotions, 50 to 1,000 labels), though with 1,000 noisy labels of GoEmotions 0.3 would have been.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from text_al import metrics
from text_al.training.crossfit import draw_folds
from text_al.training.linear_head import fit_linear_head
from text_al.types import BoolArray, FloatArray, IntArray, TargetArray

Auto = Literal["auto"]

STRENGTHS = (0.0, 2.0, 4.0, 6.0)
"""On features of length 4: at 6, a text that says a name word for word has a logit of some 20 for it. Heads
that learned from the other folds alone find more strength better than heads of all texts do (8 with 100
labels of NLU++, where 4 was best), hence nothing above."""
FOLDS = 4
REPEATS, FEW = 3, 150
"""With so few texts the folds are drawn so often: which texts share a fold is luck."""
JUDGES = 16
"""Labels that the strengths are compared on, drawn among those with positives: one strength is for all.
With few texts all labels are, which costs little then."""
LEAST_POSITIVES = 5
"""Of all labels together; with fewer, nothing can be told, and the middle of the strengths is taken."""
UNTOLD = 4.0
EXCHANGES, SURELY, FEW_LABELS = 20, 3.0, 5
"""Names are exchanged so often among labels; the true ones must be ahead by so many standard deviations."""
TOLERANCE = 0.1  # enough to rank texts by


@dataclass(frozen=True)
class Trial:
    """What strengths are tried on.

    Attributes:
        features: (n, D) of length 4 or so.
        targets: (n, L) int8; -1 is left out.
        towards: (L, D) where the label names lie.
        c: see `fit_linear_head`, as are the weights.
        weights: (n,), (n, L), or None.
    """

    features: FloatArray
    targets: TargetArray
    towards: FloatArray
    c: float
    weights: FloatArray | None = None

    def choose(self, rng: np.random.Generator) -> float:
        """The strength whose heads rank texts best that they have not seen: macro average precision.

        Names that say nothing are now and then a little ahead by luck, so the gain must exceed half its
        standard error over the labels.

        Not the likelihood, which is the heads' own aim: in a trial on GoEmotions it chose too little (mean
        average precision .204 against .216 with 600 labels, four seeds).

        Args:
            rng: draws labels and folds.
        """
        n = len(self.targets)
        if (self.targets == 1).sum() < LEAST_POSITIVES or n < 2 * FOLDS:
            return UNTOLD
        labels = rng.permutation(np.flatnonzero((self.targets == 1).any(axis=0)))[
            : JUDGES if n > FEW else None
        ]
        judged = self._with(labels)
        if not judged.names_tell(rng):
            return 0.0
        repeats = REPEATS if n <= FEW else 1
        drawn = [judged.precisions(draw_folds(n, FOLDS, rng)) for _ in range(repeats)]
        return STRENGTHS[ahead(np.mean(drawn, axis=0))]

    def names_tell(self, rng: np.random.Generator) -> bool:
        """Whether the names alone rank these texts better than names that were given to other labels.

        Of few labels there are too few such exchanges; then better than texts that are taken for names.
        """
        n, n_labels = self.targets.shape
        said = self.features @ self.towards.T
        own = metrics.macro_average_precision(self.targets, said)
        centred = self.features - self.features.mean(axis=0)
        exchanged = []
        for _ in range(EXCHANGES):
            if n_labels < FEW_LABELS:
                other = self.features @ centred[rng.integers(n, size=n_labels)].T
            else:
                other = said[:, rng.permutation(n_labels)]
            exchanged.append(metrics.macro_average_precision(self.targets, other))
        return own > float(np.mean(exchanged)) + SURELY * float(np.std(exchanged))

    def precisions(self, folds: IntArray) -> FloatArray:
        """(strengths, L) average precision, every text ranked by heads that learned from other folds (n,)."""
        n, n_labels = self.targets.shape
        logits = np.empty((len(STRENGTHS), n, n_labels))
        for fold in range(FOLDS):
            logits[:, folds == fold] = self._ranked(folds != fold)
        return np.array([metrics.average_precision(self.targets, part) for part in logits])

    def _with(self, labels: IntArray) -> "Trial":
        weights = self.weights
        if weights is not None and weights.ndim == 2:
            weights = weights[:, labels]
        return replace(self, targets=self.targets[:, labels], towards=self.towards[labels], weights=weights)

    def _ranked(self, taught: BoolArray) -> FloatArray:
        """(strengths, n_out, L) logits of the texts that are not taught; all heads are solved together."""
        head = fit_linear_head(
            self.features[taught],
            np.tile(self.targets[taught], (1, len(STRENGTHS))),
            weights=self._tiled(taught),
            prior=np.concatenate([strength * self.towards for strength in STRENGTHS]),
            c=self.c,
            tolerance=TOLERANCE,
        )
        return np.stack(np.split(head.logits(self.features[~taught]), len(STRENGTHS), axis=1))

    def _tiled(self, rows: BoolArray) -> FloatArray | None:
        if self.weights is None or self.weights.ndim == 1:
            return None if self.weights is None else self.weights[rows]
        return np.tile(self.weights[rows], (1, len(STRENGTHS)))


def ahead(precisions: FloatArray) -> int:
    """Which is best; the first, if the best is not ahead of it by half a standard error.

    Args:
        precisions: (choices, L); nan for labels without positives.
    """
    known = precisions[:, ~np.isnan(precisions[0])]
    best = int(np.argmax(known.mean(axis=1)))
    gains = known[best] - known[0]
    error = float(gains.std()) / max(1, len(gains) - 1) ** 0.5
    return best if gains.mean() > error / 2 else 0
