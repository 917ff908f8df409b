"""A batch of texts that would move the model far, and in different directions."""

from collections.abc import Iterator

import numpy as np

from text_al.strategies.base import batch
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray

_BLOCK = 2**20  # numbers in a block of residuals, 4 MiB
_ROUNDING = 32  # times the smallest step of a number: what is nearer than that is the same gradient


@batch("badge", needs=["probs", "embeddings"])
def badge(candidates: Candidates, n: int, rng: np.random.Generator) -> IntArray:
    """Texts that would change the model's last layer much, each in a way of its own.

    A text's gradient, if what the model finds likely (p >= 0.5) were true, is g = r (x) [h, 1] with r = p -
    [p >= 0.5] for each label, h the embedding, and 1 for the bias. The text with the longest g comes first;
    then one after another is drawn with a probability proportional to the squared distance from its g to
    the nearest g that is taken, as k-means++ seeds its centres. Where all that are left have distance 0
    chance alone decides. The g, L (D + 1) numbers each, are never made: <g, g'> = <r, r'> (<h, h'> + 1).

    Args:
        candidates: uses `probs` (M, L) and `embeddings` (M, D).
        n: how many.
        rng: draws, and decides between equally long gradients.

    Returns:
        (n,) positions, in the order in which they were taken.

    Source: Ash, Zhang, Krishnamurthy, Langford and Agarwal (2020), Deep Batch Active Learning by Diverse,
    Uncertain Gradient Lower Bounds; the longest first as in the authors' code. Here with a sigmoid for each
    label.

    Cost: O(B N (D + L)), B texts a batch
    Use: when an encoder is fine-tuned and batches are large; over fixed embeddings a margin does as well
    """
    gradients = _Gradients(candidates)
    taken = [int(best(gradients.squares, 1, rng)[0])]
    nearest = gradients.squared_distances(taken[0])
    nearest[taken] = 0  # whatever rounding makes of a distance to itself
    while len(taken) < n and nearest.any():
        taken.append(int(rng.choice(len(nearest), p=nearest / nearest.sum())))
        nearest = np.minimum(nearest, gradients.squared_distances(taken[-1]))
        nearest[taken] = 0
    rest = np.setdiff1d(np.arange(len(nearest)), taken)
    return np.concatenate([taken, rng.choice(rest, size=n - len(taken), replace=False)]).astype(np.int64)


class _Gradients:
    """The g of all texts, by what they are made of.

    Attributes:
        squares: (M,) |g|^2.
    """

    def __init__(self, candidates: Candidates) -> None:
        self._probs = candidates.probs
        self._embeddings = _at_least_single(np.asarray(candidates.embeddings))
        precise = (_at_least_single(self._probs[:1]).dtype, self._embeddings.dtype)
        self._rounding = _ROUNDING * max(float(np.finfo(dtype).eps) for dtype in precise)
        residuals = np.concatenate([np.einsum("ml,ml->m", r, r) for r in self._residuals()])
        vectors = np.einsum("md,md->m", self._embeddings, self._embeddings)
        self.squares = residuals.astype(np.float64) * (vectors + 1.0)

    def squared_distances(self, position: int) -> FloatArray:
        """(M,) |g - g'|^2 of each text to the one at a position; 0 where it is no more than rounding."""
        its = _residuals_of(self._probs[position])
        residuals = np.concatenate([r @ its for r in self._residuals()])
        products = residuals.astype(np.float64) * (self._embeddings @ self._embeddings[position] + 1.0)
        sums = self.squares + self.squares[position]
        squared = sums - 2 * products
        return np.where(squared > self._rounding * sums, squared, 0.0)

    def _residuals(self) -> Iterator[FloatArray]:
        """The r of all texts, block by block: made anew each time, so that memory follows the block."""
        size = max(1, _BLOCK // self._probs.shape[1])
        for start in range(0, len(self._probs), size):
            yield _residuals_of(self._probs[start : start + size])


def _residuals_of(probs: FloatArray) -> FloatArray:
    return _at_least_single(probs) - (probs >= 0.5)


def _at_least_single(array: FloatArray) -> FloatArray:
    """In float32 where it is in half precision, which sums of squares soon leave."""
    return array.astype(np.result_type(array.dtype, np.float32), copy=False)
