"""A label added to a run that people answer, from the command to the corpus and the model that come out."""

import csv
import io
import json
import re
import shlex

import numpy as np
import pytest
import yaml
from cli_examples import text_al as text_al
from loop_examples import a_file_run, read_rounds, write_config
from test_readme import blocks, commands

from text_al.data.lock import RunLock
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore

ROWS = [
    {"id": f"t{place:02}", "text": f"text {place} {colour} {shape}"}
    for place in range(40)
    for colour, shape in [(("red", "blue")[place % 2], ("round", "square")[place % 3 > 0])]
]
WORDS = {"x": "red", "y": "square", "round things": "round"}
NAME = "round things"


@pytest.fixture
def half_done(tmp_path, text_al):
    """A configuration whose run waits for its second query, ten texts being labelled."""
    config = config_of(tmp_path)
    assert text_al("run", config)[0] == 0
    answer(config, "round-000", text_al)
    assert text_al("run", config)[0] == 0
    return config


def config_of(folder, **changes):
    return a_file_run(folder, ROWS, run_it=False, **{"active_learning": {"budget": 20}, **changes})


def run_of(config):
    return config.parent / "saved" / "run"


def sheet(config, name):
    return run_of(config) / "queries" / f"{name}.csv"


def read_sheet(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def write_sheet(path, rows):
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(table.getvalue(), "utf-8", newline="")


def fill(path, *, names=("x", "y")):
    """Answers every row truly: about the labels of its cell `considered`, or else about these names."""
    rows = read_sheet(path)
    for row in rows:
        asked = row.get("considered", "").split("|") if row.get("considered") else names
        row["labels"] = "|".join(name for name in asked if WORDS[name] in row["text"].split())
        row["status"] = "labelled"
    write_sheet(path, rows)


def answer(config, name, text_al, **settings):
    fill(sheet(config, name), **settings)
    status, out, err = text_al("import", config, sheet(config, name))
    assert status == 0, err
    return out


def known(config):
    """Text to its targets, for all labelled texts."""
    with RunStore.open(run_of(config) / "state.db", read_only=True) as store:
        rows, targets = QueryPool.open(store).labelled()
    return {ROWS[row]["text"]: tuple(said) for row, said in zip(rows, targets.tolist(), strict=True)}


def truth(text):
    return tuple(int(word in text.split()) for word in WORDS.values())


def test_it_is_added_asked_about_learned_and_carried_to_the_end(half_done, text_al):
    config = half_done
    status, out, _ = text_al("labels", "add", NAME, config, "--description", "circles", "--backfill", "6")
    assert status == 0
    assert out == (
        f"Label '{NAME}' is added; it is not known of 10 texts labelled already. "
        f"The run asks about 6 of them next.\n\nNext:\n  text-al run {config}\n"
    )
    before = known(config)
    assert {targets[2] for targets in before.values()} == {-1}
    assert "labels: x, y, round things (3)" in text_al("status", config)[1]
    answer(config, "round-001", text_al)
    status, out, _ = text_al("run", config)
    assert f"6 texts wait for labels: {sheet(config, 'labels-001')}" in out
    asked = read_sheet(sheet(config, "labels-001"))
    assert {row["considered"] for row in asked} == {NAME}
    assert {row["text"] for row in asked} <= set(known(config))
    header = json.loads(sheet(config, "labels-001").with_suffix(".jsonl").read_text("utf-8").splitlines()[0])
    assert header["labels"][-1] == {"name": NAME, "description": "circles"}
    assert "labels-001.csv" in text_al("status", config)[1]
    assert "6 about other labels" in answer(config, "labels-001", text_al)
    text_al("run", config)
    answer(config, "round-002", text_al, names=tuple(WORDS))
    status, out, _ = text_al("run", config)
    assert "Finished: the budget of 20 texts is spent." in out
    texts, decided = known(config), {row["text"] for row in asked}
    assert len(texts) == 20
    for text, targets in texts.items():
        assert targets[:2] == truth(text)[:2]
        assert targets[2] in (truth(text)[2], -1)
    assert {targets[2] for text, targets in texts.items() if text in decided} <= {0, 1}
    n_unknown = sum(targets[2] == -1 for targets in texts.values())
    assert n_unknown == 15 - 6
    records = read_rounds(run_of(config))
    assert [list(record.thresholds) for record in records] == [["x", "y"], [*WORDS], [*WORDS]]
    model = json.loads((run_of(config) / "models" / "best" / "text_al.json").read_text("utf-8"))
    assert [label["name"] for label in model["labels"]] == [*WORDS]
    status, out, _ = text_al("labels", "list", config)
    counts = [re.split(r"  +", line.strip()) for line in out.splitlines()]
    yes, no = ([targets[2] for targets in texts.values()].count(value) for value in (1, 0))
    assert counts[0] == ["label", "yes", "no", "not known"]
    assert counts[3] == [NAME, str(yes), str(no), str(n_unknown)]
    text_al("export", config, "--corpus", config.parent / "out.jsonl")
    lines = [json.loads(line) for line in (config.parent / "out.jsonl").read_text("utf-8").splitlines()]
    unknown = [line["text"] for line in lines if line.get("considered") == ["x", "y"]]
    assert len(unknown) == n_unknown


def test_sheets_from_before_say_nothing_of_it_whatever_their_name(half_done, text_al, tmp_path):
    config = half_done
    old = sheet(config, "round-000")
    text_al("labels", "add", NAME, config, "--backfill", "10")
    answer(config, "round-001", text_al)
    text_al("run", config)
    before = known(config)
    renamed = tmp_path / "round-000 (1).csv"
    renamed.write_bytes(old.read_bytes())
    for path in (old, renamed):
        assert "Answers: 10 known already." in text_al("import", config, path)[1]
    assert known(config) == before
    assert "10 about other labels" in answer(config, "labels-001", text_al)
    text_al("import", config, renamed)
    assert all(targets == truth(text) for text, targets in known(config).items() if targets[2] != -1)
    assert sum(targets[2] != -1 for targets in known(config).values()) == 10


def test_a_sheet_from_before_may_name_it_all_the_same(half_done, text_al):
    config = half_done
    text_al("labels", "add", NAME, config)
    answer(config, "round-001", text_al, names=tuple(WORDS))
    found = {text: said for text, said in known(config).items() if said[2] == 1}
    asked = {row["text"] for row in read_sheet(sheet(config, "round-001"))}
    assert set(found) == {text for text in asked if truth(text)[2]}
    assert found
    assert not [said for said in known(config).values() if said[2] == 0]


def test_a_jsonl_file_from_before_is_about_the_labels_its_header_lists(half_done, text_al):
    config = half_done
    path = sheet(config, "round-001").with_suffix(".jsonl")
    text_al("labels", "add", NAME, config)
    head, *lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for place, line in enumerate(lines):
        line["labels"] = [name for name, word in WORDS.items() if word in line["text"].split()]
        if place:
            line["labels"] = [name for name in line["labels"] if name != NAME]
    path.write_text("".join(json.dumps(line) + "\n" for line in [head, *lines]), "utf-8")
    assert text_al("import", config, path)[0] == 0
    texts = known(config)
    assert texts[lines[0]["text"]][2] == (1 if truth(lines[0]["text"])[2] else -1)
    assert {texts[line["text"]][2] for line in lines[1:]} == {-1}


def test_the_linear_learner_reads_the_name_and_asks_about_the_likeliest_first(
    tmp_path, text_al, tiny_encoder
):
    changes = {
        "learner": {"type": "linear"},
        "model": {"encoder": str(tiny_encoder), "max_length": 16},
        "compute": {"device": "cpu", "threads": 1, "cache": None},
    }
    config = config_of(tmp_path, **changes)
    text_al("run", config)
    answer(config, "round-000", text_al)
    text_al("run", config)
    answer(config, "round-001", text_al)
    text_al("labels", "add", NAME, config, "--backfill", "4")
    text_al("run", config)
    asked = read_sheet(sheet(config, "labels-001"))
    assert [row["reason"].split(" '")[0] for row in asked] == ["likely", "may be taken for"] * 2
    assert float(asked[0]["score"]) >= float(asked[2]["score"])
    answer(config, "labels-001", text_al)
    assert text_al("run", config)[0] == 0
    assert list(read_rounds(run_of(config))[-1].thresholds) == [*WORDS]


def test_a_finished_simulation_goes_on_with_a_label_that_nothing_is_known_of(tmp_path, text_al):
    config = write_config(tmp_path, tracking={"tensorboard": True})
    assert text_al("run", config)[0] == 0
    assert text_al("labels", "add", "gardening", config, "--backfill", "5")[0] == 0
    status, out, err = text_al("run", config)
    assert (status, err) == (0, "")
    assert "Finished: the budget of 25 texts is spent." in out
    records = read_rounds(run_of(config))
    assert [len(record.thresholds) for record in records] == [11] * 4 + [12]
    assert "gardening" not in records[3].per_label_f1
    assert "gardening" in records[4].per_label_f1
    assert text_al("status", config)[0] == 0
    assert np.isnan(records[4].per_label_f1["gardening"])  # not 0: nothing is known of it
    with pytest.raises(KeyError):
        points(run_of(config), "per_label_f1/gardening")
    first = next(iter(records[0].per_label_f1))
    assert points(run_of(config), f"per_label_f1/{first}") == [10, 15, 20, 25, 25]


def points(run, tag):
    """By how many labelled texts a curve has points."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    return [point.step for point in events.Scalars(tag)]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("x", "label 'x' cannot be added: there is one of this name already"),
        (" ", "label ' ' cannot be added: its name is blank; give it one"),
        ("y ", "label 'y ' cannot be added: it differs from 'y' by blanks only; give it another name"),
    ],
)
def test_a_name_that_cannot_be_is_one_error_and_changes_nothing(half_done, text_al, name, problem):
    before = text_al("labels", "list", half_done)
    assert text_al("labels", "add", name, half_done) == (2, "", f"text-al: {problem}\n")
    assert text_al("labels", "list", half_done) == before


def test_a_run_that_does_not_exist_is_one_error(tmp_path, text_al):
    config = write_config(tmp_path)
    for arguments in (("add", "x", config), ("list", config)):
        status, out, err = text_al("labels", *arguments)
        assert (status, out) == (2, "")
        assert err == f"text-al: there is no run at {run_of(config)}: state.db is missing\n"
    assert not run_of(config).exists()


def test_while_another_process_advances_the_run_none_is_added(half_done, text_al):
    with RunLock(run_of(half_done) / "state.db"):
        status, _, err = text_al("labels", "add", NAME, half_done)
        assert status == 2
        assert "is being advanced by another process" in err
        assert text_al("labels", "list", half_done)[0] == 0
    assert text_al("labels", "add", NAME, half_done)[0] == 0


def declared(config, labels):
    """The same configuration with these labels declared."""
    tree = json.loads(config.read_text("utf-8"))
    tree["data"]["labels"] = labels
    config.write_text(json.dumps(tree), "utf-8")


def test_a_label_declared_at_the_end_is_an_error_that_names_the_command_which_mends_it(half_done, text_al):
    described = {"name": NAME, "description": "all that rolls", "examples": ["a ball"]}
    declared(half_done, ["x", "y", described])
    status, _, err = text_al("run", half_done, "--accept-changes")
    command = f"text-al labels add '{NAME}' {run_of(half_done)} --description 'all that rolls'"
    assert status == 2
    assert err.splitlines()[1:] == [
        f"  data.labels: this run has no label '{NAME}'; add it with: {command} --example 'a ball'"
    ]
    text_al(
        "labels", "add", NAME, run_of(half_done), "--description", "all that rolls", "--example", "a ball"
    )
    for labels in (["x", "y", described], ["x", "y", NAME], ["x", "y"]):
        declared(half_done, labels)
        assert text_al("run", half_done)[0] == 0, labels


@pytest.mark.parametrize(
    "labels",
    [["x"], ["y", "x"], [NAME, "x", "y"], ["x", "z"], ["x", "y", {"name": NAME, "description": "other"}]],
)
def test_other_labels_than_the_runs_are_refused_as_before(half_done, text_al, labels):
    text_al("labels", "add", NAME, half_done)
    declared(half_done, labels)
    status, _, err = text_al("run", half_done)
    assert status == 2
    assert re.search(r"data\.labels: this run has \['x', 'y'\], now it is .*; use another name", err)


def test_a_file_of_labels_that_has_one_more_is_an_error_too(tmp_path, text_al):
    listed = tmp_path / "labels.json"
    listed.write_text('["x", "y"]', "utf-8")
    config = config_of(tmp_path)
    declared(config, str(listed))
    assert text_al("run", config)[0] == 0
    listed.write_text(json.dumps(["x", "y", NAME]), "utf-8")
    assert f"this run has no label '{NAME}'" in text_al("run", config)[2]
    assert text_al("labels", "add", NAME, config)[0] == 0
    assert text_al("run", config)[0] == 0
    listed.unlink()
    assert text_al("run", config)[0] == 0


def test_the_commands_of_readme_run_and_its_settings_are_settings(half_done, text_al):
    half_done.rename(half_done.with_name("topics.yaml"))
    lines = [shlex.split(line) for line in commands("text-al labels ")]
    assert [line[2] for line in lines] == ["add", "list"]
    for line in lines:
        line[line.index("topics.yaml")] = str(half_done.with_name("topics.yaml"))
        status, out, err = text_al(*line[1:])
        assert (status, err) == (0, "")
    assert out.splitlines()[-1].split() == ["complaint", "0", "0", "10"]
    (section,) = (yaml.safe_load(block) for block in blocks("yaml") if "ask: labels" in block)
    write_config(half_done.parent, "asks.yaml", **section)
    assert text_al("check-config", half_done.parent / "asks.yaml")[0] == 0
