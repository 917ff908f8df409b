"""The rounds of a run: what is fitted, asked and told, in which order, and when it ends."""

from dataclasses import replace

import numpy as np
import pytest
from loop_examples import Follower, Learner, a_run, hidden, macro_f1

from text_al.errors import TrainingError
from text_al.loop.rounds import Finished, advance
from text_al.loop.stopping import Goal
from text_al.strategies import strategy


def sizes(run):
    return [record.n_labelled for record in run.records()]


def test_a_run_labels_its_budget_and_fits_a_last_time_on_all_of_it(tmp_path):
    learner = Learner()
    run = a_run(tmp_path, learner=learner, budget=23)
    assert advance(run) == Finished("the budget of 23 texts is spent")
    assert sizes(run) == [10, 15, 20, 23]
    last = learner.fits[-1]
    assert sorted(last[1]) == np.flatnonzero(run.pool.idxs_labeled).tolist()
    assert np.array_equal(np.array(last[2]), hidden(last[1]))
    assert not run.pool.open_requests()


def test_a_record_says_what_happened(tmp_path):
    run = a_run(tmp_path, learner=Learner(found=[4, 7, 5, 6]), skipping=[7])
    advance(run)
    first, second, *_, last = run.records()
    assert (first.n_labelled, first.n_pool) == (10, 30 - first.n_skipped)
    asked = run.pool.request("round-001")
    assert first.request_id == asked.id
    assert tuple(text.row for text in first.queried) == asked.rows
    assert tuple(text.score for text in first.queried) == asked.scores
    assert tuple(text.reason for text in first.queried) == asked.reasons
    assert all(reason.startswith("margin: ") for reason in asked.reasons)
    assert [(text.id, text.text) for text in first.queried] == [
        (f"id-{row}", f"text {row} of 40") for row in asked.rows
    ]
    events = [event for row in asked.rows for event in run.pool.history(row)]
    assert {(event.request, event.round) for event in events} == {("round-001", 1)}
    assert first.strategy == asked.strategy == "margin"
    assert first.metrics["val_macro_f1_tuned"] == pytest.approx(macro_f1(4))
    assert first.metrics["train_loss"] == 0.25
    assert first.per_label_set == "val"
    assert first.per_label_f1 == pytest.approx({"even": macro_f1(4), "small": macro_f1(4)})
    assert (first.steps, first.global_step, second.global_step) == (3, 3, 6)
    assert first.notes == ("a text is cut",)
    assert not first.finished
    assert (last.queried, last.request_id) == ((), "")
    assert last.finished == "the budget of 25 texts is spent"
    stages = {"train", "test", "save", "score", "query", "explain", "total"}
    assert stages == set(first.seconds)
    assert first.seconds["total"] >= first.seconds["score"] + first.seconds["save"]


def test_no_skip_counts_into_the_budget_and_none_is_asked_again(tmp_path):
    skipping = range(0, 40, 3)
    run = a_run(tmp_path, skipping=skipping)
    assert advance(run) == Finished("the budget of 25 texts is spent")
    assert run.pool.counts().labelled == 25
    skipped = np.flatnonzero(run.pool.idxs_skipped).tolist()
    assert len(skipped) == run.records()[-1].n_skipped > 0
    assert set(skipped) <= set(skipping)
    assert sorted(event.row for event in run.pool.events() if event.kind == "skipped") == skipped
    assert [record.n_labelled + record.n_pool + record.n_skipped for record in run.records()][-1] == 40


def test_texts_skipped_in_the_first_batch_are_not_replaced_before_something_is_learned(tmp_path):
    some = a_run(tmp_path / "some", skipping=range(0, 40, 3))
    advance(some)
    assert some.pool.request("round-000-2") is None
    assert sizes(some)[0] == 10 - sum(row % 3 == 0 for row in some.pool.request("round-000").rows)


def test_when_all_of_the_first_batch_is_skipped_then_another_is_asked(tmp_path):
    first = a_run(tmp_path / "first")
    advance(first)
    run = a_run(tmp_path / "run", skipping=first.pool.request("round-000").rows)
    advance(run)
    assert len(run.pool.request("round-000-2").rows) == 10
    assert sizes(run)[0] == 10


def test_when_the_pool_is_smaller_than_the_first_batch_then_all_of_it_is_labelled(tmp_path):
    run = a_run(tmp_path, n=7)
    assert advance(run) == Finished("every text of the pool has been asked")
    assert sizes(run) == [7]


def test_when_less_is_left_than_a_query_asks_for_then_the_rest_is_asked(tmp_path):
    run = a_run(tmp_path, n=18, budget=99)
    assert advance(run) == Finished("every text of the pool has been asked")
    assert sizes(run) == [10, 15, 18]


def test_when_every_text_is_skipped_then_the_run_says_so_without_a_fit(tmp_path):
    run = a_run(tmp_path, n=12, skipping=range(12))
    assert advance(run) == Finished("no text is labelled, and none is left to ask")
    assert run.records() == []


def test_when_nothing_is_labelled_and_nothing_shall_be_asked_then_the_error_says_what_to_set(tmp_path):
    with pytest.raises(TrainingError, match=r"initial_size is 0; raise active_learning\.initial_size"):
        advance(a_run(tmp_path, initial_size=0))


def test_texts_labelled_from_the_start_count_for_the_first_batch(tmp_path):
    run = a_run(tmp_path, labelled=range(10))
    advance(run)
    assert run.pool.request("round-000") is None
    assert sizes(run) == [10, 15, 20, 25]
    some = a_run(tmp_path / "b", labelled=range(4))
    advance(some)
    assert len(some.pool.request("round-000").rows) == 6
    assert not set(some.pool.request("round-000").rows) & set(range(4))


def test_when_more_is_labelled_than_the_budget_allows_then_one_fit_is_all(tmp_path):
    run = a_run(tmp_path, labelled=range(30))
    assert advance(run) == Finished("the budget of 25 texts is spent")
    assert sizes(run) == [30]


@pytest.mark.parametrize(
    ("settings", "found", "n_rounds", "reason"),
    [
        ({"goal": Goal("val_macro_f1_tuned", macro_f1(6))}, [4, 5, 6, 7], 3, "the goal is reached"),
        ({"goal": Goal("val_loss", 1.0)}, [4, 7, 8], 3, "the goal is reached: val_loss"),
        ({"max_rounds": 2}, [4, 5, 6], 2, "2 rounds are done"),
        ({"patience": 2, "budget": 40}, [4, 6, 5, 6, 7], 4, "val_macro_f1_tuned has not risen for 2 rounds"),
    ],
)
def test_other_rules_end_a_run_before_its_budget(tmp_path, settings, found, n_rounds, reason):
    run = a_run(tmp_path, learner=Learner(found), **settings)
    outcome = advance(run)
    assert outcome.reason.startswith(reason)
    assert len(run.records()) == n_rounds
    assert run.records()[-1].finished == outcome.reason


def test_a_run_without_a_validation_set_goes_its_whole_way(tmp_path):
    run = a_run(tmp_path, validation=None)
    advance(run)
    record = run.records()[0]
    assert (record.threshold_rule, record.per_label_set, record.per_label_f1) == ("0.5", "", {})
    assert set(record.metrics) == {"train_loss"}
    assert (tmp_path / "models" / "best").resolve() == (tmp_path / "models" / "last").resolve()


def test_figures_are_at_the_models_thresholds_and_at_one_half(tmp_path):
    learner = Learner(found=[10])
    learner.thresholds = np.array([0.5, 0.99])  # the model's probabilities are 0.98
    run = a_run(tmp_path, learner=learner, max_rounds=1)
    advance(run)
    record = run.records()[0]
    assert record.thresholds == {"even": 0.5, "small": 0.99}
    assert record.per_label_f1 == {"even": 1.0, "small": 0.0}
    assert (record.metrics["val_macro_f1_tuned"], record.metrics["val_macro_f1_at_0.5"]) == (0.5, 1.0)


class Terse(Learner):
    """Measures nothing while it trains."""

    def fit(self, *arguments, **settings):
        report = super().fit(*arguments, **settings)
        return replace(report, evaluations=(replace(report.evaluations[0], metrics={}),))


def test_a_learner_need_not_measure_itself_while_it_trains(tmp_path):
    run = a_run(tmp_path, learner=Terse())
    advance(run)
    assert not [name for name in run.records()[0].metrics if name.startswith("train_")]
    assert "val_macro_f1_tuned" in run.records()[0].metrics


def test_the_first_rows_depend_on_the_seed_and_not_on_the_strategy(tmp_path):
    def first_rows(name, **settings):
        run = a_run(tmp_path / name / str(settings), strategy=strategy(name), **settings)
        advance(run)
        return [run.pool.request(request).rows for request in ("round-000", "round-001")]

    by_margin, by_chance = first_rows("margin"), first_rows("random")
    assert by_margin[0] == by_chance[0]
    assert by_margin[1] != by_chance[1]
    assert first_rows("margin", seed=1)[0] != by_margin[0]


class Draws:
    """A chooser that remembers the first number it could draw in each round."""

    name, needs = "draws", frozenset()

    def __init__(self):
        self.drawn = []

    def choose(self, candidates, n, rng):
        self.drawn.append(rng.random())
        return strategy("random").choose(candidates, n, rng)


def test_each_round_draws_by_itself_and_again_the_same(tmp_path):
    def drawn(folder, **settings):
        chooser = Draws()
        advance(a_run(tmp_path / folder, strategy=chooser, initial=chooser, **settings))
        return chooser.drawn

    first = drawn("a")
    assert len(set(first)) == len(first) == 4
    assert drawn("b") == first
    assert not set(drawn("c", seed=1)) & set(first)


def test_the_follower_hears_everything_once_and_in_order(tmp_path):
    follower = Follower()
    advance(a_run(tmp_path, follower=follower, budget=15))
    reason = "the budget of 15 texts is spent"
    assert follower.told == [
        ("begin", 1, 10, 30),
        ("evaluation", 1),
        ("note", "a text is cut"),
        ("end", 1, [1], ""),
        ("begin", 2, 15, 25),
        ("evaluation", 2),
        ("end", 2, [1, 2], reason),
        ("finish", 2, reason),
    ]


def test_a_strategy_that_needs_nothing_of_the_model_spares_the_scoring(tmp_path):
    class Blind(Learner):
        def look(self, rows, needs, reporter):
            raise AssertionError("nobody asked for it")

    run = a_run(tmp_path, learner=Blind(), strategy=strategy("random"))
    assert isinstance(advance(run), Finished)
