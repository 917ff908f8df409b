"""When a run ends, by records and by what is left."""

from dataclasses import replace

import pytest
from tracking_examples import a_record

from text_al.loop.stopping import Goal, StopRules, rounds_without_gain, stop_reason


def records(*values, metric="val_macro_f1_tuned"):
    return [
        replace(a_record(number), metrics={metric: value}) for number, value in enumerate(values, start=1)
    ]


def rules(**settings):
    return StopRules(**{"budget": 100, **settings})


@pytest.mark.parametrize(
    ("settings", "values", "n_labelled", "n_open", "reason"),
    [
        ({}, [0.5], 99, 1, ""),
        ({}, [0.5], 100, 1, "the budget of 100 texts is spent"),
        ({}, [0.5], 120, 1, "the budget of 100 texts is spent"),
        ({}, [0.5], 99, 0, "every text of the pool has been asked"),
        ({"max_rounds": 2}, [0.5], 10, 9, ""),
        ({"max_rounds": 1}, [0.5], 10, 9, "1 round is done"),
        ({"max_rounds": 2}, [0.5, 0.5], 10, 9, "2 rounds are done"),
        ({"goal": Goal("val_macro_f1_tuned", 0.6)}, [0.7, 0.59], 10, 9, ""),
        (
            {"goal": Goal("val_macro_f1_tuned", 0.6)},
            [0.1, 0.6],
            10,
            9,
            "the goal is reached: val_macro_f1_tuned is 0.600",
        ),
        ({"patience": 2}, [0.5, 0.4], 10, 9, ""),
        ({"patience": 2}, [0.5, 0.4, 0.45], 10, 9, "val_macro_f1_tuned has not risen for 2 rounds"),
        ({"patience": 2}, [0.5, 0.4, 0.51], 10, 9, ""),
        (
            {"patience": 2, "min_gain": 0.02},
            [0.5, 0.51, 0.515],
            10,
            9,
            "val_macro_f1_tuned has not risen for 2 rounds",
        ),
    ],
)
def test_a_run_ends_by_the_first_rule_that_says_so(settings, values, n_labelled, n_open, reason):
    assert stop_reason(rules(**settings), records(*values), n_labelled, n_open) == reason


def test_a_loss_reaches_its_goal_by_falling():
    goal = rules(goal=Goal("val_loss", 0.2))
    assert stop_reason(goal, records(0.3, metric="val_loss"), 1, 1) == ""
    assert (
        stop_reason(goal, records(0.2, metric="val_loss"), 1, 1) == "the goal is reached: val_loss is 0.200"
    )


def test_the_patience_with_a_loss_is_with_one_that_does_not_fall():
    watched = rules(patience=1, metric="val_loss")
    assert rounds_without_gain(watched, records(0.5, 0.4, 0.3, metric="val_loss")) == 0
    assert rounds_without_gain(watched, records(0.3, 0.4, 0.5, metric="val_loss")) == 2
    assert stop_reason(watched, records(0.3, 0.4, metric="val_loss"), 1, 1) == (
        "val_loss has not fallen for 1 round"
    )


def test_a_round_without_a_figure_is_a_round_without_a_gain():
    assert rounds_without_gain(rules(), records(0.3, float("nan"), float("nan"))) == 2
