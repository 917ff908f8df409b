"""What follows when nothing new was learned."""

from loop_examples import Learner, Oracle, a_run

from text_al.loop.rounds import Finished, Waiting, advance, release

ALL = range(40)


def test_a_model_is_not_fitted_again_on_the_same_labels(tmp_path):
    learner, labelled = Learner(), range(10)
    run = a_run(tmp_path, learner=learner, labelled=labelled, skipping=set(ALL) - set(labelled), budget=40)
    assert advance(run) == Finished("every text of the pool has been asked")
    assert len(learner.fits) == len(run.records()) == 1
    assert run.pool.counts().skipped == 30


def test_a_text_that_is_given_back_unanswered_brings_no_fit_but_one_answer_does(tmp_path):
    learner, oracle = Learner(), Oracle(waits=set(ALL))
    run = a_run(tmp_path, learner=learner, labelled=range(10), oracle=oracle, budget=40)
    waiting = advance(run)
    assert isinstance(waiting, Waiting)
    assert release(run) == 5
    assert isinstance(advance(run), Waiting)
    assert len(learner.fits) == 1
    oracle.waits -= {run.open_request().rows[0]}
    assert advance(run).n_missing == 4
    assert release(run) == 4
    assert isinstance(advance(run), Waiting)
    assert len(learner.fits) == 2


def test_a_first_batch_with_skips_is_not_topped_up(tmp_path):
    run = a_run(tmp_path, skipping=range(0, 40, 2), budget=12)
    advance(run)
    assert [request for request in run.oracle.asked if request.startswith("round-000")] == ["round-000"]
    assert run.records()[0].n_labelled < 10


def test_a_first_batch_of_skips_only_is_asked_again(tmp_path):
    run = a_run(tmp_path, n=12, skipping=range(11), budget=12, initial_size=4)
    advance(run)
    assert run.records()[0].n_labelled == 1
