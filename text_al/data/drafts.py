"""A set of texts in the making: the rows that were read, and which of them are still in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from text_al.data.findings import LISTED, listed, plural
from text_al.data.marks import State
from text_al.data.tables import PartedTable
from text_al.types import BoolArray, IntArray, TargetArray


@dataclass(frozen=True)
class Draft:
    """Staged rows and the positions of those that are still in; each step makes a new draft.

    Attributes:
        name: what messages call the set: "pool", "labelled", "validation" or "test".
        table: the staged rows (`staging.SCHEMA`), memory-mapped.
        states: (len(table),) int8, a `State` each, none of them EMPTY_CELL.
        rows: (N,) positions in the table; whatever a method takes or gives counts in these N.
        notices: what a user should read.
    """

    name: str
    table: PartedTable
    states: npt.NDArray[np.int8]
    rows: IntArray
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def labelled(self) -> BoolArray:
        """(N,) whether anything is known of the row's labels."""
        return np.isin(self.states[self.rows], (State.PARTIAL, State.COMPLETE))

    @property
    def visible(self) -> BoolArray:
        """(N,) whether there is anything to read."""
        return self.array("visible").astype(np.bool_)

    def array(self, column: str) -> npt.NDArray[np.int64]:
        """A fixed-width column as an array (N,)."""
        return self.table.array(column)[self.rows]

    def strings(self, column: str, at: IntArray) -> list[str]:
        """The strings of a column at these of the N rows."""
        return list(self.table.take(column, self.rows[at]).to_pylist())

    def lists(self, column: str, at: IntArray) -> list[list[Any]]:
        """The lists of a column at these of the N rows."""
        return list(self.table.take(column, self.rows[at]).to_pylist())

    def targets(self, at: IntArray, names: Sequence[str]) -> TargetArray:
        """(n, L) targets of these of the N rows, in the order of `names`; -1 where not labelled."""
        rows = self.rows[at]
        named, values = self.table.take("names", rows), self.table.take("values", rows)
        start = np.where(self.states[rows] == State.COMPLETE, 0, -1).astype(np.int8)
        targets = np.repeat(start[:, None], len(names), axis=1)
        line = np.repeat(np.arange(len(rows)), np.diff(named.offsets.to_numpy()))
        place = pc.index_in(named.flatten(), value_set=pa.array(names, pa.string()))
        known = (self.states[rows] != State.UNLABELLED)[line]
        marks = np.where(known, values.flatten().to_numpy(), -1)
        targets[line, place.to_numpy(zero_copy_only=False).astype(np.int64)] = marks
        return targets

    def keep(self, mask: BoolArray, *notices: str) -> Self:
        """Only these (N,) rows stay in."""
        return replace(self, rows=self.rows[mask], notices=self.notices + notices)

    def noting(self, *notices: str) -> Self:
        """The same with more notices."""
        return replace(self, notices=self.notices + notices)

    def listed(self, mask: BoolArray, column: str = "id") -> str:
        """The ids of these (N,) rows, or another column, as a message lists them."""
        at = np.flatnonzero(mask)
        return listed(self.strings(column, at[:LISTED]), len(at))


def draft_of(name: str, table: PartedTable, *, empty: Literal["auto", "nothing", "unlabelled"]) -> Draft:
    """All staged rows; what an empty labels cell says is settled here, and a notice tells how.

    Args:
        name: what messages call the set.
        table: the staged rows.
        empty: as in `Columns`.
    """
    states = table.array("state")
    blank = states == State.EMPTY_CELL
    others = np.isin(states, (State.PARTIAL, State.COMPLETE)).any()
    nothing = empty == "nothing" or (empty == "auto" and bool(others))
    states[blank] = State.COMPLETE if nothing else State.UNLABELLED
    if nothing:
        n_named = pc.list_value_length(table.arrow["names"]).to_numpy()
        states[blank & (n_named > 0)] = State.PARTIAL
    draft = Draft(name, table, states, np.arange(len(table)))
    if not blank.any():
        return draft
    number, ids = plural(int(blank.sum()), "empty labels cell"), draft.listed(blank)
    if nothing:
        mend = "if nobody has labelled them, set data.columns.empty to unlabelled"
        return draft.noting(f"{name}: {number} read as labelled with nothing (ids {ids}); {mend}")
    mend = "if they were labelled and no label applies, set data.columns.empty to nothing"
    return draft.noting(f"{name}: {number} read as not labelled (ids {ids}); {mend}")


def found_labels(table: PartedTable) -> set[str]:
    """Every label name that a staged row has."""
    return {name for chunk in table.arrow["names"].chunks for name in pc.unique(chunk.flatten()).to_pylist()}
