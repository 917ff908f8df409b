"""The contract of strategies, checked at every call: what goes in, and what comes out."""

from typing import Any

import numpy as np

from text_al.errors import StrategyError
from text_al.types import Candidates, FloatArray, IntArray

_BLOCK = (
    65_536  # rows looked at together, and so many numbers, so that a copy where one is needed stays small
)
_NUMBERS = 2**22
_FAST = (np.float32, np.float64)  # those that BLAS multiplies


def check_candidates(name: str, candidates: Candidates, needs: frozenset[str]) -> None:
    """See that candidates have what a strategy needs, and that the model's numbers are numbers.

    Passes, of which there are the most, are left to who reads them block by block.

    Raises:
        StrategyError: a part is missing, or a row is not finite; names the part or the first such row.
    """
    missing = sorted(part for part in needs if _lacks(candidates, part))
    if missing:
        raise StrategyError(f"{name} needs {' and '.join(missing)}, but the candidates come without")
    if "probs" in needs:
        _check_finite(name, "logits of", candidates.logits, candidates.rows)
        _check_finite(name, "probabilities of", candidates.probs, candidates.rows)
    if "embeddings" in needs:
        _check_finite(name, "embeddings of", candidates.embeddings, candidates.rows)
    labelled = candidates.labelled
    if labelled is not None and "labelled_probs" in needs:
        _check_finite(name, "probabilities of labelled", labelled.probs, labelled.rows)
    if labelled is not None and "labelled_embeddings" in needs:
        _check_finite(name, "embeddings of labelled", labelled.embeddings, labelled.rows)


def _lacks(candidates: Candidates, part: str) -> bool:
    if not part.startswith("labelled"):
        return getattr(candidates, part) is None
    labelled, of_them = candidates.labelled, part.removeprefix("labelled_")
    return labelled is None or (of_them in ("probs", "embeddings") and getattr(labelled, of_them) is None)


def check_scores(name: str, scores: Any, candidates: Candidates) -> None:
    """See that a score strategy gave one finite number a candidate.

    Raises:
        StrategyError: it did not.
    """
    wanted = (len(candidates),)
    if not isinstance(scores, np.ndarray) or scores.shape != wanted:
        raise StrategyError(f"{name} must give an array of shape {wanted}, not {_what(scores)}")
    if scores.dtype.kind not in "fiu":
        raise StrategyError(f"{name} must give numbers, not {scores.dtype}")
    wrong = np.flatnonzero(~np.isfinite(scores))
    if len(wrong):
        row, value = candidates.rows[wrong[0]], scores[wrong[0]]
        raise StrategyError(f"{name} gives row {row} the score {value}; a score must be finite")


def check_positions(name: str, positions: Any, n: int, n_candidates: int) -> None:
    """See that n different positions among the candidates were chosen.

    Raises:
        StrategyError: they were not.
    """
    if not isinstance(positions, np.ndarray) or positions.shape != (n,):
        raise StrategyError(f"{name} must choose an array of shape {(n,)}, not {_what(positions)}")
    if positions.dtype.kind not in "iu":
        raise StrategyError(f"{name} must choose whole positions, not {positions.dtype}")
    outside = positions[(positions < 0) | (positions >= n_candidates)]
    if len(outside):
        raise StrategyError(f"{name} chose position {outside[0]}, but they are 0 to {n_candidates - 1}")
    if len(np.unique(positions)) != n:
        raise StrategyError(f"{name} chose a text twice")


def check_inclusion(name: str, inclusion: Any, n: int) -> None:
    """See that a rule that says how likely each text was to be chosen gave n probabilities above 0.

    Raises:
        StrategyError: it did not.
    """
    if inclusion is None:
        return
    if not isinstance(inclusion, np.ndarray) or inclusion.shape != (n,):
        raise StrategyError(
            f"{name} must give inclusion probabilities of shape {(n,)}, not {_what(inclusion)}"
        )
    wrong = inclusion[~((inclusion > 0) & (inclusion <= 1))]
    if len(wrong):
        raise StrategyError(f"{name} gives the inclusion probability {wrong[0]}; it must be in (0, 1]")


def _check_finite(name: str, what: str, array: FloatArray | None, rows: IntArray) -> None:
    if array is None:
        return
    size = max(1, min(_BLOCK, _NUMBERS // max(array.shape[1], 1)))
    for start in range(0, len(array), size):
        block = array[start : start + size]
        if _is_surely_finite(block):
            continue
        wrong = np.flatnonzero(~np.isfinite(block).all(axis=1))
        if len(wrong):
            row = rows[start + wrong[0]]
            raise StrategyError(
                f"{name}: the {what} row {row} are not finite, as after a training that diverged; "
                "lower the learning rate"
            )


def _is_surely_finite(block: FloatArray) -> bool:
    """Whether the sum of squares is finite, at the speed of reading.

    A NaN or an infinity in it cannot cancel out; but so may it overflow where all numbers are finite.
    """
    if block.dtype not in _FAST:
        return False
    numbers = block.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.dot(numbers, numbers)))


def _what(value: object) -> str:
    return f"{value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
