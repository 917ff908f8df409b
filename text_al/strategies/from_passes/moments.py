"""How the members of a committee differ about each label of each text, block by block.

Everything is told apart from the first member's probability, so that where all members agree every difference
is exactly zero, and no strategy takes rounding for disagreement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.errors import StrategyError
from text_al.types import Candidates, FloatArray, IntArray

BLOCK = 2**19  # probabilities worked on at a time: their temporaries stay in a processor's cache
PAIRS = 2**15  # pairs of texts worked on at a time, for the same reason


@dataclass(frozen=True)
class Moments:
    """The first two moments of a committee over b texts, label by label.

    Attributes:
        centred: (L, T, b) each member's probability less the mean of all.
        yes: (L, b) the mean probability that a label applies.
        no: (L, b) that it does not; as exact near 0 as `yes` is.
    """

    centred: FloatArray
    yes: FloatArray
    no: FloatArray

    @property
    def variances(self) -> FloatArray:
        """(L, b) of the answers: yes * no."""
        return self.yes * self.no


def passes_of(candidates: Candidates) -> FloatArray:
    """The passes (T, M, L) of candidates, T at least 1.

    Raises:
        StrategyError: there are none, or not of each candidate and label.
    """
    passes = candidates.passes
    if passes is None:
        raise StrategyError("members of a committee cannot be compared: the candidates come without passes")
    if passes.shape[1:] != candidates.probs.shape or len(passes) == 0:
        wanted = ", ".join(str(size) for size in candidates.probs.shape)
        raise StrategyError(f"passes have shape {passes.shape}, but must have (T, {wanted}), T at least 1")
    return passes


def precision_of(passes: FloatArray) -> np.dtype[Any]:
    """What is computed in: float32 for passes of at most 32 bits, else float64."""
    return np.result_type(passes.dtype, np.float32)


def moments_of(passes: FloatArray, dtype: np.dtype[Any] | None = None) -> Moments:
    """The moments of passes (T, b, L), computed in `dtype`; None: as precise as they come."""
    of_labels = passes.transpose(2, 0, 1)
    centred: FloatArray = np.array(of_labels, dtype=dtype or precision_of(passes), order="C")
    first = centred[:, :1].copy()
    with np.errstate(invalid="ignore"):  # of infinite numbers, which are refused once their row is known
        centred -= first
        shift = centred.mean(axis=1, keepdims=True)
        centred -= shift
        yes, no = np.maximum(first + shift, 0), np.maximum((1 - first) - shift, 0)
    return Moments(centred, yes[:, 0], no[:, 0])


def moments_at(
    candidates: Candidates, places: IntArray | slice, dtype: np.dtype[Any] | None = None
) -> Moments:
    """The moments of the candidates at these places, computed in `dtype` as by `moments_of`.

    Raises:
        StrategyError: passes are missing or not finite; names the first such row.
    """
    seen = moments_of(passes_of(candidates)[:, places], dtype)
    check_means(seen.yes.T, candidates.rows[places])
    return seen


def check_means(means: FloatArray, rows: IntArray) -> None:
    """See that the passes of b texts were finite, by their means (b, L).

    Raises:
        StrategyError: some were not; names the first such row.
    """
    wrong = np.flatnonzero(~np.isfinite(means).all(axis=1))
    if len(wrong):
        raise StrategyError(
            f"the passes of row {rows[wrong[0]]} are not finite, as after a training that diverged"
        )


def moments_in_blocks(
    candidates: Candidates,
    *,
    size: int = BLOCK,
    most_texts: int | None = None,
    dtype: np.dtype[Any] | None = None,
) -> Iterator[tuple[slice, Moments]]:
    """The moments of all candidates in consecutive parts, each with its place among them.

    Args:
        candidates: uses `passes`.
        size: how many probabilities a part has; at least one text's.
        most_texts: a part has no more.
        dtype: see `moments_of`.

    Raises:
        StrategyError: see `moments_at`.
    """
    step = max(size // (len(passes_of(candidates)) * candidates.n_labels), 1)
    step = step if most_texts is None else min(step, most_texts)
    for start in range(0, len(candidates), step):
        part = slice(start, min(start + step, len(candidates)))
        yield part, moments_at(candidates, part, dtype)
