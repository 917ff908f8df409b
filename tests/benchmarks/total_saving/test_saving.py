"""What the tables say: factors, kept cells and the tables themselves, by known answers."""

import json

import numpy as np
import pytest

from tests.benchmarks.total_saving.cells import Cells, Figures, Task
from tests.benchmarks.total_saving.saving import Amount, labels_needed
from tests.benchmarks.total_saving.tables import curves_table, saving_table, silent_note

SIZES = [200, 400, 800, 1600]
TASK = Task("set", "stock", "version 1", 200, seed=0)


def figures(macro, micro=0.5, mean_ap=0.5):
    return Figures(macro, micro, mean_ap, cpu_seconds=1.0, thresholds="0.5", notes=("a note",))


@pytest.mark.parametrize(
    ("scores", "goal", "needed"),
    [
        ([0.1, 0.2, 0.3, 0.4], 0.2, Amount(400)),
        ([0.1, 0.2, 0.3, 0.4], 0.25, Amount(400 * 2**0.5)),  # half way in the logarithm
        ([0.1, 0.2, 0.3, 0.4], 0.1, Amount(200, "at most ")),
        ([0.1, 0.2, 0.3, 0.4], 0.05, Amount(200, "at most ")),
        ([0.1, 0.2, 0.3, 0.4], 0.41, Amount(1600, "more than ")),
        ([0.1, 0.3, 0.2, 0.4], 0.25, Amount(400)),  # the two that fall become 0.25 both
        ([0.0, 0.0, 0.0, 0.4], 0.1, Amount(800 * 2**0.25)),
        ([0.2, 0.2, 0.2, 0.2], 0.2, Amount(200, "at most ")),
    ],
)
def test_when_a_curve_is_read_off_then_the_labels_are_those_worked_out_by_hand(scores, goal, needed):
    found = labels_needed(SIZES, scores, goal)
    assert (found.value, found.bound) == (pytest.approx(needed.value), needed.bound)


def test_when_a_mean_has_more_seeds_then_it_weighs_more_where_the_curve_falls():
    # 0.4 by three seeds and 0.2 by one: 0.35 at both, so 0.35 is reached at the first of them
    found = labels_needed([200, 400, 800], [0.1, 0.4, 0.2], 0.35, weights=[1, 3, 1])
    assert found.value == pytest.approx(400)
    assert labels_needed([200, 400, 800], [0.1, 0.4, 0.2], 0.35, weights=[1, 1, 3]).bound == "more than "


@pytest.mark.parametrize("seed", range(20))
def test_when_the_goal_rises_then_never_fewer_labels_are_needed(seed):
    scores = np.random.default_rng(seed).random(len(SIZES)).tolist()
    needed = [labels_needed(SIZES, scores, goal).value for goal in np.linspace(0, 1, 30)]
    assert needed == sorted(needed)


def test_when_an_amount_is_shown_then_its_bound_is_said():
    assert Amount(12_800, "more than ").over(200).shown(digits=1) == "more than 64.0"
    assert Amount(1234.5).shown(digits=0) == "1,234"


def test_when_figures_are_made_then_they_are_those_of_scikit_learn():
    from sklearn.metrics import average_precision_score, f1_score

    rng = np.random.default_rng(0)
    truth, logits = (rng.random((50, 4)) < 0.4).astype(np.int8), rng.normal(size=(50, 4))
    cuts = np.array([0.3, 0.5, 0.6, 0.4])
    found = Figures.of(truth, logits, cuts, cpu_seconds=0.0, thresholds="tuned")
    predicted = 1 / (1 + np.exp(-logits)) >= cuts
    assert found.macro_f1 == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert found.micro_f1 == pytest.approx(f1_score(truth, predicted, average="micro"))
    assert found.macro_average_precision == pytest.approx(average_precision_score(truth, logits))


def test_when_a_cell_was_kept_then_a_restart_reads_it_and_measures_nothing(tmp_path):
    file = tmp_path / "cells.jsonl"
    Cells(file).measured(TASK, lambda: figures(0.25))
    again = Cells(file)
    assert again.find(TASK) == figures(0.25)
    assert again.measured(TASK, lambda: pytest.fail("measured again")) == figures(0.25)
    assert len(file.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    "change", [{"data": "x"}, {"method": "x"}, {"made_with": "x"}, {"n_labelled": 1}, {"seed": 1}]
)
def test_when_anything_that_decides_a_cell_differs_then_it_is_another_cell(tmp_path, change):
    cells = Cells(tmp_path / "cells.jsonl")
    cells.measured(TASK, lambda: figures(0.25))
    assert cells.find(Task(**{**vars(TASK), **change})) is None


@pytest.mark.parametrize("line", ['{"data": "set", "met', '{"data": "set"}', "[]", ""])
def test_when_a_kept_line_is_torn_then_the_error_names_it(tmp_path, line):
    file = tmp_path / "cells.jsonl"
    Cells(file).measured(TASK, lambda: figures(0.25))
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(ValueError, match=r"cells\.jsonl:2: .* is no cell .* delete the line"):
        Cells(file)


def test_when_measuring_fails_then_nothing_is_kept(tmp_path):
    file = tmp_path / "cells.jsonl"
    with pytest.raises(ZeroDivisionError):
        Cells(file).measured(TASK, lambda: 1 / 0)
    assert not file.exists()


def test_when_a_cell_is_kept_then_its_line_is_json_with_all_that_is_known_of_it(tmp_path):
    file = tmp_path / "cells.jsonl"
    Cells(file).measured(TASK, lambda: figures(0.25))
    assert json.loads(file.read_text()) == {**vars(TASK), **vars(figures(0.25)), "notes": ["a note"]}


def test_when_curves_are_shown_then_means_spread_and_seeds_stand_in_their_cells():
    curves = {
        "ours": {200: [figures(0.5)]},
        "stock": {200: [figures(0.1), figures(0.3)], 400: [figures(0.2, 0.3, 0.4)]},
    }
    assert curves_table(curves) == [
        "| labelled texts | ours | stock |",
        "|---|---|---|",
        "| 200 | 0.500 / 0.500 / 0.500 (1 seed) | 0.200 ± 0.141 / 0.500 / 0.500 (2 seeds) |",
        "| 400 | - | 0.200 / 0.300 / 0.400 (1 seed) |",
    ]


def test_when_savings_are_shown_then_each_metric_has_its_own_factor():
    ours = {"ours": {200: [figures(0.4, 0.05, 0.9)]}}
    stock = {"stock": {200: [figures(0.2, 0.1, 0.1)], 800: [figures(0.6, 0.2, 0.2)]}, "not measured": {}}
    assert saving_table(ours, stock)[2:] == [
        "| ours | 200 | stock | macro-F1 | 0.400 | 400 | 2.0 |",
        "| ours | 200 | stock | micro-F1 | 0.050 | at most 200 | at most 1.0 |",
        "| ours | 200 | stock | mAP | 0.900 | more than 800 | more than 4.0 |",
    ]


def test_when_sizes_have_different_numbers_of_seeds_then_each_mean_weighs_by_its_own():
    stock = {"stock": {200: [figures(0.1)], 400: [figures(0.4)] * 3, 800: [figures(0.2)]}}
    lines = saving_table({"ours": {200: [figures(0.35)]}}, stock)
    assert lines[2] == "| ours | 200 | stock | macro-F1 | 0.350 | 400 | 2.0 |"


def test_when_a_recipe_finds_no_label_at_any_size_then_a_sentence_says_what_its_factor_means():
    silent, late = [figures(0.0, 0.0, 0.05)], [figures(0.01, 0.01)]
    curves = {"flat": {200: silent, 400: silent}, "late": {200: silent, 400: late}, "not measured": {}}
    (note,) = silent_note(curves)
    assert note.startswith("flat: no label is found at any size")
