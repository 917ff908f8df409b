"""What is known of the texts of a pool: which are labelled, asked for, skipped or open, and what was said."""

import hashlib
import json
from collections.abc import Iterator

import numpy as np

from text_al.data.events import LabelEvent, answers_of
from text_al.data.ledger import Effort, Ledger
from text_al.data.states import PoolCounts, RowStates
from text_al.data.store import RunStore
from text_al.errors import PoolError
from text_al.types import BoolArray, IntArray, LabelRequest, TargetArray


class PoolView:
    """The states of N texts, to look at; `QueryPool` changes them.

    Args:
        store: one that holds a pool.

    Raises:
        PoolError: it holds none.
    """

    def __init__(self, store: RunStore) -> None:
        facts = {key: store.meta(f"pool.{key}") for key in ("n_rows", "labels", "fingerprint")}
        if None in facts.values():
            raise PoolError("this store holds no pool; make one with QueryPool.create")
        self._store = store
        self._ledger = Ledger(store)
        self.n_rows = int(facts["n_rows"] or 0)
        self.labels: tuple[str, ...] = tuple(json.loads(facts["labels"] or ""))
        self.fingerprint = facts["fingerprint"] or ""
        self._states = RowStates(self.n_rows)
        self._states.show(dict(self._ledger.states()))

    def __len__(self) -> int:
        return self.n_rows

    @property
    def n_labels(self) -> int:
        """L."""
        return len(self.labels)

    @property
    def idxs_labeled(self) -> BoolArray:
        """(N,) read-only: which rows have a label decision that holds."""
        return self._states.mask("labelled")

    @property
    def idxs_pending(self) -> BoolArray:
        """(N,) read-only: which rows are asked for and not answered; labelled ones for other labels."""
        return self._states.mask("pending")

    @property
    def idxs_skipped(self) -> BoolArray:
        """(N,) read-only: which rows somebody could not decide, and nobody labelled."""
        return self._states.mask("skipped")

    def unlabelled(self) -> IntArray:
        """(M,) int64: rows that may be asked: neither labelled, pending, skipped nor excluded; in order."""
        return np.flatnonzero(self._states.mask("open"))

    def labelled(self) -> tuple[IntArray, TargetArray]:
        """Rows (n,) int64 in order, and the targets (n, L) int8 that hold for them."""
        return self._ledger.labelled(self.n_labels)

    def open_cells(self) -> tuple[IntArray, BoolArray]:
        """Labelled rows (n,) that may be asked about more labels, in order, and which (n, L): unknown ones.

        Not among them: pending rows, and those of which somebody could not say what was asked by label.
        """
        rows, targets = self.labelled()
        is_open = (targets == -1) & ~self.idxs_pending[rows, None]
        asked = self._ledger.asked_labels()
        for row, cells in zip(rows.tolist(), is_open, strict=True):
            if cells[list(asked.get(row, ()))].any():
                cells[:] = False
        some = is_open.any(axis=1)
        return rows[some], is_open[some]

    def effort(self) -> Effort:
        """What all answers so far have taken, those given from the start and corrections included."""
        return self._ledger.effort()

    def counts(self) -> PoolCounts:
        """How many rows are in which state; a labelled row that is pending for other labels is in both."""
        return self._states.counts()

    def decisions(self) -> str:
        """What tells whether labels came, changed or were withdrawn since: equal as long as nothing did."""
        rows, targets = self.labelled()
        digest = hashlib.sha256(rows.tobytes() + targets.tobytes()).hexdigest()
        return f"{len(rows)} labelled, {digest}"

    def history(self, row: int) -> tuple[LabelEvent, ...]:
        """All that happened to a row, oldest first."""
        return self._ledger.history(int(row))

    def events(self) -> Iterator[LabelEvent]:
        """All that ever happened to any row, oldest first."""
        return self._ledger.events()

    def open_requests(self) -> tuple[LabelRequest, ...]:
        """Requests of which some rows are not answered, oldest first."""
        return self._ledger.open_requests()

    def request(self, request_id: str) -> LabelRequest | None:
        """The request of this id, open or closed; None where there never was one."""
        return self._ledger.request(request_id)

    def answers_to(self, request: LabelRequest) -> dict[int, dict[str, LabelEvent]]:
        """Row to annotator to their last decision under this request; what was taken back is left out."""
        return {row: answers_of(self.history(row), request.id) for row in request.rows}

    def targets_by_people(self) -> TargetArray:
        """(n, L) the targets of `labelled`, without those that only programs have said: -1 there."""
        rows, targets = self.labelled()
        places = {row: place for place, row in enumerate(rows.tolist())}
        for row, labels in self._ledger.said_by_programs().items():
            targets[places[row], list(labels)] = -1
        return targets
