"""Several people on one text: how many it waits for, what holds where they differ, and taking back."""

from dataclasses import replace

import pytest

from text_al import Answer, LabelRequest, QueryPool
from text_al.circumstances import Circumstances, Shown
from text_al.data.resolution import Resolution
from text_al.data.store import RunStore
from text_al.errors import PoolError

LABELS = ["joy", "anger", "fear"]


def says(row, who, targets, at="2026-01-01T12:00Z", **more):
    status = "skipped" if targets is None else "labelled"
    return Answer(row, status, targets, annotator=who, source="here", at=at, **more)


def asked(pool, *rows, people=None, name="round-001"):
    request = LabelRequest(name, 1, rows, None, ("",) * len(rows), "random", people=people)
    pool.mark_pending(request)
    return request


def a_pool(rule="latest", trusted=""):
    pool = QueryPool.in_memory(10, LABELS)
    pool.resolve_by(Resolution(rule, trusted))
    return pool


def targets_of(pool, row):
    rows, targets = pool.labelled()
    return tuple(targets[rows.tolist().index(row)].tolist())


def test_a_text_waits_for_as_many_different_people_as_were_asked():
    pool = a_pool()
    asked(pool, 4, 5, people=(2, 1))
    pool.label([says(4, "anna", (1, 0, 0)), says(5, "anna", (0, 0, 0))], round=1)
    assert pool.idxs_pending.nonzero()[0].tolist() == [4]
    assert pool.idxs_labeled.nonzero()[0].tolist() == [4, 5]
    pool.label([says(4, "anna", (1, 1, 0))], round=1)  # the same person again is not another one
    assert pool.idxs_pending.nonzero()[0].tolist() == [4]
    pool.label([says(4, "ben", (1, 0, 0))], round=1)
    assert not pool.idxs_pending.any()
    assert pool.open_requests() == ()


def test_a_skip_is_an_answer_of_one_of_the_people_asked():
    pool = a_pool()
    asked(pool, 4, people=(2,))
    pool.label([says(4, "anna", None), says(4, "ben", (0, 1, 0))], round=1)
    assert not pool.idxs_pending.any()
    assert targets_of(pool, 4) == (0, 1, 0)


def test_the_second_of_two_answers_may_say_the_same_and_still_counts():
    pool = a_pool()
    asked(pool, 4, people=(2,))
    change = pool.label([says(4, "anna", (1, 0, 0)), says(4, "ben", (1, 0, 0))], round=1)
    assert (change.repeated, pool.open_requests()) == (0, ())


def test_a_text_given_back_keeps_what_some_have_said():
    pool = a_pool()
    asked(pool, 4, 5, people=(2, 2))
    pool.label([says(4, "anna", (1, 0, 0))], round=1)
    assert pool.release("round-001") == 2
    assert pool.idxs_labeled.nonzero()[0].tolist() == [4]
    assert 5 in pool.unlabelled()


@pytest.mark.parametrize(
    ("rule", "trusted", "holds"),
    [
        ("latest", "", (0, 0, 1)),
        ("majority", "", (1, 0, 1)),
        ("all", "", (-1, 0, 1)),
        ("trusted", "ben", (1, 0, 1)),
        ("trusted", "nobody", (1, 0, 1)),
    ],
)
def test_where_three_people_differ_the_rule_says_what_holds(rule, trusted, holds):
    pool = a_pool(rule, trusted)
    pool.label([says(2, "anna", (1, 0, 1)), says(2, "ben", (1, 0, 1)), says(2, "carl", (0, 0, 1))], round=1)
    assert targets_of(pool, 2) == holds


@pytest.mark.parametrize("rule", ["majority", "all"])
def test_two_who_differ_leave_the_label_open_until_somebody_settles_it(rule):
    pool = a_pool(rule)
    pool.label([says(2, "anna", (1, 0, 1)), says(2, "ben", (0, 0, 1))], round=1)
    assert targets_of(pool, 2) == (-1, 0, 1)
    settled = says(2, "ben", (1, 0, 0), how=Circumstances(settles=True))
    pool.label([settled], round=1)
    assert targets_of(pool, 2) == (1, 0, 0)
    pool.label([says(2, "carl", (0, 1, 1))], round=1)
    assert targets_of(pool, 2) == (1, 0, 0)


def test_all_that_people_said_stays_in_the_history_whatever_the_rule():
    pool = a_pool("all")
    pool.label([says(2, "anna", (1, 0, 1)), says(2, "ben", (0, 1, 0))], round=1)
    assert [event.targets for event in pool.history(2)] == [(1, 0, 1), (0, 1, 0)]
    assert targets_of(pool, 2) == (-1, -1, -1)


@pytest.mark.parametrize("order", [("llm:m@1", "anna"), ("anna", "llm:m@1")])
@pytest.mark.parametrize("rule", ["latest", "majority", "all"])
def test_a_programs_word_never_stands_against_a_persons(rule, order):
    said = {"llm:m@1": (1, 1, -1), "anna": (0, -1, 1)}
    pool = a_pool(rule)
    pool.label([says(2, who, said[who]) for who in order], round=1)
    assert targets_of(pool, 2) == (0, 1, 1)


def test_the_rule_survives_a_restart_and_another_one_asks_for_no_new_answers(tmp_path):
    with RunStore.create(tmp_path / "state.db", {}) as store:
        pool = QueryPool.create(store, 10, LABELS, "abc")
        pool.resolve_by(Resolution("majority"))
        pool.label([says(2, "anna", (1, 0, 1)), says(2, "ben", (0, 0, 1))], round=1)
    with RunStore.open(tmp_path / "state.db") as store:
        pool = QueryPool.open(store)
        assert targets_of(pool, 2) == (-1, 0, 1)
        pool.resolve_by(Resolution("trusted", "anna"))
        assert targets_of(pool, 2) == (1, 0, 1)


def test_what_is_taken_back_is_asked_for_again_and_stays_in_the_history():
    pool = a_pool()
    request = asked(pool, 4, 5)
    pool.label([says(4, "anna", (1, 0, 0)), says(5, "anna", (0, 0, 1))], round=1)
    assert pool.open_requests() == ()
    pool.withdraw(5, "anna", round=1, source="page")
    assert pool.idxs_pending.nonzero()[0].tolist() == [5]
    assert pool.idxs_labeled.nonzero()[0].tolist() == [4]
    assert [open_request.id for open_request in pool.open_requests()] == [request.id]
    assert pool.answers_to(request)[5] == {}
    assert [event.how.word for event in pool.history(5)] == ["", "", "withdrawn", ""]
    pool.label([says(5, "anna", (0, 0, 1))], round=1)
    assert (pool.open_requests(), targets_of(pool, 5)) == ((), (0, 0, 1))


def test_taking_back_leaves_what_others_said():
    pool = a_pool()
    asked(pool, 4, people=(2,))
    pool.label([says(4, "anna", (1, 0, 0)), says(4, "ben", (0, 0, 1))], round=1)
    pool.withdraw(4, "ben", round=1, source="page")
    assert targets_of(pool, 4) == (1, 0, 0)
    assert pool.idxs_pending[4]
    pool.label([says(4, "ben", None)], round=1)
    assert not pool.idxs_pending.any()


def test_a_skip_can_be_taken_back():
    pool = a_pool()
    asked(pool, 4)
    pool.label([says(4, "anna", None)], round=1)
    assert pool.idxs_skipped[4]
    pool.withdraw(4, "anna", round=1, source="page")
    assert pool.idxs_pending[4]
    assert not pool.idxs_skipped.any()


def test_what_was_taken_back_and_then_given_back_may_be_asked_by_another_request():
    pool = a_pool()
    asked(pool, 4)
    pool.label([says(4, "anna", (1, 0, 0))], round=1)
    pool.withdraw(4, "anna", round=1, source="page")
    pool.release("round-001")
    assert 4 in pool.unlabelled()


@pytest.mark.parametrize("who", ["ben", "anna"])
def test_nobody_can_take_back_what_they_did_not_say(who):
    pool = a_pool()
    asked(pool, 4)
    pool.label([says(4, "anna", (1, 0, 0))], round=1)
    if who == "anna":
        pool.withdraw(4, "anna", round=1, source="page")
    with pytest.raises(PoolError, match=f"annotator '{who}' has said nothing of row 4"):
        pool.withdraw(4, who, round=1, source="page")


def test_how_a_decision_came_about_and_whom_a_text_waits_for_are_on_disk(tmp_path):
    how = Circumstances("", 3.5, Shown("ranked", "round-001", (("joy", 0.25),)), "annotation/1", settles=True)
    with RunStore.create(tmp_path / "state.db", {}) as store:
        pool = QueryPool.create(store, 10, LABELS, "abc")
        asked(pool, 4, people=(3,))
        pool.label([says(4, "anna", (1, 0, 0), how=how)], round=1)
    with RunStore.open(tmp_path / "state.db") as store:
        question, answer = QueryPool.open(store).history(4)
    assert (question.people, answer.how) == (3, how)


def test_a_request_keeps_what_the_model_thinks_and_from_whom_it_is_hidden(tmp_path):
    request = LabelRequest(
        "round-002", 2, (4, 5), None, ("", ""), "margin",
        probs=((0.5, 0.25, 0.125), (0.0, 1.0, 0.5)), thresholds=(0.5, 0.4, 0.3), people=(1, 2),
        blind=(False, True),
    )  # fmt: skip
    with RunStore.create(tmp_path / "state.db", {}) as store:
        QueryPool.create(store, 10, LABELS, "abc").mark_pending(request)
    with RunStore.open(tmp_path / "state.db") as store:
        assert QueryPool.open(store).open_requests() == (request,)
        assert replace(request, id="x") != request


def test_what_only_a_program_said_is_no_truth_to_measure_by():
    pool = a_pool()
    pool.label(
        [says(1, "llm:m@1", (1, 0, 1)), says(2, "anna", (1, 0, 0)), says(3, "llm:m@1", (1, 1, -1))], round=1
    )
    pool.label([says(3, "ben", (-1, 0, -1))], round=1)
    assert pool.labelled()[1].tolist() == [[1, 0, 1], [1, 0, 0], [1, 0, -1]]
    assert pool.targets_by_people().tolist() == [[-1, -1, -1], [1, 0, 0], [-1, 0, -1]]


def test_who_takes_an_answer_back_that_nobody_waits_for_leaves_the_text_to_the_others():
    pool = a_pool()
    asked(pool, 4)
    pool.label([says(4, "anna", (1, 0, 0)), says(4, "ben", (0, 0, 1))], round=1)
    pool.withdraw(4, "anna", round=1, source="page")
    assert (pool.open_requests(), targets_of(pool, 4)) == ((), (0, 0, 1))


@pytest.mark.parametrize(
    "again",
    [
        {"comment": "irony"},
        {"how": Circumstances(settles=True)},
        {"targets": None, "how": Circumstances(word="unsure")},
    ],
)
def test_what_says_more_than_before_is_kept(again):
    pool = a_pool()
    first = None if again.get("targets", 0) is None else (1, 0, 0)
    pool.label([says(4, "anna", first)], round=1)
    assert pool.label([says(4, "anna", **{"targets": first, **again})], round=1).repeated == 0
    assert pool.label([says(4, "anna", **{"targets": first, **again})], round=1).repeated == 1


def test_a_skip_said_again_after_it_was_taken_back_is_an_answer_of_one_of_the_people_asked():
    pool = a_pool()
    asked(pool, 4, people=(2,))
    pool.label([says(4, "anna", None)], round=1)
    pool.withdraw(4, "anna", round=1, source="page")
    pool.label([says(4, "anna", None), says(4, "ben", None)], round=1)
    assert pool.open_requests() == ()


def about(pool, row, labels, name="labels-001"):
    request = LabelRequest(name, 1, (row,), None, ("",), "random", considered=(labels,))
    pool.mark_pending(request)
    return request


def test_a_correction_that_names_its_request_is_kept_with_that_one_and_answers_no_other():
    pool = a_pool()
    asked(pool, 4)
    pool.label([says(4, "anna", (1, 0, -1), considered=(0, 1))], round=1)
    later = about(pool, 4, (2,))
    pool.label([says(4, "anna", (0, 0, -1), considered=(0, 1), request="round-001")], round=1)
    assert pool.history(4)[-1].request == "round-001"
    assert (pool.answers_to(later)[4], bool(pool.idxs_pending[4])) == ({}, True)
    pool.label([says(4, "anna", (-1, -1, 1))], round=1)
    pool.withdraw(4, "anna", round=1, source="page")
    assert targets_of(pool, 4) == (0, 0, -1)


def test_an_answer_that_names_its_request_says_no_only_of_what_that_one_asked():
    pool = a_pool()
    asked(pool, 4)
    pool.label([says(4, "anna", (1, 0, -1), considered=(0, 1))], round=1)
    about(pool, 4, (2,))
    pool.label([says(4, "anna", (0, 1, 0), request="labels-001")], round=1)
    assert targets_of(pool, 4) == (1, 1, 0)  # what is named is said; no follows from the question alone


def test_a_program_is_not_one_of_the_people_that_a_text_waits_for():
    pool = a_pool()
    asked(pool, 4, people=(2,))
    pool.label([says(4, "llm:m@1", (1, 0, 0)), says(4, "anna", (1, 0, 0))], round=1)
    assert pool.idxs_pending[4]
    pool.label([says(4, "ben", (1, 0, 0))], round=1)
    assert not pool.idxs_pending.any()


def test_an_old_answer_that_comes_again_does_not_undo_what_was_settled():
    pool = a_pool("all")
    first = says(2, "anna", (1, 0, 1))
    pool.label([first, says(2, "ben", (0, 0, 1))], round=1)
    pool.label([says(2, "anna", (0, -1, -1), considered=(0,), how=Circumstances(settles=True))], round=1)
    assert targets_of(pool, 2) == (0, 0, 1)
    assert pool.label([first], round=1).repeated == 1
    assert targets_of(pool, 2) == (0, 0, 1)


def test_a_skip_that_was_taken_back_leaves_the_text_open_where_it_is_given_back():
    pool = a_pool()
    asked(pool, 4)
    pool.label([says(4, "anna", None)], round=1)
    pool.withdraw(4, "anna", round=1, source="page")
    pool.release("round-001")
    assert 4 in pool.unlabelled()


def labels_and_stops(store, pool):
    with store.transaction():
        pool.label([says(2, "anna", (1, 0, 1))], round=1)
        assert targets_of(pool, 2) == (1, 0, 1)
        raise KeyboardInterrupt


def test_labels_are_read_anew_after_a_change_that_was_undone(tmp_path):
    with RunStore.create(tmp_path / "state.db", {}) as store:
        pool = QueryPool.create(store, 10, LABELS, "abc")
        with pytest.raises(KeyboardInterrupt):
            labels_and_stops(store, pool)
        pool.label([says(3, "anna", (0, 1, 0))], round=1)
        assert pool.labelled()[0].tolist() == [3]
        pool.labelled()[1][:] = -1
        assert targets_of(pool, 3) == (0, 1, 0)


def test_what_somebody_settled_holds_until_they_settle_it_anew_or_take_it_back():
    pool = a_pool("all")
    asked(pool, 2, people=(3,))
    pool.label([says(2, "anna", (1, 0, 1)), says(2, "ben", (0, 0, 1))], round=1)
    pool.label([says(2, "anna", (0, -1, -1), considered=(0,), how=Circumstances(settles=True))], round=1)
    pool.label([says(2, "anna", (1, 1, 1))], round=1)
    assert targets_of(pool, 2) == (0, -1, 1)
    pool.label([says(2, "anna", (1, -1, -1), considered=(0,), how=Circumstances(settles=True))], round=1)
    assert targets_of(pool, 2) == (1, -1, 1)
