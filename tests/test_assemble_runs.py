"""Opening a run: a new one, one that goes on, one that must not, and one that was never whole."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
from loop_examples import (
    a_file_run,
    advanced,
    finished_run,
    read_rounds,
    write_config,
)

import text_al
from text_al.assemble import load_config, open_run
from text_al.assemble.status import read_status
from text_al.config.schema import Training
from text_al.data.store import RunStore
from text_al.errors import ConfigError, PoolError, RunLockedError, TextALError
from text_al.loop.rounds import Finished, advance
from text_al.training.tfidf import Tfidf


def checked(folder, **changes):
    return load_config(write_config(folder, **changes), environ={})


@pytest.fixture
def begun(tmp_path):
    """A folder in which a run went to a budget of 15."""
    finished_run(tmp_path, active_learning={"budget": 15})
    return tmp_path


def test_the_configuration_in_force_is_kept_and_reads_back_equal(begun):
    text = (begun / "saved" / "run" / "config.yaml").read_text(encoding="utf-8")
    config = checked(begun, active_learning={"budget": 15})
    assert load_config(begun / "saved" / "run" / "config.yaml", environ={}) == config
    for fact in (f"# text_al {text_al.__version__}", "# numpy ", "# torch ", "# pool: ", "# validation: "):
        assert f"\n{fact}" in text
    with open_run(config) as run:
        assert f"# pool: {run.texts.fingerprint}\n" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"active_learning": {"budget": 25}},
        {"active_learning": {"budget": 20, "query_size": 3}},
        {"active_learning": {"budget": 25, "stop": {"max_rounds": 3}}},
        {"compute": {"threads": 1}},
        {"tracking": {"progress": "lines"}},
        {"oracle": {"type": "simulated", "args": {"noise": 0.1}}},
    ],
)
def test_what_makes_nothing_incomparable_may_change(begun, changes):
    config = checked(begun, **changes)
    with open_run(config) as run:
        assert isinstance(advance(run), Finished)
    assert load_config(begun / "saved" / "run" / "config.yaml", environ={}) == config


CHANGED = {
    "seed: this run has 0, now it is 1": {"seed": 1},
    f"training.max_epochs: this run has {Training().max_epochs}, now it is 3": {
        "training": {"max_epochs": 3}
    },
    "active_learning.strategy.type: this run has 'multilabel_margin', now it is 'random'": {
        "active_learning": {"budget": 15, "strategy": {"type": "random"}}
    },
    "active_learning.initial_size: this run has 10, now it is 9": {
        "active_learning": {"budget": 15, "initial_size": 9}
    },
    "learner.args: this run has {'max_features': 300}, now it is {}": {"learner": {"type": "tfidf"}},
    "evaluation.absent_labels: this run has 'zero', now it is 'leave_out'": {
        "evaluation": {"absent_labels": "leave_out"}
    },
}


@pytest.mark.parametrize("words", CHANGED)
def test_what_alters_results_is_refused_unless_it_is_wanted(begun, words):
    config = checked(begun, **CHANGED[words])
    before = (begun / "saved" / "run" / "config.yaml").read_bytes()
    with pytest.raises(ConfigError) as error:
        open_run(config)
    mend = "use another name for a new run, or --accept-changes to go on with this one"
    assert f"{words}; {mend}" in error.value.problems
    assert (begun / "saved" / "run" / "config.yaml").read_bytes() == before
    with open_run(config, accept_changes=True) as run:
        assert run.plan.seed == config.seed
    with open_run(config):
        pass


def test_a_run_whose_configuration_was_lost_takes_the_one_it_is_given(begun):
    (begun / "saved" / "run" / "config.yaml").unlink()
    config = checked(begun)
    open_run(config).close()
    assert load_config(begun / "saved" / "run" / "config.yaml", environ={}) == config


def test_other_texts_are_refused_whether_wanted_or_not_with_all_that_changed(begun):
    config = checked(begun, data={"pool": {"generated": "tickets", "size": 61}, "seed": 2})
    for accept_changes in (False, True):
        with pytest.raises(ConfigError) as error:
            open_run(config, accept_changes=accept_changes)
        assert error.value.problems == (
            "data.pool.size: this run has 60, now it is 61; use another name for a new run",
            "data.seed: this run has 0, now it is 2; use another name for a new run",
        )


def test_a_run_may_go_on_with_another_learner_if_that_is_wanted(begun, tiny_encoder):
    config = checked(
        begun, learner={"type": "finetuned"}, model={"encoder": str(tiny_encoder), "max_length": 16},
        training={"max_epochs": 1, "min_updates": 1, "evaluations": 1}, active_learning={"budget": 15},
    )  # fmt: skip
    with open_run(config, accept_changes=True) as run:
        assert isinstance(advance(run), Finished)


def test_a_second_process_is_refused_and_told_which_one_is_the_first(tmp_path):
    config = write_config(tmp_path)
    code = (
        "import sys, text_al\n"
        f"with text_al.open_run(text_al.load_config({str(config)!r})):\n"
        "    print('open', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(
            RunLockedError, match=rf"run is being advanced by another process \(process {other.pid}\)"
        ):
            open_run(load_config(config))
        assert read_status(tmp_path / "saved" / "run").state == "running"
        other.communicate("")
    assert read_status(tmp_path / "saved" / "run").state == "stopped; the same command goes on"
    finished_run(tmp_path)


def test_a_run_that_fails_to_open_gives_its_lock_back(begun):
    for _ in range(2):
        with pytest.raises(ConfigError):
            open_run(checked(begun, seed=1))
    open_run(checked(begun)).close()


def test_a_corpus_without_the_state_that_should_follow_it_is_made_anew(tmp_path, monkeypatch):
    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(RunStore, "create", dies)
        with pytest.raises(KeyboardInterrupt):
            open_run(checked(tmp_path, data={"pool": {"generated": "tickets", "size": 40}}, seed=9))
    assert (tmp_path / "saved" / "run" / "corpus" / "corpus.json").exists()
    assert not (tmp_path / "saved" / "run" / "state.db").exists()
    with open_run(checked(tmp_path)) as run:
        assert run.pool.n_rows == len(run.texts) == 60


def test_when_the_corpus_was_changed_since_then_the_run_does_not_open(begun):
    other = begun / "other"
    other.mkdir()
    made = finished_run(other, data={"pool": {"generated": "tickets", "size": 60, "part": 2}})
    for file, words in (
        ("pool.arrow", "was changed since it was made"),
        ("corpus.json", "the corpus changed"),
    ):
        shutil.copy(made / "corpus" / file, begun / "saved" / "run" / "corpus" / file)
        with pytest.raises(TextALError, match=words):
            open_run(checked(begun, active_learning={"budget": 15}))


def test_the_history_holds_whole_rounds_only(tmp_path, monkeypatch):
    def dies(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Tfidf, "look", dies)
        with pytest.raises(KeyboardInterrupt):
            finished_run(tmp_path)
    with open_run(checked(tmp_path)) as run:
        assert [record.round for record in run.records()] == [1]
        assert read_rounds(run.folder.path) == []


def test_a_folder_in_the_way_is_an_error_of_the_system(tmp_path):
    (tmp_path / "saved").write_text("a file", encoding="utf-8")
    with pytest.raises(OSError, match=re.escape(str(tmp_path / "saved"))):
        open_run(checked(tmp_path))


def test_there_is_no_status_of_a_run_that_is_not_there(tmp_path):
    with pytest.raises(PoolError, match="there is no run at"):
        read_status(tmp_path / "nothing")


def test_closing_twice_is_closing_once_and_leaves_no_lock(tmp_path):
    run = open_run(checked(tmp_path))
    with closing(run):
        run.close()
    assert read_status(run.folder.path).state == "stopped; the same command goes on"
    assert not (run.folder.path / "state.db.pid").exists()


def test_waiting_for_people_loads_neither_a_learner_nor_torch(tmp_path):
    rows = [{"id": f"t{place}", "text": f"text {place}"} for place in range(30)]
    a_file_run(tmp_path, rows, run_it=False)
    code = (
        "import sys, text_al\n"
        f"with text_al.open_run(text_al.load_config({str(tmp_path / 'config.yaml')!r})) as run:\n"
        "    print(text_al.advance(run).n_missing)\n"
        "print([name for name in ('torch', 'transformers', 'sklearn', 'datasets') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout == "10\n[]\n"


def test_a_selection_rule_with_settings_is_the_one_that_chooses(tmp_path, monkeypatch):
    from text_al.strategies import SELECTIONS

    monkeypatch.setattr(SELECTIONS, "_entries", dict(SELECTIONS._entries))

    @SELECTIONS.register("from the top")
    def from_the_top(scores, n, rng, *, skip: int = 0):
        return np.argsort(-scores)[skip : skip + n]

    _, run = advanced(tmp_path, active_learning={"selection": {"type": "from the top", "args": {"skip": 3}}})
    _, best = advanced(tmp_path, name="best")
    skipping, whole = ([text.row for text in read_rounds(folder)[0].queried] for folder in (run, best))
    assert skipping[:2] == whole[3:]
