"""A run between its processes: waiting for answers, giving texts back, going on from what is kept."""

import pytest
from loop_examples import Follower, Learner, Oracle, a_run, timeless

from text_al.data.store import RunStore
from text_al.errors import TrainingError
from text_al.loop.reopening import reopen
from text_al.loop.rounds import Finished, Waiting, advance, release


def sizes(run):
    return [record.n_labelled for record in run.records()]


def test_the_run_waits_for_answers_and_takes_what_has_come_in(tmp_path):
    oracle = Oracle(waits=range(40))
    follower, learners = Follower(), []

    def make_learner():
        learners.append(Learner())
        return learners[-1]

    run = a_run(tmp_path, oracle=oracle, follower=follower, make_learner=make_learner)
    outcome = advance(run)
    assert isinstance(outcome, Waiting)
    assert (outcome.request.id, outcome.n_missing, len(outcome.request.rows)) == ("round-000", 10, 10)
    oracle.waits -= set(outcome.request.rows[:4])
    assert advance(run) == Waiting(outcome.request, 6)
    assert run.pool.counts().labelled == 4
    assert not learners
    assert follower.told == []
    oracle.waits = set(range(40)) - set(outcome.request.rows)
    outcome = advance(run)
    assert (outcome.request.id, outcome.n_missing) == ("round-001", 5)
    assert len(learners) == 1
    assert sizes(run) == [10]
    assert oracle.asked == ["round-000"] * 3 + ["round-001"]


def test_when_texts_are_given_back_then_the_run_goes_on_without_them(tmp_path):
    oracle = Oracle(waits=range(40))
    run = a_run(tmp_path, oracle=oracle)
    first = advance(run).request
    oracle.waits -= set(first.rows)
    second = advance(run).request
    oracle.waits -= set(second.rows[:2])
    advance(run)
    assert release(run) == 3
    assert not run.pool.open_requests()
    third = advance(run)
    assert (sizes(run), third.request.id) == ([10, 12], "round-002")
    assert release(run) == 5
    assert release(run) == 0


def test_when_the_first_batch_is_given_back_then_another_is_asked_under_another_name(tmp_path):
    run = a_run(tmp_path, oracle=Oracle(waits=range(40)))
    advance(run)
    release(run)
    assert advance(run).request.id == "round-000-2"


@pytest.fixture
def state(tmp_path):
    """The place of a store, as `a_run` needs one that outlives it."""
    RunStore.create(tmp_path / "state.db", {}).close()
    return tmp_path / "state.db"


def run_on(folder, state, **settings):
    """Opens the run, as `open_run` does, and advances it; what came of it, its records and its learner."""
    learner = settings.pop("learner", None) or Learner()
    with RunStore.open(state) as store:
        run = a_run(folder, store=store, learner=learner, **settings)
        reopen(store, run.pool, run.plan.stop)
        return advance(run), run.records(), learner, run.follower.told


def test_a_finished_run_stays_finished_and_says_so_again(tmp_path, state):
    _, records, _, _ = run_on(tmp_path, state)
    outcome, again, learner, told = run_on(tmp_path, state)
    assert outcome == Finished("the budget of 25 texts is spent")
    assert (again, learner.fits) == (records, [])
    assert told == [("finish", 4, outcome.reason)]


def test_when_a_finished_run_gets_a_larger_budget_then_it_goes_on_as_if_it_had_had_it(tmp_path, state):
    run_on(tmp_path / "a", state, budget=15)
    outcome, records, learner, told = run_on(tmp_path / "a", state, budget=25)
    whole = a_run(tmp_path / "b", budget=25)
    advance(whole)
    assert outcome == Finished("the budget of 25 texts is spent")
    assert [timeless(record) for record in records] == [timeless(record) for record in whole.records()]
    assert learner.restored == ["round-002"]
    assert told[0] == ("end", 2, [1, 2], "")


def test_a_warm_start_goes_on_from_the_weights_of_the_round_before_also_after_a_restart(tmp_path, state):
    unbroken = Learner()
    advance(a_run(tmp_path / "b", learner=unbroken, warm_start=True, budget=20))
    assert [fit[4] for fit in unbroken.fits] == [0, 1, 12]
    fits, restored = [], []
    oracle = Oracle(waits=range(40))
    outcome, _, _, _ = run_on(tmp_path / "a", state, warm_start=True, budget=20, oracle=oracle)
    while isinstance(outcome, Waiting):
        oracle.waits -= set(outcome.request.rows)
        outcome, _, learner, _ = run_on(tmp_path / "a", state, warm_start=True, budget=20, oracle=oracle)
        fits += learner.fits
        restored += learner.restored
    assert fits == unbroken.fits
    assert restored == ["round-001", "round-002"]


class Breaks(Learner):
    """Its second fit breaks half-way, once."""

    is_whole = False

    def fit(self, *arguments, round_number, **others):
        if round_number == 2 and not self.is_whole:
            self.weights, self.is_whole = -1, True
            raise TrainingError("the loss is nan")
        return super().fit(*arguments, round_number=round_number, **others)


def test_a_fit_that_broke_is_done_again_from_the_weights_it_began_with(tmp_path):
    learner = Breaks()
    run = a_run(tmp_path, learner=learner, warm_start=True)
    with pytest.raises(TrainingError, match="nan"):
        advance(run)
    assert isinstance(advance(run), Finished)
    assert learner.restored == ["round-001"]
    assert [fit[4] for fit in learner.fits] == [0, 1, 12, 123]


def test_a_fresh_start_reads_no_former_weights(tmp_path, state):
    oracle = Oracle(waits=range(40))
    first, _, _, _ = run_on(tmp_path, state, oracle=oracle)
    oracle.waits -= set(first.request.rows)
    second, _, _, _ = run_on(tmp_path, state, oracle=oracle)
    oracle.waits -= set(second.request.rows)
    _, _, learner, _ = run_on(tmp_path, state, oracle=oracle)
    assert [fit[0] for fit in learner.fits] == [2]
    assert learner.restored == []
