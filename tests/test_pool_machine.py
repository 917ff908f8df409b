"""The pool against a naive model: any order of asking, answering, giving back, failing, opening again."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.types import Answer, LabelRequest

N_ROWS = 8
LABELS = ("joy", "anger")
ROW = st.integers(0, N_ROWS - 1)
DECISION = st.none() | st.tuples(st.sampled_from([1, 0]), st.sampled_from([1, 0, -1]))
DECISIONS = st.lists(st.tuples(ROW, st.sampled_from(["anna", "ben"]), DECISION), max_size=5)


class Model:
    """What the pool should know, as plain lists: each row's decisions in order, each request's open rows."""

    def __init__(self):
        self.decisions = {row: [] for row in range(N_ROWS)}
        self.requests = {}
        self.excluded = set()

    def pending(self):
        return {row for rows in self.requests.values() for row in rows}

    def holds(self, row):
        """The decision that holds: "open", None for a skip, or targets."""
        said = self.decisions[row]
        last = [
            said[i]
            for i in range(len(said))
            if all(said[j][0] != said[i][0] for j in range(i + 1, len(said)))
        ]
        labels = [targets for _, targets in last if targets is not None]
        return labels[-1] if labels else (None if last else "open")

    def state(self, row):
        if row in self.pending():
            return "pending"
        held = self.holds(row)
        if held == "open":
            return "excluded" if row in self.excluded else "open"
        return "skipped" if held is None else "labelled"

    def take(self, row, annotator, targets):
        own = [said for name, said in self.decisions[row] if name == annotator]
        if row not in self.pending() and own and own[-1] == targets:
            return
        self.decisions[row].append((annotator, targets))
        for rows in self.requests.values():
            rows.discard(row)


class PoolMachine(RuleBasedStateMachine):
    @initialize(excluded=st.sets(ROW, max_size=2))
    def begin(self, excluded):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "state.db"
        self.store = RunStore.create(self.path, {})
        self.pool = QueryPool.create(self.store, N_ROWS, LABELS, "abc", excluded=excluded)
        self.model = Model()
        self.model.excluded = excluded
        self.n_requests = 0

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(wanted=st.sets(ROW, min_size=1))
    def ask(self, wanted):
        rows = [row for row in wanted if self.model.state(row) in ("open", "skipped")]
        if rows:
            self.n_requests += 1
            self.pool.mark_pending(self.request(self.n_requests, rows))
            self.model.requests[f"r{self.n_requests}"] = set(rows)

    @precondition(lambda self: self.n_requests)
    @rule(data=st.data())
    def ask_again(self, data):
        name = data.draw(st.sampled_from(sorted(self.model.requests)))
        asked = self.pool.request(name)
        again = {row for row in asked.rows if self.model.state(row) == "open"}
        self.pool.mark_pending(asked)
        self.model.requests[name] |= again

    @rule(decisions=DECISIONS)
    def label(self, decisions):
        self.pool.label([self.answer(*decision) for decision in decisions], round=1)
        for decision in decisions:
            self.model.take(*decision)

    @rule(decisions=DECISIONS, wanted=ROW)
    def fail_half_way(self, decisions, wanted):
        try:
            with self.store.transaction():
                self.pool.label([self.answer(*decision) for decision in decisions], round=1)
                raise InterruptedError
        except InterruptedError:
            pass

    @precondition(lambda self: self.n_requests)
    @rule(data=st.data())
    def release(self, data):
        name = data.draw(st.sampled_from(sorted(self.model.requests)))
        self.pool.release(name)
        self.model.requests[name] = set()

    @rule()
    def open_again(self):
        self.store.close()
        self.store = RunStore.open(self.path)
        self.pool = QueryPool.open(self.store, fingerprint="abc")

    @invariant()
    def the_masks_are_the_models(self):
        states = [self.model.state(row) for row in range(N_ROWS)]
        assert self.pool.idxs_labeled.tolist() == [state == "labelled" for state in states]
        assert self.pool.idxs_pending.tolist() == [state == "pending" for state in states]
        assert self.pool.idxs_skipped.tolist() == [state == "skipped" for state in states]
        assert self.pool.unlabelled().tolist() == [row for row in range(N_ROWS) if states[row] == "open"]
        assert [self.store_state(row) for row in range(N_ROWS)] == states

    @invariant()
    def the_labels_and_histories_are_the_models(self):
        rows, targets = self.pool.labelled()
        expected = {
            row: self.model.holds(row) for row in range(N_ROWS) if self.model.state(row) == "labelled"
        }
        assert dict(zip(rows.tolist(), map(tuple, targets.tolist()), strict=True)) == expected
        assert np.all(np.diff(rows) > 0)
        for row in range(N_ROWS):
            said = [event for event in self.pool.history(row) if event.kind in ("labelled", "skipped")]
            assert [(event.annotator, event.targets) for event in said] == self.model.decisions[row]

    @invariant()
    def the_open_requests_are_the_models(self):
        found = [request.id for request in self.pool.open_requests()]
        assert found == [name for name, rows in self.model.requests.items() if rows]

    def store_state(self, row):
        found = self.store.fetch("SELECT state FROM state WHERE row = ?", (row,))
        return found[0][0] if found else "open"

    @staticmethod
    def request(number, rows):
        return LabelRequest(f"r{number}", number, tuple(rows), None, ("why",) * len(rows), "random")

    @staticmethod
    def answer(row, annotator, targets):
        status = "skipped" if targets is None else "labelled"
        return Answer(row, status, targets, annotator, "a test", "2026-01-01T12:00:00+00:00")


PoolMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestPool = PoolMachine.TestCase
