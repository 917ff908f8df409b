"""Curves out of a table of rounds: which rows they are made of, what is left out, and that it is said."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from text_al.errors import TextALError
from text_al.experiments.areas import area_under, at_budget
from text_al.experiments.bands import band
from text_al.experiments.curves import Curves, align, read_curves
from text_al.experiments.gathering import gather

METRIC = "test_macro_average_precision"


def row(strategy, seed, n, value, *, data="d", learner="l", at_round=None, decisions=None):
    return {
        "data": data,
        "learner": learner,
        "strategy": strategy,
        "seed": seed,
        "round": n if at_round is None else at_round,
        "n_labelled": n,
        "n_decisions": 10 * n if decisions is None else decisions,
        METRIC: value,
    }


def table(rows):
    return pa.Table.from_pylist(rows)


def test_a_curve_is_a_row_of_values_for_each_seed_on_rising_budgets():
    rows = [row("s", seed, n, seed + n / 1000) for seed in (1, 0) for n in (200, 100, 300)]
    curves = read_curves(table(rows), METRIC)["d", "l", "s"]
    assert curves.budgets.tolist() == [100, 200, 300]
    assert curves.seeds.tolist() == [0, 1]
    np.testing.assert_allclose(curves.values, [[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
    assert curves.notes == ()


def test_the_same_curves_come_from_the_file_and_from_the_table(tmp_path):
    rounds = table([row(s, seed, n, n / 1000) for s in "ab" for seed in (0, 1) for n in (100, 200)])
    parquet.write_table(rounds, tmp_path / "rounds.parquet")
    of_file, of_table = (read_curves(source, METRIC) for source in (tmp_path / "rounds.parquet", rounds))
    assert list(of_file) == list(of_table) == [("d", "l", "a"), ("d", "l", "b")]
    for key, curves in of_file.items():
        np.testing.assert_array_equal(curves.values, of_table[key].values)


def test_budgets_that_a_seed_has_not_measured_are_left_out_and_said():
    rows = [row("s", 0, n, 0.5) for n in (100, 200, 300)] + [row("s", 1, n, 0.5) for n in (100, 300)]
    curves = read_curves(table(rows), METRIC)["d", "l", "s"]
    assert curves.budgets.tolist() == [100, 300]
    assert curves.notes == ("d/l/s: 1 budgets that not every seed has measured are left out",)


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_round_that_has_not_measured_the_metric_is_no_part_of_the_curve(nothing):
    rows = [row("s", 0, 100, 0.1), row("s", 0, 150, nothing), row("s", 0, 200, 0.2)]
    assert read_curves(table(rows), METRIC)["d", "l", "s"].budgets.tolist() == [100, 200]


def test_of_two_rounds_at_one_budget_the_later_one_counts():
    rows = [
        row("s", 0, 100, 0.2, at_round=2),
        row("s", 0, 100, 0.1, at_round=1),
        row("s", 0, 200, 0.3, at_round=3),
    ]
    assert read_curves(table(rows), METRIC)["d", "l", "s"].values.tolist() == [[0.2, 0.3]]


def test_on_another_axis_values_are_read_between_rounds_where_all_runs_have_been():
    rows = [row("s", 0, n, d / 1000, decisions=d) for n, d in ((100, 100), (200, 300), (300, 500))]
    rows += [row("random", 0, n, d / 1000, decisions=d) for n, d in ((100, 200), (200, 400), (300, 700))]
    rows += [row("full_data", 0, 900, 0.9, decisions=9000)]
    curves = read_curves(table(rows), METRIC, axis="n_decisions")
    for strategy in ("s", "random"):
        assert curves["d", "l", strategy].budgets.tolist() == [200, 350, 500]
        np.testing.assert_allclose(curves["d", "l", strategy].values, [[0.2, 0.35, 0.5]])
    full = curves["d", "l", "full_data"]
    assert (full.budgets.tolist(), full.values.tolist()) == ([9000], [[0.9]])


def test_a_column_that_is_not_there_is_named_with_its_nearest(tmp_path):
    with pytest.raises(TextALError, match=rf"'test_macro_average'.*Did you mean '{METRIC}'"):
        read_curves(table([row("s", 0, 100, 0.1)]), "test_macro_average")
    with pytest.raises(TextALError, match=r"rounds\.parquet is not there; 'text-al compare' writes it"):
        read_curves(tmp_path / "rounds.parquet", METRIC)


def test_seeds_and_budgets_that_one_strategy_lacks_are_dropped_from_all_and_said():
    one = Curves(np.array([100.0, 200, 300]), np.arange(9.0).reshape(3, 3), np.array([0, 1, 2]))
    two = Curves(np.array([100.0, 300]), np.arange(4.0).reshape(2, 2), np.array([0, 2]))
    aligned = align({"one": one, "two": two})
    assert (aligned.budgets.tolist(), aligned.seeds.tolist()) == ([100, 300], [0, 2])
    np.testing.assert_array_equal(aligned.values["one"], [[0, 2], [6, 8]])
    np.testing.assert_array_equal(aligned.values["two"], two.values)
    assert aligned.notes == (
        "two lacks the seeds 1: left out wherever it is compared",
        "two lacks the budgets 200: left out wherever it is compared",
    )


def test_area_is_the_mean_height_by_hand():
    budgets, values = np.array([100.0, 200, 400]), np.array([[0.0, 1.0, 1.0], [0.5, 0.5, 0.5]])
    # trapezoids: 100 x 0.5 + 200 x 1, over 300
    np.testing.assert_allclose(area_under(budgets, values), [250 / 300, 0.5])
    # each doubling weighs the same: (0.5 + 1) / 2
    np.testing.assert_allclose(area_under(budgets, values, log=True), [0.75, 0.5])


def test_a_value_at_a_budget_lies_between_its_neighbours_and_is_never_made_up_outside():
    budgets, values = np.array([100.0, 200]), np.array([[0.2, 0.4]])
    assert at_budget(budgets, values, 150) == pytest.approx(0.3)
    assert at_budget(budgets, values, 200) == pytest.approx(0.4)
    assert np.isnan(at_budget(budgets, values, 201)).all()


@pytest.mark.parametrize(
    ("budgets", "values", "log", "words"),
    [
        ([100], [[0.1]], False, "1 budgets; at least 2"),
        ([200, 100], [[0.1, 0.2]], False, "must rise"),
        ([0, 100], [[0.1, 0.2]], True, "first budget is 0"),
        ([100, 200], [[0.1, np.nan]], False, "finite"),
        ([100, 200, 300], [[0.1, 0.2]], False, "shape"),
    ],
)
def test_what_is_no_curve_is_refused_with_its_reason(budgets, values, log, words):
    with pytest.raises(ValueError, match=words):
        area_under(np.array(budgets, dtype=float), np.array(values), log=log)


def test_a_band_holds_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    found = band(rng.normal(size=(10, 2000)), resamples=600)
    held = (found.lower <= 0) & (found.upper >= 0)
    assert 0.93 <= held.mean() <= 0.97


def test_a_band_of_one_seed_has_no_edges_and_the_same_seeds_give_the_same_band():
    values = np.random.default_rng(0).normal(size=(5, 3))
    assert np.isnan(band(values[:1]).lower).all()
    np.testing.assert_array_equal(band(values).lower, band(values).lower)
    np.testing.assert_allclose(band(values).mean, values.mean(axis=0))


def rounds_of(strategies, *, seeds=6, gain=None, data=("d",), full=True):
    """A table where a strategy is `gain` above random, with some noise of its own."""
    rng, rows = np.random.default_rng(0), []
    for name in data:
        for strategy in strategies:
            for seed in range(seeds):
                for n in (100, 200, 300, 400):
                    level = 0.2 + 0.1 * np.log(n) / np.log(2) + (gain or {}).get(strategy, 0.0)
                    rows.append(row(strategy, seed, n, level + 0.01 * rng.normal(), data=name))
        rows += [row("full_data", seed, 2000, 1.1, data=name) for seed in range(seeds) if full]
    return rows


def test_evidence_is_gathered_from_the_table_whole():
    rows = rounds_of(["random", "random_2", "good", "bad"], gain={"good": 0.1, "bad": -0.1}, data=("d", "e"))
    evidence = gather(read_curves(table(rows), METRIC), METRIC, resamples=100)
    assert [(item.data, item.learner) for item in evidence.settings] == [("d", "l"), ("e", "l")]
    first = evidence.settings[0]
    assert {item.strategy: item.outcome for item in first.against} == {"good": "open", "bad": "open"}
    assert [item.p for item in first.against] == [0.0625, 0.0625]  # 6 seeds, Holm over 2
    assert first.against[0].saving.factor > 1 > first.against[1].saving.factor
    assert first.luck.control == pytest.approx(1, abs=0.2)
    assert first.n_pool == 2000
    assert np.isfinite(first.reaches["good"].labels)
    assert np.isinf(first.reaches["random"].labels)
    assert evidence.rankings["l"].strategies == ("random", "good", "bad")
    assert evidence.rankings["l"].mean_ranks.tolist() == [2, 1, 3]
    assert evidence.penalties.wins[2, 0] == 2  # good beats random at every budget of both


def test_a_metric_that_should_fall_turns_better_and_worse_around():
    rows = rounds_of(["random", "random_2", "up", "down"], seeds=8, gain={"up": 0.2, "down": -0.2})
    falling = pa.Table.from_pylist([{**item, "test_loss": item[METRIC]} for item in rows])
    evidence = gather(read_curves(falling, "test_loss"), "test_loss", resamples=50)
    assert {item.strategy: item.outcome for item in evidence.settings[0].against} == {
        "up": "worse",
        "down": "better",
    }


def test_without_random_or_without_its_control_what_is_missing_is_said():
    rows = rounds_of(["random", "good"]) + rounds_of(["good"], data=("e",))
    evidence = gather(read_curves(table(rows), METRIC), METRIC, resamples=50)
    assert [item.data for item in evidence.settings] == ["d"]
    assert evidence.settings[0].against[0].saving is None
    assert "e/l: there is no 'random', so nothing was compared" in evidence.notes
    assert "d/l: 'random_2' could not be measured, so savings were not" in evidence.notes
