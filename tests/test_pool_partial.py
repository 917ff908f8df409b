"""Texts of which some labels are known: asked about the others, answered, skipped, given back, kept."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import AnswersError, PoolError
from text_al.types import Answer, Answers, LabelRequest

LABELS = ("joy", "anger", "fear")


def says(row, targets, annotator="anna", considered=None):
    status = "skipped" if targets is None else "labelled"
    return Answer(row, status, targets, annotator, "a test", "2026-01-01", considered=considered)


def request(number, considered):
    """A request about these labels of each row; None for all labels of all rows."""
    rows = tuple(considered)
    labels = tuple(considered.values())
    asked = None if None in labels else labels
    return LabelRequest(
        f"round-{number:03d}", number, rows, None, ("why",) * len(rows), "pairs", considered=asked
    )


@pytest.fixture
def pool():
    return QueryPool.in_memory(10, LABELS)


def known(pool):
    rows, targets = pool.labelled()
    return dict(zip(rows.tolist(), map(tuple, targets.tolist()), strict=True))


def open_cells(pool):
    rows, cells = pool.open_cells()
    return {int(row): np.flatnonzero(of_row).tolist() for row, of_row in zip(rows, cells, strict=True)}


def test_when_other_labels_are_answered_later_then_all_are_known(pool):
    pool.label([says(4, (1, -1, -1))], round=0)
    pool.mark_pending(request(1, {4: (2,)}))
    change = pool.label([says(4, (-1, -1, 0), "ben")], round=1)
    assert known(pool) == {4: (1, -1, 0)}
    assert (change.extended, change.changed, change.new, change.unasked) == (1, 0, 0, 0)
    assert open_cells(pool) == {4: [1]}


def test_a_target_that_is_not_known_erases_none_and_another_replaces_it(pool):
    pool.label([says(4, (1, 0, -1))], round=0)
    assert pool.label([says(4, (-1, 1, -1))], round=1).changed == 1
    assert known(pool) == {4: (1, 1, -1)}
    assert pool.label([says(4, (1, -1, -1))], round=1).repeated == 1


def test_for_each_label_the_latest_of_the_annotators_last_words_holds(pool):
    pool.label(
        [says(4, (1, 0, -1), "anna"), says(4, (0, -1, 1), "ben"), says(4, (-1, 1, -1), "anna")], round=0
    )
    assert known(pool) == {4: (0, 1, 1)}
    pool.label([says(4, None, "ben")], round=1)
    assert known(pool) == {4: (1, 1, -1)}


def test_while_a_labelled_text_is_asked_about_more_it_is_labelled_and_pending(pool):
    pool.label([says(4, (1, -1, -1)), says(5, (0, 0, 0))], round=0)
    asked = request(1, {4: (1, 2), 7: (0,)})
    pool.mark_pending(asked)
    assert np.flatnonzero(pool.idxs_labeled).tolist() == [4, 5]
    assert np.flatnonzero(pool.idxs_pending).tolist() == [4, 7]
    assert known(pool) == {4: (1, -1, -1), 5: (0, 0, 0)}
    counts = pool.counts()
    assert (counts.open, counts.pending, counts.labelled, counts.skipped) == (7, 2, 2, 0)
    assert (open_cells(pool), pool.open_requests()) == ({}, (asked,))


@pytest.mark.parametrize(
    ("considered", "problem"),
    [
        ({4: None}, "row 4 is labelled already$"),
        ({4: (0, 1)}, r"row 4 is labelled already for labels \[0\]"),
        ({5: (0,)}, "row 5 is pending already"),
        ({7: ()}, "row 7 is asked about no label; name one or more"),
        ({7: (3,)}, "row 7 is asked about label 3, but the labels are 0 to 2"),
        ({7: (2, 1)}, r"row 7 is asked about the labels \[2, 1\]; name each once, in ascending order"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_and_changes_nothing(pool, considered, problem):
    pool.label([says(4, (1, -1, -1)), says(5, (1, -1, -1))], round=0)
    pool.mark_pending(request(1, {5: (1,)}))
    before = list(pool.events())
    with pytest.raises(PoolError, match=problem):
        pool.mark_pending(request(2, considered))
    assert list(pool.events()) == before


def test_when_labels_and_rows_differ_in_number_the_request_is_refused(pool):
    with pytest.raises(PoolError, match="1 rows, but 2 considered"):
        pool.mark_pending(replace(request(1, {4: (1,)}), considered=((1,), (2,))))


def test_asking_twice_asks_once_and_about_other_labels_needs_another_id(pool):
    pool.mark_pending(request(1, {4: (1,)}))
    pool.mark_pending(request(1, {4: (1,)}))
    assert len(list(pool.events())) == 1
    with pytest.raises(PoolError, match="'round-001' was made for other rows or labels"):
        pool.mark_pending(request(1, {4: (2,)}))


def test_when_the_rest_is_skipped_then_what_is_known_stays_and_the_text_rests(pool):
    pool.label([says(4, (1, -1, -1))], round=0)
    pool.mark_pending(request(1, {4: (2,)}))
    assert pool.label([says(4, None)], round=1).skipped == 1
    assert known(pool) == {4: (1, -1, -1)}
    assert (pool.counts().labelled, pool.counts().skipped, pool.open_requests()) == (1, 0, ())
    assert open_cells(pool) == {}
    pool.label([says(4, None, considered=(0,))], round=1)
    assert known(pool) == {}


def test_a_skip_withdraws_only_the_labels_it_is_about_also_when_its_file_is_read_again(pool):
    pool.label([says(4, (1, 0, -1))], round=0)
    pool.mark_pending(request(1, {4: (2,)}))
    skip = says(4, None, considered=(2,))
    pool.label([skip], round=1)
    pool.label([says(4, (-1, 1, -1))], round=2)
    assert pool.label([skip], round=2).repeated == 1
    assert known(pool) == {4: (1, 1, -1)}


def test_an_answer_that_does_not_say_what_it_is_about_is_about_the_labels_asked(pool):
    pool.mark_pending(request(1, {4: (0, 2), 5: (1,)}))
    answers = Answers("round-001", (says(4, (1, 0, 0)), says(5, None)))
    pool.label(answers, round=1)
    assert known(pool) == {4: (1, -1, 0)}
    assert pool.history(5)[-1].considered == (1,)
    assert pool.label(answers, round=1).repeated == 2
    pool.label([says(4, (0, 1, 1), "ben", considered=(0, 1, 2))], round=1)
    assert known(pool) == {4: (0, 1, 1)}


def test_an_answer_is_about_the_question_of_its_own_request(pool):
    pool.mark_pending(request(1, {4: (0,)}))
    first = Answers("round-001", (says(4, (1, 0, 0)),))
    pool.label(first, round=1)
    pool.mark_pending(request(2, {4: (1,)}))
    assert pool.label(first, round=2).repeated == 1
    assert [made.id for made in pool.open_requests()] == ["round-002"]
    assert known(pool) == {4: (1, -1, -1)}


def test_an_answer_about_other_labels_is_taken_and_leaves_the_question_open(pool):
    pool.label([says(4, (1, -1, -1))], round=0)
    pool.mark_pending(request(1, {4: (2,), 6: (2,)}))
    change = pool.label([says(4, (0, -1, -1)), says(6, (-1, 1, -1))], round=1)
    assert (change.changed, change.new) == (1, 1)
    assert known(pool) == {4: (0, -1, -1), 6: (-1, 1, -1)}
    assert np.flatnonzero(pool.idxs_pending).tolist() == [4, 6]
    pool.label([says(4, (-1, -1, 1)), says(6, (-1, -1, 1))], round=1)
    assert known(pool) == {4: (0, -1, 1), 6: (-1, 1, 1)}
    assert pool.open_requests() == ()


def test_when_a_question_is_given_back_its_text_is_labelled_as_before_and_may_be_asked_again(pool):
    pool.label([says(4, (1, -1, -1))], round=0)
    asked = request(1, {4: (1,), 7: (0,)})
    pool.mark_pending(asked)
    assert pool.release("round-001") == 2
    assert (known(pool), pool.counts().open) == ({4: (1, -1, -1)}, 9)
    assert open_cells(pool) == {4: [1, 2]}
    pool.mark_pending(asked)
    assert np.flatnonzero(pool.idxs_pending).tolist() == [4, 7]
    pool.label([says(4, (-1, 0, -1))], round=1)
    pool.mark_pending(asked)
    assert np.flatnonzero(pool.idxs_pending).tolist() == [7]


def test_what_was_asked_by_label_and_not_answered_is_not_offered_again(pool):
    pool.mark_pending(request(1, {4: (0, 1)}))
    pool.mark_pending(request(2, {5: None}))
    pool.label([says(4, (1, -1, -1)), says(5, (1, -1, -1))], round=1)
    assert open_cells(pool) == {5: [1, 2]}
    pool.label([says(4, (-1, 0, -1), "ben")], round=1)
    assert open_cells(pool) == {4: [2], 5: [1, 2]}


@pytest.mark.parametrize(
    ("considered", "problem"),
    [((), "it is about no label"), ((3,), "it is about label 3"), ((1, 0), "in ascending order")],
)
def test_an_answer_about_labels_there_are_not_is_refused(pool, considered, problem):
    with pytest.raises(AnswersError, match=problem):
        pool.label([says(4, None, considered=considered)], round=0)


def test_effort_counts_every_answer_and_every_decided_label(pool):
    assert (pool.effort().texts, pool.effort().decisions) == (0, 0)
    pool.mark_pending(request(1, {4: (0, 2), 5: (1,), 6: (1,)}))
    pool.label([says(4, (1, -1, 0)), says(5, None)], round=1)
    pool.label([says(4, (-1, 1, -1))], round=1)
    assert (pool.effort().texts, pool.effort().decisions) == (3, 3)


def asked_and_answered(store):
    """A pool in which one text waits for the rest, and one partial question was skipped."""
    pool = QueryPool.create(store, 10, LABELS, "abc")
    pool.label([says(4, (1, -1, -1)), says(5, (0, 1, -1))], round=0)
    pool.mark_pending(request(1, {4: (1, 2), 5: (2,)}))
    pool.label([says(5, None)], round=1)
    return pool


def test_a_store_that_is_opened_again_knows_what_was_asked_of_whom(tmp_path):
    path = tmp_path / "state.db"
    with RunStore.create(path, {}) as store:
        before = asked_and_answered(store)
        events, requests, states = list(before.events()), before.open_requests(), before.counts()
    with RunStore.open(path) as store:
        pool = QueryPool.open(store)
        assert (list(pool.events()), pool.open_requests(), pool.counts()) == (events, requests, states)
        assert pool.open_requests()[0].considered == ((1, 2), (2,))
        assert known(pool) == {4: (1, -1, -1), 5: (0, 1, -1)}
        assert np.flatnonzero(pool.idxs_labeled).tolist() == [4, 5]
        pool.label([says(4, (0, 0, 1))], round=1)
        assert known(pool)[4] == (1, 0, 1)


def test_when_the_transaction_fails_the_question_was_never_asked(pool):
    pool.label([says(4, (1, -1, -1))], round=0)
    with suppress(ZeroDivisionError), pool._store.transaction():
        pool.mark_pending(request(1, {4: (1,)}))
        raise ZeroDivisionError
    assert (pool.counts().pending, open_cells(pool)) == (0, {4: [1, 2]})


LACKED = {1: ("considered", "how", "people"), 2: ("how", "people")}


def of_a_former_version(path, version):
    """A store as an earlier version wrote it."""
    with RunStore.create(path, {}) as store:
        pool = QueryPool.create(store, 10, LABELS, "abc")
        pool.label([says(4, (1, -1, -1))], round=0)
        pool.mark_pending(request(1, {6: None}))
        for column in LACKED[version]:
            store.execute(f"ALTER TABLE events DROP COLUMN {column}")
        later = ("people", "blind", "probs", "thresholds", *(("considered",) if version == 1 else ()))
        for name in later:
            store.execute(f"UPDATE requests SET json = json_remove(json, '$.{name}')")
        store.execute(f"PRAGMA user_version = {version}")


@pytest.mark.parametrize("version", [1, 2])
def test_a_store_of_a_former_version_can_be_looked_at_and_goes_on(tmp_path, version):
    path = tmp_path / "state.db"
    of_a_former_version(path, version)
    with RunStore.open(path, read_only=True) as looker:
        old = QueryPool.open(looker)
        assert (known(old), old.open_requests()[0].rows) == ({4: (1, -1, -1)}, (6,))
        assert looker.fetch("PRAGMA user_version") == [(version,)]
        with RunStore.open(path) as store:
            pool = QueryPool.open(store)
            pool.label([says(6, (1, 1, 1))], round=1)
            pool.mark_pending(request(2, {4: (1,)}))
        assert [event.considered for event in old.events()] == [None, None, None, (1,)]
    with RunStore.open(path) as store:
        assert QueryPool.open(store).history(4)[-1].considered == (1,)
        assert store.fetch("PRAGMA user_version") == [(3,)]


def test_a_skip_that_takes_a_label_back_is_a_change_that_a_fit_must_see():
    pool = QueryPool.in_memory(3, ["a", "b", "c"])
    said = {"annotator": "anna", "source": "here", "at": "2026-01-01T12:00Z"}
    pool.label([Answer(0, "labelled", (1, 0, 1), **said)], round=0)
    before = pool.decisions()
    pool.label([Answer(1, "skipped", None, **said)], round=0)
    assert pool.decisions() == before
    pool.label([Answer(0, "skipped", None, **{**said, "at": "2026-01-02T12:00Z"}, considered=(2,))], round=0)
    assert pool.labelled()[1].tolist() == [[1, 0, -1]]
    assert pool.decisions() != before
