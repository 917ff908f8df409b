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
LABELS = ("joy", "anger", "fear")
ROW = st.integers(0, N_ROWS - 1)
TARGETS = st.tuples(*[st.sampled_from([1, 0, -1])] * len(LABELS)).filter(lambda said: set(said) != {-1})
DECISIONS = st.lists(st.tuples(ROW, st.sampled_from(["anna", "ben"]), st.none() | TARGETS), max_size=5)


class Model:
    """What the pool should know, as plain lists.

    Of each row `log` holds, in order, ("asked", request, labels or None), ("given back", request) and
    ("said", annotator, targets or None, labels that a skip is about or None).
    """

    def __init__(self):
        self.log = {row: [] for row in range(N_ROWS)}
        self.requests = {}
        self.excluded = set()

    def pending(self):
        return {row for rows in self.requests.values() for row in rows}

    def decisions(self, row):
        return [entry[1:] for entry in self.log[row] if entry[0] == "said"]

    def word(self, row, annotator, label):
        """The place of the annotator's last word on a label, and what it was; None where there is none."""
        for place, (who, targets, about) in reversed(list(enumerate(self.decisions(row)))):
            if who != annotator:
                continue
            if targets is None and (about is None or label in about):
                return None
            if targets is not None and targets[label] != -1:
                return place, targets[label]
        return None

    def holds(self, row):
        """The decision that holds: "open", None for a skip, or targets."""
        targets = []
        for label in range(len(LABELS)):
            words = [self.word(row, annotator, label) for annotator in ("anna", "ben")]
            targets.append(max((word for word in words if word), default=(-1, -1))[1])
        if set(targets) != {-1}:
            return tuple(targets)
        return None if self.decisions(row) else "open"

    def state(self, row):
        held = self.holds(row)
        if row in self.pending():
            return "completing" if isinstance(held, tuple) else "pending"
        if held == "open":
            return "excluded" if row in self.excluded else "open"
        return "skipped" if held is None else "labelled"

    def unknown(self, row):
        held = self.holds(row)
        return [label for label in range(len(LABELS)) if not isinstance(held, tuple) or held[label] == -1]

    def questions(self, row):
        """The labels of each question that was not given back; None for all."""
        asked = []
        for kind, *entry in self.log[row]:
            if kind == "asked":
                asked.append(entry[1])
            elif kind == "given back":
                asked.pop()
        return asked

    def question(self, row):
        """The labels that the row was last asked about; None for all, or where that was given back."""
        moves = [entry for entry in self.log[row] if entry[0] != "said"]
        return moves[-1][2] if moves and moves[-1][0] == "asked" else None

    def ask(self, name, rows):
        self.requests.setdefault(name, set()).update(rows)
        for row, labels in rows.items():
            self.log[row].append(("asked", name, labels))

    def give_back(self, name):
        for row in self.requests[name]:
            self.log[row].append(("given back", name))
        self.requests[name] = set()

    def take(self, row, annotator, targets):
        asked, about = self.question(row), None
        if asked is not None and targets is None:
            about = asked
        elif asked is not None and -1 not in targets:
            named = {label for label, target in enumerate(targets) if target == 1} | set(asked)
            targets = tuple(target if label in named else -1 for label, target in enumerate(targets))
        is_reply = asked is None or targets is None or any(targets[label] != -1 for label in asked)
        if (row in self.pending() and is_reply) or not self.says_again(row, annotator, targets, about):
            self.log[row].append(("said", annotator, targets, about))
            for rows in self.requests.values():
                rows -= {row} if is_reply else set()

    def says_again(self, row, annotator, targets, about):
        if targets is None:
            labels = range(len(LABELS)) if about is None else about
            has_words = any(self.word(row, annotator, label) for label in labels)
            return (annotator, None, about) in self.decisions(row) and not has_words
        words = [self.word(row, annotator, label) for label in range(len(LABELS))]
        said = [-1 if word is None else word[1] for word in words]
        return all(target in (-1, own) for target, own in zip(targets, said, strict=True))


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
        self.mark_pending({row: None for row in wanted if self.model.state(row) in ("open", "skipped")})

    @rule(wanted=st.dictionaries(ROW, st.sets(st.integers(0, len(LABELS) - 1), min_size=1), min_size=1))
    def ask_about_labels(self, wanted):
        askable = [row for row in wanted if self.model.state(row) in ("open", "skipped", "labelled")]
        fitting = {row: tuple(sorted(wanted[row] & set(self.model.unknown(row)))) for row in askable}
        self.mark_pending({row: labels for row, labels in fitting.items() if labels})

    def mark_pending(self, rows):
        if rows:
            self.n_requests += 1
            self.pool.mark_pending(self.request(self.n_requests, rows))
            self.model.ask(f"r{self.n_requests}", rows)

    @precondition(lambda self: self.n_requests)
    @rule(data=st.data())
    def ask_again(self, data):
        name = data.draw(st.sampled_from(sorted(self.model.requests)))
        asked = self.pool.request(name)
        labels = dict(zip(asked.rows, asked.considered or [None] * len(asked.rows), strict=True))
        again = {row: labels[row] for row in asked.rows if self.may_ask_again(name, row, labels[row])}
        self.pool.mark_pending(asked)
        self.model.ask(name, again)

    def may_ask_again(self, name, row, labels):
        if self.model.state(row) != "labelled" or labels is None:
            return self.model.state(row) == "open"
        is_back = self.model.log[row][-1] == ("given back", name)
        return is_back and set(labels) <= set(self.model.unknown(row))

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
        self.model.give_back(name)

    @rule()
    def open_again(self):
        self.store.close()
        self.store = RunStore.open(self.path)
        self.pool = QueryPool.open(self.store, fingerprint="abc")

    @invariant()
    def the_masks_are_the_models(self):
        states = [self.model.state(row) for row in range(N_ROWS)]
        assert self.pool.idxs_labeled.tolist() == [state in ("labelled", "completing") for state in states]
        assert self.pool.idxs_pending.tolist() == [state in ("pending", "completing") for state in states]
        assert self.pool.idxs_skipped.tolist() == [state == "skipped" for state in states]
        assert self.pool.unlabelled().tolist() == [row for row in range(N_ROWS) if states[row] == "open"]
        stored = ["pending" if state == "completing" else state for state in states]
        assert [self.store_state(row) for row in range(N_ROWS)] == stored

    @invariant()
    def the_labels_and_histories_are_the_models(self):
        rows, targets = self.pool.labelled()
        held = {row: self.model.holds(row) for row in range(N_ROWS)}
        expected = {row: said for row, said in held.items() if isinstance(said, tuple)}
        assert dict(zip(rows.tolist(), map(tuple, targets.tolist()), strict=True)) == expected
        assert np.all(np.diff(rows) > 0)
        for row in range(N_ROWS):
            said = [event for event in self.pool.history(row) if event.kind in ("labelled", "skipped")]
            found = [(event.annotator, event.targets, event.considered) for event in said]
            assert found == self.model.decisions(row)

    @invariant()
    def the_open_cells_are_the_models(self):
        rows, cells = self.pool.open_cells()
        found = {int(row): np.flatnonzero(of_row).tolist() for row, of_row in zip(rows, cells, strict=True)}
        labelled = [row for row in range(N_ROWS) if self.model.state(row) == "labelled"]
        unknown = {row: self.model.unknown(row) for row in labelled}
        in_vain = {
            row
            for row in labelled
            for asked in self.model.questions(row)
            if asked is not None and set(asked) & set(unknown[row])
        }
        assert found == {row: labels for row, labels in unknown.items() if labels and row not in in_vain}

    @invariant()
    def the_open_requests_are_the_models(self):
        found = [request.id for request in self.pool.open_requests()]
        assert found == [name for name, rows in self.model.requests.items() if rows]

    def store_state(self, row):
        found = self.store.fetch("SELECT state FROM state WHERE row = ?", (row,))
        return found[0][0] if found else "open"

    @staticmethod
    def request(number, rows):
        is_whole = None in rows.values()
        considered = None if is_whole else tuple(rows.values())
        reasons = ("why",) * len(rows)
        return LabelRequest(f"r{number}", number, tuple(rows), None, reasons, "random", considered=considered)

    @staticmethod
    def answer(row, annotator, targets):
        status = "skipped" if targets is None else "labelled"
        return Answer(row, status, targets, annotator, "a test", "2026-01-01T12:00:00+00:00")


PoolMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestPool = PoolMachine.TestCase
