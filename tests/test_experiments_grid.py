"""A comparison runs every cell once, in pairs that differ in nothing but their queries."""

import io
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import typer
from grid_examples import cells, loaded, rows, run, write
from typer.testing import CliRunner

from text_al.cli.compare_commands import compare
from text_al.data.lock import RunLock
from text_al.errors import ConfigError, RunLockedError
from text_al.experiments.cell_state import read_state
from text_al.experiments.grid import run_grid
from text_al.experiments.grid_view import GridBars, GridLines, SettingStanding, Standing, words
from text_al.experiments.schedule import Pace, Schedule
from text_al.experiments.workers import Message
from text_al.loop.run_folder import RunFolder

QUERYING = ("random", "random_2", "margin", "badge")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A comparison that ran to its end with two workers: its folder, its rows, and what was shown."""
    folder = tmp_path_factory.mktemp("done")
    stream = io.StringIO()
    outcome = run(folder, stream, workers=2)
    assert not outcome.failures, outcome.failures
    return folder, rows(outcome.folder), stream.getvalue()


def of(table, strategy, seed):
    return [row for row in table if (row["strategy"], row["seed"]) == (strategy, seed)]


def first_texts(folder, strategy, seed):
    """The rows of the first batch, which was chosen before any fit."""
    from text_al.data.pool import QueryPool
    from text_al.data.store import RunStore

    run_folder = RunFolder(folder / f"saved/small/cells/tickets/tfidf/{strategy}/seed-{seed:02d}")
    with RunStore.open(run_folder.state, read_only=True) as store:
        return QueryPool.open(store).request("round-000").rows


def corpus(folder, strategy, seed, name):
    path = folder / f"saved/small/cells/tickets/tfidf/{strategy}/seed-{seed:02d}/corpus/{name}.arrow"
    return path.read_bytes()


def fitted(row):
    """What the fit of a round came to."""
    return {name: value for name, value in row.items() if name.startswith(("test_", "oof_", "train_"))}


@pytest.mark.parametrize("seed", [0, 1])
def test_strategies_of_one_seed_share_texts_first_batch_and_first_fit(done, seed):
    folder, table, _ = done
    for strategy in QUERYING:
        for name in ("pool", "test"):
            assert corpus(folder, strategy, seed, name) == corpus(folder, "random", seed, name)
        assert first_texts(folder, strategy, seed) == first_texts(folder, "random", seed)
        assert fitted(of(table, strategy, seed)[0]) == fitted(of(table, "random", seed)[0])
    firsts = {tuple(of(table, strategy, seed)[0]["queried_rows"]) for strategy in QUERYING}
    assert len(firsts) == len(QUERYING)


def test_seeds_differ_in_texts_first_batch_and_first_fit(done):
    folder, table, _ = done
    assert corpus(folder, "random", 0, "pool") != corpus(folder, "random", 1, "pool")
    assert set(first_texts(folder, "random", 0)) != set(first_texts(folder, "random", 1))
    assert fitted(of(table, "random", 0)[0]) != fitted(of(table, "random", 1)[0])


def test_the_table_has_a_row_for_each_round_of_each_cell(done):
    _, table, _ = done
    assert Counter((row["strategy"], row["seed"]) for row in table) == {
        **{(strategy, seed): 3 for strategy in QUERYING for seed in (0, 1)},
        **{("full_data", seed): 1 for seed in (0, 1)},
    }
    for strategy in QUERYING:
        found = of(table, strategy, 1)
        assert [row["n_labelled"] for row in found] == [10, 15, 20]
        assert [len(row["queried_rows"]) for row in found] == [5, 5, 0]
        assert [bool(row["finished"]) for row in found] == [False, False, True]
        assert [row["n_positive_labels"] for row in found] == sorted(
            row["n_positive_labels"] for row in found
        )
        assert 0 < found[0]["n_positive_labels"] <= found[0]["n_labels"]
    assert {row["n_pool"] for row in table} == {60}
    assert [row["n_labelled"] for row in table if row["strategy"] == "full_data"] == [60, 60]
    assert all(row["test_macro_f1_plug_in"] is not None for row in table)
    assert set(json.loads(table[0]["per_label_f1"]))
    assert table[0]["per_label_set"] == "test"


def test_what_texts_have_labels_is_counted_from_their_targets(done):
    folder, table, _ = done
    from text_al.data.corpus_set import CorpusSet

    pool = CorpusSet.open(folder / "saved/small/cells/tickets/tfidf/badge/seed-00/corpus").pool
    import numpy as np

    labelled = list(first_texts(folder, "badge", 0))
    for row in of(table, "badge", 0):
        assert row["n_positive_labels"] == (pool.targets(np.array(labelled)) == 1).any(axis=0).sum()
        labelled += row["queried_rows"]


def test_the_csv_says_the_same_as_the_parquet(done):
    import csv

    folder, table, _ = done
    with (folder / "saved/small/rounds.csv").open(encoding="utf-8", newline="") as file:
        text = list(csv.DictReader(file))
    assert len(text) == len(table)
    for said, row in zip(text, table, strict=True):
        assert float(said["test_macro_f1_plug_in"]) == row["test_macro_f1_plug_in"]
        assert json.loads(said["queried_rows"]) == row["queried_rows"]


def test_costs_are_kept_beside_each_cell(done):
    folder, _, _ = done
    state = read_state(folder / "saved/small/cells/tickets/tfidf/badge/seed-00")
    spent = list(state.cpu_seconds.values())
    assert list(state.cpu_seconds) == ["1", "2", "3"]
    assert 0 < spent[0] < spent[1] < spent[2]
    assert not (folder / "saved/small/cells/tickets/tfidf/badge/seed-00/models").exists()


def test_progress_counts_runs_and_tells_how_long_they_take(done):
    _, _, shown = done
    assert shown.splitlines()[0] == "small: 0 of 10 runs done"
    assert shown.splitlines()[-1] == "small: 10 of 10 runs done"


class Recorder:
    """In place of worker processes: says at once what a test wants to hear; makes of cells what it is told.

    Args:
        said: a cell's id to what is said of it, one after the other; "done" where there is nothing.
    """

    def __init__(self, said=None):
        self.said = {name: list(events) for name, events in (said or {}).items()}
        self.ran, self.n_started = [], 0

    def __call__(self, number, comparison, heard):
        self.n_started += 1
        recorder = self

        class Worker:
            def __init__(self):
                self.number, self.cell = number, None

            def give(self, cell):
                self.cell = cell
                recorder.ran.append(cell.id)
                events = recorder.said.get(cell.id)
                event = events.pop(0) if events else {"event": "done", "seconds": 1.0}
                heard.put(Message(number, event))

            def end(self):
                pass

        return Worker()


def recorded(folder, said=None, *overrides, **changes):
    recorder = Recorder(said)
    found = run_grid(loaded(folder, *overrides, **changes), GridLines(io.StringIO()), make_worker=recorder)
    return recorder, found


def test_cells_that_are_done_are_never_run_again(done):
    folder, table, _ = done
    recorder = Recorder()
    outcome = run_grid(loaded(folder), GridLines(io.StringIO()), make_worker=recorder)
    assert (recorder.ran, recorder.n_started, outcome.n_done) == ([], 0, 10)
    assert rows(outcome.folder) == table


def test_more_seeds_strategies_learners_and_data_only_add_cells(done):
    folder, _, _ = done
    knn = {"learner": {"type": "knn"}}
    overrides = ("seeds=3", "strategies.k_center={strategy: {type: k_center}}")
    recorder = Recorder()
    more = loaded(folder, *overrides, f"learners.knn={json.dumps(knn)}")
    run_grid(more, GridLines(io.StringIO()), make_worker=recorder)
    assert len(recorder.ran) == len(set(recorder.ran)) == (1 + 1) * 3 * 6 - 10
    assert not [name for name in recorder.ran if (Path(folder) / "saved/small/cells" / name).exists()]
    fewer = Recorder()
    outcome = run_grid(loaded(folder, "seeds=1"), GridLines(io.StringIO()), make_worker=fewer)
    assert (fewer.ran, outcome.n_cells, outcome.collected.n_cells) == ([], 5, 10)
    kept = (folder / "saved/small/comparison.yaml").read_text(encoding="utf-8")
    assert "seeds: 3" in kept
    assert "k_center" in kept


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("base.active_learning.budget=25", "active_learning.budget: this run has 20, now it is 25"),
        ("data.tickets.data.pool.size=70", "data.pool.size: this run has 60, now it is 70"),
        ("resample=false", "data.seed: this run has 1, now it is 0"),
        ("strategies.badge={strategy: {type: k_center}}", "strategy.type: this run has 'badge', now it is"),
        ("data.tickets.opaque_labels=true", "opaque_labels: this run has false, now it is true"),
    ],
)
def test_what_would_make_another_run_of_one_that_has_begun_is_refused(done, override, said):
    folder, _, _ = done
    before = (folder / "saved/small/comparison.yaml").read_bytes()
    with pytest.raises(ConfigError, match=f"{re.escape(said)}.*use another name for a new comparison"):
        run_grid(loaded(folder, override), GridLines(io.StringIO()), make_worker=Recorder())
    assert (folder / "saved/small/comparison.yaml").read_bytes() == before


def test_what_alters_no_result_may_change(done):
    folder, _, _ = done
    free = ("workers=1", "base.tracking.tensorboard=true", "keep_models=true", "data_root=elsewhere")
    run_grid(loaded(folder, *free), GridLines(io.StringIO()), make_worker=Recorder())


def test_two_processes_never_run_one_comparison(tmp_path):
    (tmp_path / "saved" / "small").mkdir(parents=True)
    with (
        RunLock(tmp_path / "saved" / "small" / "comparison"),
        pytest.raises(RunLockedError, match="saved/small"),
    ):
        recorded(tmp_path)


def test_a_cell_whose_process_dies_is_run_once_more_and_then_given_up(done, tmp_path):
    died = {"event": "died", "status": -9}
    name = "tickets/tfidf/badge/seed-00"
    shutil.copytree(done[0] / "saved", tmp_path / "saved")
    shutil.rmtree(tmp_path / "saved/small/cells" / name)
    recorder, outcome = recorded(tmp_path, {name: [died, died]})
    assert recorder.ran == [name, name]
    assert [failure.id for failure in outcome.failures] == [name]
    assert "killed by signal 9, twice" in outcome.failures[0].sentence
    assert "killed by signal 9" in outcome.failures[0].log.read_text(encoding="utf-8")


def test_a_cell_that_fails_keeps_no_other_from_running_and_waits_to_be_tried_again(tmp_path):
    gone = tmp_path / "gone.jsonl"
    data = {"gone": {"data": {"pool": str(gone)}}, **loaded(tmp_path).comparison.data}
    few = {
        "data": data,
        "strategies": {"badge": {"strategy": {"type": "badge"}}},
        "seeds": 1,
        "full_data": False,
    }
    stream = io.StringIO()
    outcome = run(tmp_path, stream, **few)
    assert {failure.id.partition("/")[0] for failure in outcome.failures} == {"gone"}
    assert (outcome.n_done, outcome.n_cells, len(outcome.failures)) == (3, 6, 3)
    failure = outcome.failures[0]
    assert f"there is no file '{gone}'" in failure.sentence
    assert "Traceback" in failure.log.read_text(encoding="utf-8")
    assert "failed: gone/tfidf/random/seed-00" in stream.getvalue()
    lines = [json.dumps({"id": n, "text": f"text {n} {n % 3}", "labels": ["ab"[n % 2]]}) for n in range(40)]
    gone.write_text("\n".join(lines), encoding="utf-8")
    recorder, again = recorded(tmp_path, **few)
    assert (recorder.ran, len(again.failures)) == ([], 3)
    mended = run(tmp_path, stream, retry_failed=True, **few)
    assert (mended.n_done, mended.failures) == (6, ())


def test_workers_keep_to_one_kind_of_cell_while_there_is_enough_of_others(tmp_path):
    learners = {name: {"learner": {"type": "tfidf"}} for name in ("a", "b", "c")}
    schedule = Schedule(cells(tmp_path, learners=learners, seeds=1).values())
    first, second = schedule.next(0), schedule.next(1)
    assert {first.learner, second.learner} == {"a", "b"}
    assert {schedule.next(0).learner for _ in range(4)} == {"a"}
    assert schedule.next(0).learner == "c"
    taken = [schedule.next(1) for _ in range(4)]
    assert {cell.learner for cell in taken} == {"b"}
    assert schedule.next(1).learner == "c"
    assert len(schedule) == 3


def test_the_time_left_follows_what_cells_of_their_kind_took(tmp_path):
    both = {"slow": {"learner": {"type": "tfidf"}}, "fast": {"learner": {"type": "tfidf"}}}
    found = cells(tmp_path, learners=both, seeds=1)
    pace = Pace()
    assert pace.left(found.values(), [], 1) is None
    pace.took(found["tickets/slow/random/seed-00"], 10.0)
    pace.took(found["tickets/fast/random/seed-00"], 2.0)
    waiting = [found["tickets/slow/badge/seed-00"], found["tickets/fast/badge/seed-00"]]
    running = [(found["tickets/slow/margin/seed-00"], 0.5)]
    assert pace.left(waiting, running, 1) == 10 + 2 + 5
    assert pace.left(waiting, running, 2) == (10 + 2 + 5) / 2
    assert pace.left([found["tickets/fast/full_data/seed-00"]], [], 1) == 6  # a kind of which none is done


def test_how_far_it_is_stands_in_one_line():
    settings = (SettingStanding("a/b", 3, 10, 2.0, 1), SettingStanding("c/b", 0, 10, None, 0))
    assert (
        words(Standing("x", settings, 2, 0.1, 90.0))
        == "x: 3 of 20 runs done, 2 failed, about 1 min 30 s left"
    )


def test_the_command_names_what_failed_and_ends_with_status_1(done, tmp_path):
    shutil.copytree(done[0] / "saved", tmp_path / "saved")
    app = typer.Typer()
    app.command()(compare)
    whole = CliRunner().invoke(app, [str(write(tmp_path))])
    assert whole.exit_code == 0
    assert "10 of 10 runs are done" in whole.output
    broken = tmp_path / "saved/small/cells/tickets/tfidf/badge/seed-00"
    (broken / "cell.json").unlink()
    (broken / "error.log").write_text("Traceback\nValueError: no luck\n", encoding="utf-8")
    failed = CliRunner().invoke(app, [str(write(tmp_path)), "--data-root", str(tmp_path)])
    assert failed.exit_code == 1
    assert "9 of 10 runs are done" in failed.output
    assert "tickets/tfidf/badge/seed-00: ValueError: no luck" in failed.output
    assert "error.log" in failed.output


def test_in_a_terminal_every_setting_has_a_line():
    settings = (SettingStanding("a/b", 3, 10, 2.0, 1), SettingStanding("c/b", 0, 10, None, 0))
    stream = io.StringIO()
    view = GridBars(stream)
    view.show(Standing("x", settings, 0, 0.2, 90.0))
    view.note("failed: [a/b]")
    view.close()
    for said in ("x: 3 of 20 runs done", "3/10", "2.0 s a run", "1 running", "c/b", "failed: [a/b]"):
        assert said in stream.getvalue()
