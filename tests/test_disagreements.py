"""A queue of texts that people differ about: who said what, and what is settled."""

import pytest

from text_al.circumstances import Circumstances
from text_al.data.disagreements import Disagreement, answered_by_several, disagreements, own_words
from text_al.data.pool import QueryPool
from text_al.types import Answer

SETTLES = Circumstances(settles=True)


@pytest.fixture
def pool():
    return QueryPool.in_memory(10, ["a", "b", "c"])


def say(pool, row, annotator, targets, how=None, considered=None):
    """One answer; None skips."""
    status = "skipped" if targets is None else "labelled"
    given = {} if how is None else {"how": how}
    answer = Answer(
        row, status, targets, annotator, "test", "2026-01-01T12:00Z", considered=considered, **given
    )
    pool.label([answer], round=1)


def test_two_people_who_differ_are_found_with_what_each_said_and_the_labels_in_dispute(pool):
    say(pool, 4, "anna", (1, 0, 0))
    say(pool, 4, "ben", (1, 1, 1))
    say(pool, 2, "anna", (0, 0, 1))
    say(pool, 2, "ben", (1, 0, 1))
    said = {"anna": (1, 0, 0), "ben": (1, 1, 1)}
    assert disagreements(pool) == (
        Disagreement(2, {"anna": (0, 0, 1), "ben": (1, 0, 1)}, (0,)),
        Disagreement(4, said, (1, 2)),
    )


def test_where_people_agree_or_one_is_alone_there_is_nothing_to_settle(pool):
    say(pool, 1, "anna", (0, 0, 0))
    say(pool, 1, "ben", (0, 0, 0))
    say(pool, 2, "anna", (1, 0, 0))
    assert disagreements(pool, with_settled=True) == ()
    assert answered_by_several(pool) == [1]


def test_labels_that_only_one_of_them_considered_are_in_no_dispute(pool):
    say(pool, 1, "anna", (1, 0, -1))
    say(pool, 1, "ben", (-1, 0, 1))
    assert disagreements(pool) == ()
    say(pool, 1, "carla", (-1, 1, -1))
    (found,) = disagreements(pool)
    assert found.labels == (1,)
    assert found.said["ben"] == (-1, 0, 1)


def test_nothing_decided_is_not_labelled_with_nothing(pool):
    say(pool, 1, "anna", (1, 0, 0))
    say(pool, 1, "ben", None)
    assert disagreements(pool) == ()
    say(pool, 1, "ben", (0, 0, 0))
    assert disagreements(pool)[0].labels == (0,)


def test_a_person_who_corrects_themselves_ends_it(pool):
    say(pool, 1, "anna", (1, 0, 0))
    say(pool, 1, "ben", (0, 0, 0))
    say(pool, 1, "ben", (1, 0, 0))
    assert disagreements(pool, with_settled=True) == ()


def test_a_program_is_no_person_to_differ_from(pool):
    say(pool, 1, "anna", (1, 0, 0))
    say(pool, 1, "llm:x", (0, 1, 0))
    assert disagreements(pool) == ()
    assert answered_by_several(pool) == [1]


def test_a_settling_decision_ends_it_and_is_no_answer_of_its_own(pool):
    say(pool, 1, "anna", (1, 0, 0))
    say(pool, 1, "ben", (0, 0, 1))
    say(pool, 1, "anna", (0, 0, 1), SETTLES)  # she gives in, and had said something else
    assert disagreements(pool) == ()
    (settled,) = disagreements(pool, with_settled=True)
    assert settled == Disagreement(1, {"anna": (1, 0, 0), "ben": (0, 0, 1)}, (0, 2), settled=True)


def test_what_is_settled_in_part_stays_in_dispute_for_the_rest(pool):
    say(pool, 1, "anna", (1, 0, 0))
    say(pool, 1, "ben", (0, 0, 1))
    say(pool, 1, "carla", (1, -1, -1), SETTLES)
    (found,) = disagreements(pool)
    assert (found.labels, found.settled) == ((2,), False)
    say(pool, 1, "carla", (-1, -1, 1), SETTLES)
    assert disagreements(pool) == ()


def test_a_settling_decision_that_is_taken_back_opens_it_again(pool):
    say(pool, 1, "anna", (1, 0, 0))
    say(pool, 1, "ben", (0, 0, 0))
    say(pool, 1, "carla", (0, 0, 0), SETTLES)
    say(pool, 1, "carla", None)
    assert [found.row for found in disagreements(pool)] == [1]


def test_what_holds_and_what_is_in_dispute_go_together(pool):
    say(pool, 1, "anna", (1, 0, 0))
    say(pool, 1, "ben", (0, 0, 0))
    say(pool, 1, "carla", (1, 0, 0), SETTLES)
    say(pool, 1, "dora", (0, 0, 0))  # after it was settled: what was settled holds
    _, targets = pool.labelled()
    assert targets.tolist() == [[1, 0, 0]]
    assert disagreements(pool) == ()


def test_each_annotators_own_words_are_gathered_from_several_answers(pool):
    say(pool, 1, "anna", (1, -1, -1))
    say(pool, 1, "anna", (-1, 0, -1))
    say(pool, 1, "ben", None)
    assert own_words(pool.history(1), 3) == {"anna": (1, 0, -1)}
