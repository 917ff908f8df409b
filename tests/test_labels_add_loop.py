"""A run that goes on with one more label: the backfill, the new fit, and what no longer compares."""

from dataclasses import replace

import numpy as np
import pytest
from loop_examples import LABELS, Follower, Learner, Oracle, a_run, hidden

from text_al.data.store import RunStore
from text_al.errors import NothingLearnedError
from text_al.loop.backfill import ask_backfill
from text_al.loop.fitting import FITTED_ON
from text_al.loop.new_labels import Backfill, backfills, begin_with_label
from text_al.loop.reopening import reopen
from text_al.loop.rounds import Finished, Waiting, advance, release
from text_al.loop.stopping import StopRules, rounds_without_gain
from text_al.types import Answer, Candidates, Label, LabelledTexts

NEW = len(LABELS)
BUDGET_SPENT = Finished("the budget of 25 texts is spent")


class Wide(Learner):
    """Knows any number of labels; before a fit, by the names: high rows are likely for each label alike."""

    def __init__(self, n_labels, *, knows_names=True):
        super().__init__()
        self.n_labels, self.knows_names = n_labels, knows_names
        self.thresholds = np.full(n_labels, 0.5)

    def look(self, rows, needs, reporter):
        if not self.fits and not self.restored and not self.knows_names:
            raise NothingLearnedError("learner wide knows nothing of these labels")
        logits = np.repeat((rows / 10 - 2)[:, None], self.n_labels, axis=1).astype(np.float32)
        return Candidates(rows, logits, 1 / (1 + np.exp(-logits)), self.thresholds)

    def fit(self, rows, targets, validation, **settings):
        assert targets.shape == (len(rows), self.n_labels)
        report = super().fit(rows, targets, validation, **settings)
        logits = report.validation_logits
        wide = None if logits is None else np.repeat(logits[:, :1], self.n_labels, axis=1)
        return replace(report, thresholds=self.thresholds, validation_logits=wide)

    def logits(self, texts, reporter):
        return np.zeros((len(texts), self.n_labels), np.float32)


class Answers(Oracle):
    """Answers what was asked; odd rows have the new label. A row of `waits` has no answer yet."""

    def _answer(self, row):
        said = super()._answer(row)
        return said if said.targets is None else replace(said, targets=(*said.targets, int(row % 2)))

    def collect(self, request):
        found = super().collect(request)
        if request.considered is None:
            return found
        about = dict(zip(request.rows, request.considered, strict=True))
        return replace(found, answers=tuple(self._about(one, about[one.row]) for one in found.answers))

    def _about(self, answer, labels):
        targets = [target if i in labels else -1 for i, target in enumerate(answer.targets)]
        return replace(answer, targets=tuple(targets))


@pytest.fixture
def store(tmp_path):
    with RunStore.create(tmp_path / "state.db", {}) as made:
        yield made


def begun(folder, store, **settings):
    """A run with two labels, as far as it goes."""
    run = a_run(folder, store=store, **settings)
    return run, advance(run)


def widened(folder, store, *, n_labels=NEW + 1, **settings):
    """The same run, opened with one label more, and its learner."""
    run = a_run(folder, store=store, **{"learner": Wide(n_labels), "oracle": Answers(), **settings})
    if run.validation is not None:
        more = np.full((len(run.validation.targets), n_labels - len(LABELS)), -1, np.int8)
        targets = np.hstack([run.validation.targets, more])
        run.validation = LabelledTexts(run.validation.source, targets)
    return run


def test_a_finished_run_asks_about_the_new_label_learns_it_and_finishes_again(tmp_path, store):
    _, outcome = begun(tmp_path, store)
    assert outcome == BUDGET_SPENT
    begin_with_label(store, Label("odd"), n_backfill=8)
    run = widened(tmp_path, store)
    assert advance(run) == BUDGET_SPENT
    asked = run.pool.request("labels-001")
    assert (asked.considered, asked.strategy, asked.purpose) == (((NEW,),) * 8, "backfill", "train")
    rows, targets = run.pool.labelled()
    of_row = dict(zip(rows.tolist(), targets.tolist(), strict=True))
    for row in rows.tolist():
        assert of_row[row] == [*hidden([row])[0], row % 2 if row in asked.rows else -1]
    ((number, fitted, seen, *_),) = run.learner.fits
    assert (number, fitted, seen) == (5, rows.tolist(), targets.tolist())
    assert [list(record.thresholds) for record in run.records()] == [list(LABELS)] * 4 + [[*LABELS, "odd"]]
    assert [bool(record.finished) for record in run.records()] == [False] * 4 + [True]


def test_likely_texts_by_the_name_come_first_and_no_weights_are_read_for_it(tmp_path, store):
    begun(tmp_path, store)
    begin_with_label(store, Label("odd"), n_backfill=6)
    run = widened(tmp_path, store, oracle=Oracle(waits=range(40)))
    outcome = advance(run)
    assert (outcome.request.id, outcome.n_missing) == ("labels-001", 6)
    labelled = np.flatnonzero(run.pool.idxs_labeled)
    assert list(outcome.request.rows[0::2]) == labelled[::-1][:3].tolist()
    assert run.learner.restored == []
    sentence = "6 labelled texts are asked about label 'odd' alone, as labels-001"
    assert ("note", sentence) in run.follower.told


def test_a_learner_that_knows_no_names_has_them_drawn_by_chance_and_that_is_said(tmp_path, store):
    begun(tmp_path, store)
    begin_with_label(store, Label("odd"), n_backfill=6)
    learner = Wide(NEW + 1, knows_names=False)
    run = widened(tmp_path, store, learner=learner, oracle=Oracle(waits=range(40)))
    outcome = advance(run)
    assert len(set(outcome.request.rows)) == 6
    assert all(run.pool.idxs_labeled[list(outcome.request.rows)])
    assert set(outcome.request.reasons) == {"drawn by chance for 'odd'"}
    said = [words for kind, words in run.follower.told if kind == "note"]
    assert said[0].startswith("the first texts for label 'odd' are drawn by chance: learner wide knows")


def test_a_round_that_was_about_to_choose_does_not_choose_by_a_model_without_the_label(tmp_path, store):
    run, _ = begun(tmp_path, store, max_rounds=1)
    last = store.rounds()[-1]
    store.put_round(last.number, "trained", last.record_json.replace("1 round is done", ""), last.model)
    begin_with_label(store, Label("odd"), n_backfill=0)
    run = widened(tmp_path, store)
    assert advance(run) == BUDGET_SPENT
    assert [record.n_labelled for record in run.records()] == [10, 10, 15, 20, 25]
    assert run.records()[0].queried == ()
    assert run.learner.restored == []


def test_without_a_backfill_the_label_is_fitted_all_the_same_though_nothing_was_decided(tmp_path, store):
    begun(tmp_path, store)
    begin_with_label(store, Label("odd"), n_backfill=0)
    assert backfills(store) == ()
    run = widened(tmp_path, store)
    assert advance(run) == BUDGET_SPENT
    assert [record.round for record in run.records()] == [1, 2, 3, 4, 5]
    assert run.pool.request("labels-001") is None
    assert store.meta(FITTED_ON) == run.pool.decisions()


def test_while_a_request_waits_its_answers_come_first_and_the_backfill_next(tmp_path, store):
    waiting = Oracle(waits=range(40))
    run, outcome = begun(tmp_path, store, labelled=range(20), oracle=waiting)
    assert outcome.request.id == "round-001"
    begin_with_label(store, Label("odd"), n_backfill=4)
    run = widened(tmp_path, store, oracle=Answers(waits=range(40)))
    assert advance(run).request.id == "round-001"
    run.oracle.waits = set(range(20))
    assert advance(run).request.id == "labels-001"
    run.oracle.waits = set()
    assert advance(run) == BUDGET_SPENT
    assert [record.round for record in run.records()] == [1, 2]


def test_a_backfill_that_nobody_answers_is_given_back_and_the_run_goes_on(tmp_path, store):
    begun(tmp_path, store)
    begin_with_label(store, Label("odd"), n_backfill=6)
    run = widened(tmp_path, store, oracle=Answers(waits=range(40)))
    assert isinstance(advance(run), Waiting)
    assert release(run) == 6
    assert advance(run) == BUDGET_SPENT
    assert (run.pool.labelled()[1][:, NEW] == -1).all()
    assert [record.round for record in run.records()] == [1, 2, 3, 4, 5]


def test_two_labels_have_a_backfill_each(tmp_path, store):
    begun(tmp_path, store)
    begin_with_label(store, Label("odd"), n_backfill=3)
    begin_with_label(store, Label("large"), n_backfill=4)
    assert backfills(store) == (Backfill(NEW, 3), Backfill(NEW + 1, 4))
    run = widened(tmp_path, store, n_labels=NEW + 2, oracle=Oracle(waits=range(40)))
    first = advance(run).request
    assert ask_backfill(run)
    second = run.pool.open_requests()[1]
    assert (first.id, first.considered) == ("labels-001", ((NEW,),) * 3)
    assert (second.id, second.considered) == ("labels-002", ((NEW + 1,),) * 4)
    assert not set(first.rows) & set(second.rows)
    assert not ask_backfill(run)


def test_before_anything_is_labelled_nothing_is_asked_about_it_alone(tmp_path, store):
    a_run(tmp_path, store=store)
    begin_with_label(store, Label("odd"), n_backfill=6)
    run = widened(tmp_path, store)
    assert advance(run) == BUDGET_SPENT
    assert run.pool.request("labels-001") is None
    assert (run.pool.labelled()[1] >= 0).all()


def test_a_warm_start_begins_anew_when_the_last_model_has_fewer_labels_and_goes_on_after(tmp_path, store):
    begun(tmp_path, store, warm_start=True, max_rounds=1)
    begin_with_label(store, Label("odd"), n_backfill=0)
    run = widened(tmp_path, store, warm_start=True, budget=15)
    advance(run)
    assert run.learner.restored == []
    assert reopen(store, run.pool, StopRules(budget=20))
    run = widened(tmp_path, store, warm_start=True, budget=20)
    advance(run)
    assert run.learner.restored == ["round-003"]


def test_the_best_model_is_one_that_has_the_label(tmp_path, store):
    run, _ = begun(tmp_path, store, learner=Learner(found=[10, 9, 9]))
    assert (run.folder.models / "best").resolve().name == "round-001"
    begin_with_label(store, Label("odd"), n_backfill=0)
    run = widened(tmp_path, store)
    assert advance(run) == BUDGET_SPENT
    assert (run.folder.models / "best").resolve().name == "round-005"


def test_patience_counts_rounds_with_the_labels_of_now_only(tmp_path, store):
    run, _ = begun(tmp_path, store)
    (record, *_), rules = run.records(), StopRules(budget=99, patience=2, metric="m")
    former = [replace(record, metrics={"m": value}) for value in (0.9, 0.8, 0.8)]
    now = replace(record, metrics={"m": 0.4}, thresholds={**record.thresholds, "odd": 0.5})
    assert rounds_without_gain(rules, former) == 2
    assert rounds_without_gain(rules, [*former, now]) == 0
    assert rounds_without_gain(rules, [*former, now, replace(now, metrics={"m": 0.3})]) == 1


def test_the_first_record_with_the_label_says_that_means_hold_it_now(tmp_path, store):
    begun(tmp_path, store)
    begin_with_label(store, Label("odd"), n_backfill=0)
    run = widened(tmp_path, store, budget=30)
    advance(run)
    sentence = "labels added since the last round: 'odd'; means over labels hold them from here on"
    assert [sentence in record.notes for record in run.records()] == [False] * 4 + [True, False]


def test_an_oracle_that_knows_nothing_of_it_skips_and_no_label_is_lost(tmp_path, store):
    begun(tmp_path, store)
    begin_with_label(store, Label("odd"), n_backfill=6)
    run = widened(tmp_path, store, oracle=Skips(), follower=Follower())
    before = run.pool.labelled()
    assert advance(run) == BUDGET_SPENT
    after = run.pool.labelled()
    assert all(np.array_equal(*both) for both in zip(before, after, strict=True))


class Skips(Oracle):
    def _answer(self, row):
        return Answer(row, "skipped", None, "anna", "test", "2026-01-01")
