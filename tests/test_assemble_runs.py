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
    decisions,
    finished_run,
    read_rounds,
    write_config,
    write_jsonl,
)

import text_al
from text_al.assemble import load_config, open_run
from text_al.assemble.status import read_status
from text_al.data.store import RunStore
from text_al.errors import ConfigError, CorpusError, PoolError, RunLockedError, TextALError
from text_al.loop.rounds import Finished, Waiting, advance
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


def test_the_notices_of_reading_stand_in_the_log_once(tmp_path):
    rows = [
        {"id": f"t{place}", "text": "twice" if place < 2 else f"text {place}", "labels": ["a"]}
        for place in range(9)
    ]
    data = {"pool": str(write_jsonl(tmp_path / "pool.jsonl", rows)), "validation": None}
    for budget in (3, 5):
        finished_run(tmp_path, data=data, active_learning={"initial_size": 3, "budget": budget})
    log = (tmp_path / "saved" / "run" / "info.log").read_text(encoding="utf-8")
    assert re.findall("  (pool: .*)", log) == ["pool: 1 text on several rows (ids t0/t1); all are kept"]


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
    "training.max_epochs: this run has 12, now it is 3": {"training": {"max_epochs": 3}},
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


def test_when_the_texts_cannot_be_read_then_a_corrected_configuration_can_use_the_folder(tmp_path):
    (tmp_path / "pool.csv").write_text("id,txt\n1,a\n", encoding="utf-8")
    data = {"pool": str(tmp_path / "pool.csv"), "validation": None, "labels": ["x"]}
    with pytest.raises(CorpusError, match="txt"):
        open_run(checked(tmp_path, data=data))
    assert finished_run(tmp_path).name == "run"


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


def test_hidden_labels_can_only_answer_where_there_are_some(tmp_path):
    rows = [{"id": f"t{place}", "text": f"text {place}"} for place in range(9)]
    pool = str(write_jsonl(tmp_path / "pool.jsonl", rows))
    with pytest.raises(CorpusError) as error:
        open_run(
            checked(
                tmp_path,
                data={"pool": pool, "validation": None, "columns": {"labels": None}, "labels": ["x"]},
            )
        )
    assert error.value.problems == (
        (
            "oracle is simulated, but no text of data.pool has labels beside it to answer with; "
            "add them, or write oracle: {type: file} to have people answer"
        ),
    )


def test_a_run_without_any_label_is_refused(tmp_path):
    rows = [{"id": f"t{place}", "text": f"text {place}", "labels": []} for place in range(9)]
    pool = str(write_jsonl(tmp_path / "pool.jsonl", rows))
    with pytest.raises(CorpusError, match=r"write their names in data\.labels"):
        open_run(checked(tmp_path, data={"pool": pool, "validation": None}))


def test_labels_given_with_the_texts_are_hidden_in_a_simulation_and_taken_from_people(tmp_path):
    rows = [
        {"id": f"t{place}", "text": f"text {place}", "labels": ["x"] if place < 4 else None}
        for place in range(30)
    ]
    outcome, run = a_file_run(tmp_path, rows)
    assert isinstance(outcome, Waiting)
    assert outcome.n_missing == 6
    given = [event for event in decisions(run) if event.kind == "labelled"]
    assert [(event.row, event.annotator, event.source, event.at) for event in given] == [
        (row, "corpus", "corpus", "") for row in range(4)
    ]
    assert not set(range(4)) & set(outcome.request.rows)


def test_a_labelled_text_with_nothing_to_read_is_left_out(tmp_path):
    rows = [
        {"id": f"t{place}", "text": "" if place < 3 else f"text {place}", "labels": ["x"]}
        for place in range(30)
    ]
    _, run = a_file_run(tmp_path, rows)
    assert {event.row for event in decisions(run)} == set(range(3, 30))


def test_texts_labelled_from_the_start_come_before_the_first_batch(tmp_path):
    start = [{"id": f"s{place}", "text": f"start {place}", "labels": ["billing"]} for place in range(10)]
    run = finished_run(tmp_path, data={"labelled": str(write_jsonl(tmp_path / "start.jsonl", start))})
    assert [record.n_labelled for record in read_rounds(run)] == [10, 15, 20, 25]
    first = [event.row for event in decisions(run)][:10]
    assert first == list(range(60, 70))


def test_labels_may_come_from_a_file_with_what_they_mean(tmp_path):
    rows = [
        {"id": f"t{place}", "text": f"text {place}", "labels": ["x", "y"][: place % 3]} for place in range(30)
    ]
    file = tmp_path / "labels.json"
    data = {"pool": str(write_jsonl(tmp_path / "pool.jsonl", rows)), "validation": None, "labels": str(file)}
    for content in (
        '["y", "x"]',
        '{"labels": [{"name": "y", "description": "why", "examples": ["e"]}, "x"]}',
    ):
        file.write_text(content, encoding="utf-8")
        with open_run(checked(tmp_path, data=data, name=f"run{len(content)}")) as run:
            assert run.pool.labels == ("y", "x")
            label = run.texts.labels[0]
    assert (label.description, label.examples) == ("why", ("e",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        ("{", "is no list of labels"),
        ('{"names": []}', "is no list of labels"),
        ("3", "is no list of labels"),
        ("[]", "is no list of labels"),
    ],
)
def test_a_file_that_holds_no_labels_is_named(tmp_path, content, words):
    file = tmp_path / "labels.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=words) as error:
        open_run(checked(tmp_path, data={"labels": str(file)}))
    assert str(file) in str(error.value)


def test_a_label_that_stands_twice_in_a_file_is_named(tmp_path):
    file = tmp_path / "labels.json"
    file.write_text('["x", "y", "x"]', encoding="utf-8")
    with pytest.raises(CorpusError, match="label 'x' stands 2 times; write it once"):
        open_run(checked(tmp_path, data={"labels": str(file)}))


def test_a_part_of_the_pool_can_be_set_aside(tmp_path):
    data = {"validation": None, "split": {"validation": 12, "test": 0.25}}
    run = finished_run(tmp_path, data=data)
    with RunStore.open(run / "state.db", read_only=True) as store:
        assert store.meta("pool.n_rows") == str(60 - 12 - 15)
    assert "test_macro_f1_tuned" in read_rounds(run)[0].metrics


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
