"""What a run asks, in every format that goes out; and what its annotators disagree about, to be settled."""

import json
from pathlib import Path

import pytest
from cli_examples import text_al as text_al
from loop_examples import a_file_run

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.formats.content import Content
from text_al.formats.interchange import FORMATS, format_of

ROWS = [
    {"id": f"t{place:02}", "text": f"text {place} {'red' if place % 2 else 'blue'}"} for place in range(40)
]


@pytest.fixture
def waiting(tmp_path, text_al):
    """A configuration whose run waits for five texts that its first model chose."""
    changes = {"initial_size": 10, "query_size": 5, "budget": 20}
    resolution = {"resolution": {"rule": "all"}}
    config = a_file_run(tmp_path, ROWS, run_it=False, active_learning=changes, annotation=resolution)
    assert text_al("run", config)[0] == 0
    answers = [{"id": one, "labels": ["x"] if int(one[1:]) % 2 else []} for one in asked(config, "round-000")]
    assert text_al("import", config, decided(tmp_path, "first", "anna", answers))[0] == 0
    assert text_al("run", config)[0] == 0
    return config


def folder(config):
    return config.parent / "saved" / "run"


def asked(config, name):
    lines = (folder(config) / "queries" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [item["id"] for item in map(json.loads, lines) if "id" in item]


def decided(where, name, annotator, answers, **more):
    """A log of decisions."""
    path = where / f"{name}.jsonl"
    line = {"format": "text_al.decision/1", "status": "labelled", "annotator": annotator, **more}
    path.write_text("".join(json.dumps({**line, **answer}) + "\n" for answer in answers), encoding="utf-8")
    return path


def targets_of(config):
    with RunStore.open(folder(config) / "state.db", read_only=True) as store:
        rows, targets = QueryPool.open(store).labelled()
    return dict(zip(rows.tolist(), map(tuple, targets.tolist()), strict=True))


@pytest.mark.parametrize("kind", FORMATS)
def test_what_waits_is_written_in_every_format_which_is_told_again_and_holds_no_decision_yet(
    waiting, text_al, tmp_path, kind
):
    path = tmp_path / f"out{FORMATS[kind].suffix}"
    status, out, err = text_al("query", waiting, "--format", kind, "--out", path)
    assert (status, err) == (0, "")
    assert out.startswith("round-001: 5 texts, 5 without an answer yet\n")
    assert f"text-al import {waiting} {path}" in out
    assert format_of(Content(path)).name == kind
    status, out, _ = text_al("import", waiting, path)
    assert status == 0
    assert out.startswith(f"{path.name} ({FORMATS[kind].title}): 0 decisions\n")
    assert "no answers in it. 5 texts wait" in out


def test_without_a_name_the_files_stand_in_the_folder_of_queries_under_names_of_their_own(waiting, text_al):
    kinds = [part for kind in FORMATS for part in ("--format", kind)]
    assert text_al("query", waiting, *kinds)[0] == 0
    names = {path.name for path in (folder(waiting) / "queries").glob("round-001*")}
    assert len(names) == len(FORMATS)
    assert {"round-001.csv", "round-001.jsonl", "round-001.xlsx", "round-001.parquet"} <= names


def test_a_file_that_somebody_may_be_filling_in_is_not_written_over(waiting, text_al, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("mine", encoding="utf-8")
    status, _, err = text_al("query", waiting, "--format", "csv", "--out", path)
    assert (status, path.read_text(encoding="utf-8")) == (2, "mine")
    assert "somebody may be filling it in" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "xslx"], "no format is called 'xslx'. Did you mean 'xlsx'?"),
        (["--request", "round-009"], "no request is called 'round-009'"),
        (["--disagreements"], "no two annotators disagree about a text"),
    ],
)
def test_what_there_is_not_is_said(waiting, text_al, arguments, said):
    status, _, err = text_al("query", waiting, *arguments)
    assert status == 2
    assert said in err


def test_what_annotators_disagree_about_is_written_with_what_each_said_and_the_answer_settles_it(
    waiting, text_al, tmp_path
):
    first, second, *_ = asked(waiting, "round-000")
    mine, theirs = targets_of(waiting), [{"id": first, "labels": ["y"]}, {"id": second, "labels": ["x", "y"]}]
    assert text_al("import", waiting, decided(tmp_path, "ben", "ben", theirs))[0] == 0
    assert -1 in targets_of(waiting)[int(first[1:])]
    path = tmp_path / "settle.jsonl"
    status, out, _ = text_al("query", waiting, "--disagreements", "--format", "jsonl", "--out", path)
    assert (status, out.splitlines()[0]) == (0, "disagreements: 2 texts, 2 without an answer yet")
    header, *items = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert {item["id"]: set(item["said"]) for item in items} == {
        first: {"anna", "ben"},
        second: {"anna", "ben"},
    }
    assert all(item["probs"] == {} for item in items)
    for item in items:
        item["labels"], item["annotator"] = ["y"], "anna"
    path.write_text("\n".join(map(json.dumps, [header, *items])), encoding="utf-8")
    assert "Answers: 2 about other labels" in text_al("import", waiting, path)[1]
    after = targets_of(waiting)
    assert {row: targets for row, targets in after.items() if mine.get(row) != targets} == {
        int(first[1:]): (0, 1),
        int(second[1:]): (int(second[1:]) % 2, 1),  # where both said x, nobody asks about it
    }
    assert text_al("query", waiting, "--disagreements")[0] == 2


def test_agreement_is_shown(waiting, text_al, tmp_path):
    theirs = [{"id": one, "labels": ["x"]} for one in asked(waiting, "round-000")]
    assert text_al("import", waiting, decided(tmp_path, "ben", "ben", theirs))[0] == 0
    status, out, _ = text_al("agreement", waiting)
    assert status == 0
    assert "anna" in out
    assert "ben" in out


def test_guidelines_that_cannot_be_read_are_named(tmp_path, text_al):
    missing = {"guidelines": str(tmp_path / "none.md")}
    config = a_file_run(tmp_path, ROWS, run_it=False, annotation=missing)
    status, _, err = text_al("run", config)
    assert status == 2
    assert "annotation.guidelines" in err
    assert Path(missing["guidelines"]).name in err


def test_answers_that_do_not_say_who_gave_them_are_refused_where_several_people_are_asked(tmp_path, text_al):
    changes = {"initial_size": 4, "query_size": 2, "budget": 8}
    overlap = {"overlap": {"share": 1.0, "annotators": 2}}
    config = a_file_run(tmp_path, ROWS, run_it=False, active_learning=changes, annotation=overlap)
    assert text_al("run", config)[0] == 0
    answers = [{"id": one, "labels": ["x"], "annotator": ""} for one in asked(config, "round-000")]
    status, _, err = text_al("import", config, decided(tmp_path, "someone", "", answers))
    assert status == 2
    assert err.count("it waits for 2 people, and the file does not say who answered") == 4
    out = text_al("import", config, decided(tmp_path, "someone", "", answers), "--annotator", "anna")[1]
    assert "4 texts wait for labels.\n4 of them have an answer, and wait for another person's" in out
    out = text_al("import", config, decided(tmp_path, "other", "", answers), "--annotator", "ben")[1]
    assert "Nothing waits: run again." in out


def test_an_answer_to_one_of_several_questions_must_say_to_which(waiting, text_al, tmp_path):
    assert text_al("labels", "add", "z", folder(waiting))[0] == 0
    first = asked(waiting, "round-000")
    five = [{"id": one, "labels": ["x"]} for one in asked(waiting, "round-001")]
    assert text_al("import", waiting, decided(tmp_path, "round-001", "anna", five))[0] == 0
    text_al("run", waiting, "--accept-changes")
    assert asked(waiting, "labels-001")
    old = [{"id": one, "labels": ["y"]} for one in first]
    status, _, err = text_al("import", waiting, decided(tmp_path, "ben", "ben", old))
    assert status == 2
    assert "it was asked about several times (round-000, labels-001)" in err
    named = decided(tmp_path, "ben", "ben", [{**answer, "batch": "round-000"} for answer in old])
    assert text_al("import", waiting, named)[0] == 0
    assert {targets[2] for targets in targets_of(waiting).values()} == {-1}


def page_kept(config, row_id, labels):
    """A line of the page's journal, as a kill may leave it while the model was training."""
    line = {"format": "text_al.decision/1", "n": 1, "id": row_id, "row": int(row_id[1:]), "labels": labels}
    more = {"status": "labelled", "annotator": "carl", "at": "2026-01-01T12:00:00Z", "batch": "round-001"}
    (folder(config) / "page.jsonl").write_text(json.dumps(line | more) + "\n", encoding="utf-8")


@pytest.mark.parametrize("command", ["run", "import"])
def test_what_the_page_kept_is_said_and_reaches_the_run_by_the_next_command(
    waiting, text_al, tmp_path, command
):
    first, *others = asked(waiting, "round-001")
    page_kept(waiting, first, ["x", "y"])
    said = "not in the run yet: 1 of the page's answers"
    assert said in text_al("status", folder(waiting))[1]
    assert said in text_al("agreement", folder(waiting))[1]
    assert said in text_al("export", folder(waiting), "--corpus", tmp_path / "corpus.jsonl")[2]
    answers = decided(tmp_path, "other", "anna", [{"id": others[0], "labels": []}])
    assert text_al(*{"run": ["run", waiting], "import": ["import", waiting, answers]}[command])[0] == 0
    assert targets_of(waiting)[int(first[1:])] == (1, 1)
    assert "not in the run yet" not in text_al("status", folder(waiting))[1]
