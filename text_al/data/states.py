"""The state of every row, one byte each, so that ten million rows are ten megabytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from text_al.types import BoolArray

RowState = Literal["open", "pending", "labelled", "skipped", "excluded", "completing"]
"""A completing row is labelled, and pending for labels that are not known of it yet."""

_CODES: dict[RowState, int] = {state: code for code, state in enumerate(get_args(RowState))}


_COUNTED: tuple[RowState, ...] = ("open", "pending", "labelled", "skipped", "excluded")


@dataclass(frozen=True)
class PoolCounts:
    """How many rows are in which state; together they are N, but that completing rows count twice."""

    open: int
    pending: int
    labelled: int
    skipped: int
    excluded: int


class RowStates:
    """N states; all open at first."""

    def __init__(self, n_rows: int) -> None:
        self._codes = np.zeros(n_rows, dtype=np.uint8)

    def show(self, changes: Mapping[int, RowState]) -> None:
        """Give these rows these states."""
        rows = np.fromiter(changes.keys(), dtype=np.int64, count=len(changes))
        codes = (_CODES[state] for state in changes.values())
        self._codes[rows] = np.fromiter(codes, dtype=np.uint8, count=len(changes))

    def mask(self, state: RowState) -> BoolArray:
        """(N,) read-only: which rows are in this state; completing ones are labelled and pending."""
        mask: BoolArray = self._codes == _CODES[state]
        if state in ("labelled", "pending"):
            mask |= self._codes == _CODES["completing"]
        mask.flags.writeable = False
        return mask

    def counts(self) -> PoolCounts:
        """How many rows are in which state."""
        return PoolCounts(**{state: int(np.count_nonzero(self.mask(state))) for state in _COUNTED})
