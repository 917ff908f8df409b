"""The texts of a run, their labels, and which of them are labelled before it begins."""

import re

import pytest
from loop_examples import (
    a_file_run,
    decisions,
    finished_run,
    read_rounds,
    write_config,
    write_jsonl,
)

from text_al.assemble import load_config, open_run
from text_al.data.store import RunStore
from text_al.errors import CorpusError
from text_al.loop.rounds import Waiting


def checked(folder, **changes):
    return load_config(write_config(folder, **changes), environ={})


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


def test_when_the_texts_cannot_be_read_then_a_corrected_configuration_can_use_the_folder(tmp_path):
    (tmp_path / "pool.csv").write_text("id,txt\n1,a\n", encoding="utf-8")
    data = {"pool": str(tmp_path / "pool.csv"), "validation": None, "labels": ["x"]}
    with pytest.raises(CorpusError, match="txt"):
        open_run(checked(tmp_path, data=data))
    assert finished_run(tmp_path).name == "run"
