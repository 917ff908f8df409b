"""A batch chosen together: what answers would still explain once those of the texts before are known."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from text_al.strategies.from_passes.moments import Moments
from text_al.types import FloatArray, IntArray

_LOST = 1000  # a variance this many roundings above zero is rounding itself


@dataclass(frozen=True)
class Outlook:
    """Texts that may be asked about, and what their answers would explain beyond those counted already.

    Its arrays are updated in place as answers are counted in.

    Attributes:
        centred: (L, T, S) as in `Moments`.
        scatter: (L, T, T) the sum over all targets j of c_j c_j^T.
        metrics: (L, T, T) A_l: the covariance of a label of two texts j, k is c_j^T A_l c_k.
        variances: (L, S) what is unknown of each answer.
        floors: (L, S) a variance at or below this is taken for none.
        explained: (L, S) the sum over targets j of the squared covariance with j.
    """

    centred: FloatArray
    scatter: FloatArray
    metrics: FloatArray
    variances: FloatArray
    floors: FloatArray
    explained: FloatArray

    @classmethod
    def before(cls, seen: Moments, scatter: FloatArray) -> Self:
        """The outlook on S texts before any is answered, with targets of this scatter (L, T, T)."""
        n_labels, n_passes, _ = seen.centred.shape
        variances = seen.variances.astype(np.float64)
        explained = np.empty_like(variances)
        for label, centred in enumerate(seen.centred):
            np.einsum("ts,ts->s", scatter[label] @ centred, centred, out=explained[label])
        return cls(
            centred=seen.centred,
            scatter=scatter,
            metrics=np.tile(np.eye(n_passes) / n_passes, (n_labels, 1, 1)),
            variances=variances,
            floors=variances * (_LOST * np.finfo(seen.centred.dtype).eps),
            explained=explained / n_passes**2,
        )

    def gains(self) -> FloatArray:
        """(S,) what each answer would explain of all targets, summed over labels."""
        known = self.variances > self.floors
        shares = np.divide(self.explained, self.variances, out=np.zeros_like(self.explained), where=known)
        return np.asarray(shares.sum(axis=0))

    def count_in(self, text: int) -> None:
        """Takes a text's answer for given, whatever it will be: what is unknown shrinks alike. O(S L T)."""
        own = self.centred[:, :, text, None].astype(np.float64)
        toward = self.metrics @ own  # A c_i, (L, T, 1)
        onward = self.metrics @ (self.scatter @ toward)  # A G A c_i
        both = np.concatenate([toward, onward], axis=2).transpose(0, 2, 1).astype(self.centred.dtype)
        covariances, products = (both @ self.centred).transpose(1, 0, 2)
        known = self.variances[:, text] > self.floors[:, text]
        weights = np.where(known, 1 / np.where(known, self.variances[:, text], 1), 0)[:, None]
        shares = covariances * weights  # u / v_i
        squares = (toward * (self.scatter @ toward)).sum(axis=1)
        self.explained[...] += shares * (shares * squares - 2 * products)
        self.variances[...] -= covariances * shares
        self.metrics[...] -= toward * toward.transpose(0, 2, 1) * weights[:, :, None]


def take_in_turn(outlook: Outlook, n: int) -> IntArray:
    """(n,) different texts, each the one that explains most beyond those before it; ties to the first."""
    taken = np.zeros(outlook.variances.shape[1], dtype=np.bool_)
    chosen = np.empty(n, dtype=np.int64)
    for turn in range(n):
        chosen[turn] = np.where(taken, -np.inf, outlook.gains()).argmax()
        taken[chosen[turn]] = True
        if turn + 1 < n:
            outlook.count_in(chosen[turn])
    return chosen
