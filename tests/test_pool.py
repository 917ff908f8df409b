"""What the pool knows about its rows, and what it refuses."""

import time
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import AnswersError, PoolError
from text_al.types import Answer, Answers, LabelRequest

LABELS = ("joy", "anger")


def says(row, targets, annotator="anna", at="2026-01-01T12:00:00+00:00"):
    status = "skipped" if targets is None else "labelled"
    return Answer(row, status, targets, annotator, "a test", at)


def request(number, *rows, **changes):
    made = LabelRequest(
        f"round-{number:03d}", number, rows, tuple(map(float, rows)), ("why",) * len(rows), "margin"
    )
    return replace(made, **changes)


@pytest.fixture
def pool():
    return QueryPool.in_memory(10, LABELS)


def states(pool):
    counts = pool.counts()
    return counts.open, counts.pending, counts.labelled, counts.skipped, counts.excluded


def test_at_first_every_row_is_open_but_those_excluded():
    pool = QueryPool.in_memory(5, LABELS, excluded=[3, 1])
    assert pool.unlabelled().tolist() == [0, 2, 4]
    assert pool.unlabelled().dtype == np.int64
    assert states(pool) == (3, 0, 0, 0, 2)
    rows, targets = pool.labelled()
    assert (rows.shape, targets.shape, targets.dtype) == ((0,), (0, 2), np.int8)
    assert (len(pool), pool.n_labels, pool.labels) == (5, 2, LABELS)


def test_labels_are_given_back_in_row_order_with_every_kind_of_target(pool):
    change = pool.label([says(7, (1, -1)), says(2, (0, 0))], round=0)
    rows, targets = pool.labelled()
    assert (rows.tolist(), targets.tolist()) == ([2, 7], [[0, 0], [1, -1]])
    assert (change.new, change.unasked, change.changed, change.repeated, change.skipped) == (2, 2, 0, 0, 0)
    assert np.flatnonzero(pool.idxs_labeled).tolist() == [2, 7]


@pytest.mark.parametrize("name", ["idxs_labeled", "idxs_pending", "idxs_skipped"])
def test_a_mask_cannot_be_written(pool, name):
    mask = getattr(pool, name)
    assert (mask.shape, mask.dtype) == ((10,), np.bool_)
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = True


def test_a_request_makes_its_rows_pending_until_all_are_answered(pool):
    asked = request(3, 4, 1, 8)
    pool.mark_pending(asked)
    assert np.flatnonzero(pool.idxs_pending).tolist() == [1, 4, 8]
    assert pool.open_requests() == (asked,)
    pool.label(Answers(asked.id, (says(4, (1, 1)),)), round=3)
    assert pool.open_requests() == (asked,)
    change = pool.label([says(1, (0, 1)), says(8, None)], round=3)
    assert (change.new, change.skipped, change.unasked) == (1, 1, 0)
    assert pool.open_requests() == ()
    assert pool.request("round-003") == asked
    assert pool.request("round-004") is None
    assert states(pool) == (7, 0, 2, 1, 0)


def test_a_request_may_carry_numpy_numbers(pool):
    rows = tuple(np.array([4, 1]))
    pool.mark_pending(request(1, *rows, scores=tuple(np.array([0.5, 0.25], dtype=np.float32))))
    assert pool.open_requests()[0].scores == (0.5, 0.25)
    assert pool.history(4)[0].row == 4


def test_asking_twice_with_one_id_asks_once_and_other_rows_are_refused(pool):
    pool.mark_pending(request(1, 4, 1))
    pool.mark_pending(request(1, 4, 1))
    assert len(list(pool.events())) == 2
    with pytest.raises(PoolError, match="'round-001' was made for other rows"):
        pool.mark_pending(request(1, 4, 2))
    pool.label([says(4, (1, 0)), says(1, (1, 0))], round=1)
    pool.mark_pending(request(1, 4, 1))
    assert states(pool) == (8, 0, 2, 0, 0)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ((), "it has no rows"),
        ((0, 0), "row 0 is named twice"),
        ((10,), "there is no row 10; the pool's rows are 0 to 9"),
        ((-1,), "there is no row -1"),
        ((0, 5), "row 5 is labelled already"),
        ((0, 6), "row 6 is pending already"),
        ((0, 7), "row 7 is excluded already"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_and_changes_nothing(rows, problem):
    pool = QueryPool.in_memory(10, LABELS, excluded=[7])
    pool.label([says(5, (1, 0))], round=0)
    pool.mark_pending(request(1, 6))
    before = list(pool.events())
    with pytest.raises(PoolError, match=problem):
        pool.mark_pending(request(2, *rows))
    assert (list(pool.events()), pool.request("round-002")) == (before, None)
    assert states(pool) == (7, 1, 1, 0, 1)


def test_when_reasons_and_rows_differ_in_number_the_request_is_refused(pool):
    with pytest.raises(PoolError, match="2 rows, but 1 reasons"):
        pool.mark_pending(request(1, 4, 1, reasons=("why",)))


def test_released_rows_may_be_asked_again(pool):
    pool.mark_pending(request(1, 4, 1))
    pool.label([says(4, (1, 0))], round=1)
    assert (pool.release("round-001"), pool.release("round-001")) == (1, 0)
    assert (pool.open_requests(), states(pool)) == ((), (9, 0, 1, 0, 0))
    pool.mark_pending(request(2, 1))
    assert [event.kind for event in pool.history(1)] == ["asked", "released", "asked"]


def test_when_a_released_request_is_made_again_its_open_rows_are_pending_again(pool):
    pool.mark_pending(request(1, 4, 1, 6))
    pool.label([says(4, (1, 0))], round=1)
    pool.release("round-001")
    pool.label([says(6, None)], round=1)
    pool.mark_pending(request(1, 4, 1, 6))
    assert np.flatnonzero(pool.idxs_pending).tolist() == [1]
    assert [made.id for made in pool.open_requests()] == ["round-001"]


def test_when_a_skipped_row_is_asked_again_and_released_it_is_skipped_as_before(pool):
    pool.label([says(1, None)], round=0)
    pool.mark_pending(request(1, 1))
    assert states(pool) == (9, 1, 0, 0, 0)
    pool.release("round-001")
    assert states(pool) == (9, 0, 0, 1, 0)


def test_when_an_unknown_request_is_released_the_open_ones_are_named(pool):
    pool.mark_pending(request(1, 4))
    with pytest.raises(PoolError, match="no request is called 'round-1'; open requests: round-001"):
        pool.release("round-1")


def test_the_same_answers_twice_change_nothing(pool):
    answers = [says(4, (1, 0)), says(5, None)]
    pool.label(answers, round=1)
    before = list(pool.events())
    change = pool.label(answers, round=2)
    assert (change.repeated, change.new, change.changed, change.skipped, change.unasked) == (2, 0, 0, 0, 0)
    assert list(pool.events()) == before


def test_a_correction_adds_an_event_and_erases_none(pool):
    pool.label([says(4, (1, 0))], round=1)
    change = pool.label([says(4, (0, 1))], round=2)
    assert (change.changed, change.new) == (1, 0)
    assert pool.labelled()[1].tolist() == [[0, 1]]
    assert [(event.targets, event.round) for event in pool.history(4)] == [((1, 0), 1), ((0, 1), 2)]


def test_when_annotators_differ_the_latest_last_word_holds(pool):
    pool.label([says(4, (1, 0), "anna"), says(4, (0, 1), "ben")], round=1)
    assert pool.labelled()[1].tolist() == [[0, 1]]
    assert pool.label([says(4, (1, 0), "anna")], round=1).repeated == 1
    assert pool.labelled()[1].tolist() == [[0, 1]]
    pool.label([says(4, (1, 1), "anna")], round=1)
    assert pool.labelled()[1].tolist() == [[1, 1]]


def test_a_skip_withdraws_the_annotators_own_labels_and_no_others(pool):
    pool.label([says(4, (1, 0), "anna"), says(4, (0, 1), "ben")], round=1)
    pool.label([says(4, None, "ben")], round=1)
    assert pool.labelled()[1].tolist() == [[1, 0]]
    pool.label([says(4, None, "anna")], round=1)
    assert states(pool) == (9, 0, 0, 1, 0)
    pool.label([says(4, (1, 1), "ben")], round=2)
    assert states(pool) == (9, 0, 1, 0, 0)


def test_when_a_row_is_asked_again_the_same_answer_is_an_answer(pool):
    pool.label([says(4, None)], round=1)
    pool.mark_pending(request(1, 4))
    assert pool.label([says(4, None)], round=1).skipped == 1
    assert pool.open_requests() == ()


def test_an_event_tells_who_when_where_and_why(pool):
    pool.mark_pending(request(2, 4, purpose="audit", inclusion=(0.125,)))
    pool.label(Answers("round-002", (replace(says(4, (1, 0)), comment="sure"),)), round=3)
    asked, labelled = pool.history(4)
    assert (asked.kind, asked.source, asked.round, asked.targets) == ("asked", "margin", 2, None)
    assert (labelled.annotator, labelled.source, labelled.comment) == ("anna", "a test", "sure")
    assert (labelled.at, labelled.round, labelled.request) == ("2026-01-01T12:00:00+00:00", 3, "round-002")
    assert (labelled.purpose, labelled.inclusion, labelled.targets) == ("audit", 0.125, (1, 0))
    assert [event.id for event in pool.events()] == [asked.id, labelled.id] == [1, 2]


def test_an_answer_nobody_asked_for_keeps_the_request_id_it_came_with(pool):
    pool.label([says(4, (1, 0))], round=0, request_id="initial")
    assert pool.history(4)[0].request == "initial"


def test_an_excluded_row_is_never_offered_but_may_be_labelled():
    pool = QueryPool.in_memory(3, LABELS, excluded=[1])
    pool.label([says(1, (0, 0))], round=0)
    assert states(pool) == (2, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (says(10, (1, 0)), "row 10: there is no row 10; the pool's rows are 0 to 9"),
        (says(-1, (1, 0)), "there is no row -1"),
        (says(1, (1,)), "it has 1 targets, but there are 2 labels"),
        (says(1, (1, 2)), "the target 2 must be 1"),
        (says(1, (-1, -1)), "all its targets are -1"),
        (replace(says(1, None), status="labelled"), "has no targets"),
        (replace(says(1, (1, 0)), status="skipped"), "a skip has no targets"),
        (replace(says(1, (1, 0)), status="maybe"), "the status 'maybe' is not known"),
    ],
)
def test_when_one_answer_is_wrong_none_is_taken(pool, wrong, problem):
    with pytest.raises(AnswersError, match=problem):
        pool.label([says(0, (1, 0)), wrong], round=1)
    assert (list(pool.events()), states(pool)) == ([], (10, 0, 0, 0, 0))


def test_all_wrong_answers_are_listed(pool):
    with pytest.raises(AnswersError) as caught:
        pool.label([says(11, (1, 0)), says(2, (1, 0)), says(3, (5, 0))], round=1)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "answer 1, row 11",
        "answer 3, row 3",
    ]


def test_when_the_transaction_around_a_change_fails_memory_and_disk_are_as_before():
    store = RunStore.in_memory()
    pool = QueryPool.create(store, 10, LABELS, "abc")
    with suppress(ZeroDivisionError), store.transaction():
        pool.mark_pending(request(1, 4, 1))
        pool.label([says(4, (1, 0))], round=1)
        raise ZeroDivisionError
    assert states(pool) == states(QueryPool.open(store)) == (10, 0, 0, 0, 0)
    assert (list(pool.events()), pool.open_requests()) == ([], ())


def test_changes_inside_one_transaction_see_each_other():
    store = RunStore.in_memory()
    pool = QueryPool.create(store, 10, LABELS, "abc")
    with store.transaction():
        pool.label([says(4, (1, 0))], round=1)
        with pytest.raises(PoolError, match="row 4 is labelled already"):
            pool.mark_pending(request(1, 4))
        assert pool.label([says(4, (1, 0))], round=1).repeated == 1
    assert states(pool) == (9, 0, 1, 0, 0)


def test_when_the_corpus_changed_the_pool_does_not_open():
    store = RunStore.in_memory()
    QueryPool.create(store, 10, LABELS, "abc")
    assert QueryPool.open(store, fingerprint="abc").fingerprint == "abc"
    assert QueryPool.open(store).labels == LABELS
    with pytest.raises(PoolError, match=r"the corpus changed since this run began \(abc, now abd\)"):
        QueryPool.open(store, fingerprint="abd")


@pytest.mark.parametrize(
    ("labels", "excluded", "problem"),
    [
        (("joy", "joy"), [], "all different"),
        ((), [], "one name or more"),
        (LABELS, [10], "excluded rows must be in 0 to 9"),
        (LABELS, [-1], "excluded rows must be in 0 to 9"),
    ],
)
def test_a_pool_that_makes_no_sense_is_not_made(labels, excluded, problem):
    store = RunStore.in_memory()
    with pytest.raises(PoolError, match=problem):
        QueryPool.create(store, 10, labels, "", excluded=excluded)
    with pytest.raises(PoolError, match="holds no pool"):
        QueryPool.open(store)


def test_a_store_holds_one_pool():
    store = RunStore.in_memory()
    QueryPool.create(store, 10, LABELS, "")
    with pytest.raises(PoolError, match="holds a pool already"):
        QueryPool.create(store, 10, LABELS, "")


def test_a_pool_can_be_looked_at_read_only(tmp_path):
    with RunStore.create(tmp_path / "state.db", {}) as store:
        QueryPool.create(store, 10, LABELS, "").label([says(4, (1, 0))], round=1)
        with RunStore.open(tmp_path / "state.db", read_only=True) as looker:
            assert states(QueryPool.open(looker)) == (9, 0, 1, 0, 0)


def test_when_there_is_more_than_a_page_of_events_all_are_read(pool, monkeypatch):
    monkeypatch.setattr("text_al.data.ledger._PAGE", 3)
    pool.label([says(row, (1, 0)) for row in range(10)], round=0)
    assert [event.row for event in pool.events()] == list(range(10))


def test_a_pool_of_ten_million_rows_opens_at_once_and_its_file_follows_the_labels(tmp_path):
    path = tmp_path / "state.db"
    with RunStore.create(path, {}) as store:
        big = QueryPool.create(store, 10_000_000, LABELS, "abc", excluded=[0])
        big.label([says(row, (1, 0)) for row in (5, 9_999_999)], round=0)
    began = time.perf_counter()
    with RunStore.open(path) as store:
        big = QueryPool.open(store, fingerprint="abc")
        assert states(big) == (9_999_997, 0, 2, 0, 1)
    assert time.perf_counter() - began < 2
    assert path.stat().st_size < 200_000
