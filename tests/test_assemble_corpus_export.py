"""A labelled corpus leaves a run whole: what is empty, skipped or not known, who said what, who chose it."""

import csv
import io
import json
from contextlib import redirect_stderr

import numpy as np
import pytest
from labelled_run_examples import AT, LabelledRun
from loop_examples import finished_run

from text_al.assemble import corpus_rows
from text_al.assemble.corpus_export import export_corpus
from text_al.circumstances import Circumstances, Shown
from text_al.data.prepare import prepare
from text_al.data.resolution import Resolution
from text_al.data.sources import Columns, FileSource
from text_al.errors import PoolError
from text_al.formats.sheet import unguarded
from text_al.types import Label

NAMES = ("joy", "=anger", '日本, "fear" | x')
TEXTS = ["=1+1", 'two\nlines, "quoted"', "  日本語 🙂 ", "-dash", "plain", "six", "seven", "eight"]
SETTLES = Circumstances(settles=True)
KINDS = ("jsonl", "csv", "parquet", "datasets")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run in which everything occurred that an export must keep apart."""
    path = tmp_path_factory.mktemp("labelled") / "run"
    with LabelledRun(path, NAMES, texts=TEXTS) as made:
        made.ask([0, 1, 2], inclusion=0.25)
        made.ask([3, 4, 5], "margin", round_number=2)
        seen = Circumstances(seconds=2.5, shown=Shown("ranked", "round-001", (("joy", 0.7),)))
        made.say(0, "anna", ["=anger", NAMES[2]], how=seen, comment="irony?")
        made.say(1, "anna", [])
        made.say(2, "anna", None, how=Circumstances(word="unsure"))
        made.say(3, "anna", ["joy"], considered=["joy", "=anger"], round_number=3)
        made.say(4, "anna", ["joy"])
        made.say(4, "ben", [])
        made.say(4, "llm:x", ["=anger"])
        made.say(4, "carla", ["joy", "=anger"], how=SETTLES, at="2026-02-01T12:00:00Z")
        made.say(6, "corpus", ["joy"])
    return path


def exported(run, folder, kind):
    """The rows of an export of this kind, as plain values."""
    names = {"jsonl": "c.jsonl", "csv": "c.csv", "parquet": "c.parquet", "datasets": "corpus"}
    target = folder / names[kind]
    export_corpus(run, target)
    if kind == "jsonl":
        rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
        return [{"considered": None, **row} for row in rows]
    if kind == "csv":
        with target.open(encoding="utf-8-sig", newline="") as file:
            return [{name: plain(name, cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    return loaded(target, folder) if kind == "datasets" else from_parquet(target)


def plain(name, cell):
    """What a cell of CSV stands for."""
    if cell == "":
        return None
    texts = {"id", "text", "status", "annotator", "at", "source", "chosen_by", "purpose", "word", "comment"}
    return unguarded(cell) if name in texts else json.loads(cell)


def from_parquet(target):
    from pyarrow import parquet

    return parquet.read_table(target).to_pylist()


def loaded(target, folder):
    import datasets

    with redirect_stderr(io.StringIO()):  # its progress bar
        found = datasets.load_dataset(str(target), cache_dir=str(folder / "cache"))
    assert list(found) == ["train"]
    return found["train"].to_list()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_the_same_and_keeps_empty_skipped_and_not_known_apart(run, tmp_path, kind):
    rows = {row["id"]: row for row in exported(run, tmp_path, kind)}
    assert list(rows) == ["id-0", "id-1", "id-2", "id-3", "id-4", "id-6"]
    assert [row["text"] for row in rows.values()] == [TEXTS[place] for place in (0, 1, 2, 3, 4, 6)]
    assert {name: row["labels"] for name, row in rows.items()} == {
        "id-0": ["=anger", NAMES[2]], "id-1": [], "id-2": None, "id-3": ["joy"], "id-4": ["joy", "=anger"],
        "id-6": ["joy"],
    }  # fmt: skip
    assert {name: row["considered"] for name, row in rows.items() if row["considered"] is not None} == {
        "id-3": ["joy", "=anger"]
    }
    assert rows["id-0"] == {
        "id": "id-0",
        "text": "=1+1",
        "labels": ["=anger", NAMES[2]],
        "considered": None,
        "status": "labelled",
        "annotator": "anna",
        "at": AT,
        "round": 1,
        "source": "a.csv",
        "chosen_by": "random",
        "chosen_in": 0,
        "purpose": "train",
        "inclusion": 0.25,
        "seconds": 2.5,
        "shown": {"mode": "ranked", "model": "round-001"},
        "word": None,
        "comment": "irony?",
        "n_annotators": 1,
        "answers": [
            {
                "annotator": "anna",
                "at": AT,
                "status": "labelled",
                "labels": ["=anger", NAMES[2]],
                "considered": None,
                "seconds": 2.5,
                "shown": {"mode": "ranked", "model": "round-001"},
                "word": None,
                "comment": "irony?",
                "settles": False,
            }
        ],
        "settled": False,
    }
    assert (rows["id-2"]["status"], rows["id-2"]["word"]) == ("skipped", "unsure")
    assert (rows["id-6"]["chosen_by"], rows["id-6"]["chosen_in"], rows["id-6"]["shown"]) == (None, None, None)
    assert (rows["id-3"]["chosen_by"], rows["id-3"]["chosen_in"], rows["id-3"]["round"]) == ("margin", 2, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_raw_answers_stay_beside_what_holds(run, tmp_path, kind):
    row = next(row for row in exported(run, tmp_path, kind) if row["id"] == "id-4")
    assert (row["annotator"], row["settled"], row["n_annotators"]) == ("carla", True, 2)
    assert [(answer["annotator"], answer["labels"], answer["settles"]) for answer in row["answers"]] == [
        ("anna", ["joy"], False),
        ("ben", [], False),
        ("llm:x", ["=anger"], False),
        ("carla", ["joy", "=anger"], True),
    ]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_the_corpus_can_be_read_again_as_a_labelled_one(run, tmp_path, kind):
    target = tmp_path / f"c.{kind}"
    export_corpus(run, target)
    read = prepare(
        {"pool": FileSource((str(target),))},
        tmp_path / "corpus",
        columns=Columns(empty="unlabelled"),  # [] stands in a cell that is labelled with nothing
        labels=[Label(name) for name in NAMES],
    ).pool
    assert read.has_targets.tolist() == [True, True, False, True, True, True]
    assert read.targets(np.arange(2)).tolist() == [[0, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("declared", [True, False])
def test_what_is_not_known_of_a_text_is_not_known_of_it_either_where_the_corpus_is_read_again(
    run, tmp_path, kind, declared
):
    target = tmp_path / f"c.{kind}"
    export_corpus(run, target)
    read = prepare(
        {"pool": FileSource((str(target),)), "labelled": FileSource((str(target),))},
        tmp_path / "corpus",
        columns=Columns(empty="unlabelled"),
        labels=NAMES if declared else None,
    )
    place = [[label.name for label in read.pool.labels].index(name) for name in NAMES]
    rows = read.initially_labelled
    assert read.pool.ids(rows) == ["id-0", "id-1", "id-3", "id-4", "id-6"]
    assert read.pool.targets(rows)[:, place].tolist() == [
        [0, 1, 1], [0, 0, 0], [1, 0, -1], [1, 1, 0], [1, 0, 0],
    ]  # fmt: skip


def test_cells_that_a_spreadsheet_would_run_stay_text(run, tmp_path):
    export_corpus(run, tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=1+1" in cells
    assert "'-dash" in cells
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]


@pytest.mark.parametrize("name", ["c.jsonl", "c.csv", "c.parquet", "corpus"])
def test_the_card_stands_beside_the_corpus(run, tmp_path, name):
    done = export_corpus(run, tmp_path / name)
    assert (done.labelled, done.skipped) == (5, 1)
    expected = tmp_path / ("corpus/README.md" if name == "corpus" else f"{name}.card.md")
    assert done.card == expected
    assert "5 texts labelled with 3 labels" in expected.read_text(encoding="utf-8")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["c.jsonl", "c.csv", "c.parquet", "corpus"])
def test_what_is_there_is_not_overwritten_nor_is_its_card(run, tmp_path, name):
    export_corpus(run, tmp_path / name)
    before = sorted(path for path in tmp_path.rglob("*"))
    with pytest.raises(PoolError, match="exists already"):
        export_corpus(run, tmp_path / name)
    if name != "corpus":
        (tmp_path / name).unlink()
        with pytest.raises(PoolError, match=r"card\.md exists already"):
            export_corpus(run, tmp_path / name)
        (tmp_path / name).touch()
    assert sorted(path for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["c.jsonl", "c.csv", "c.parquet", "corpus"])
def test_what_fails_on_the_way_leaves_nothing_behind(run, tmp_path, name, monkeypatch):
    monkeypatch.setattr(corpus_rows, "_people", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_corpus(run, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_card_that_cannot_be_made_takes_the_corpus_with_it(run, tmp_path, monkeypatch):
    from text_al.assemble import corpus_export

    monkeypatch.setattr(corpus_export, "data_card", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_corpus(run, tmp_path / "c.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_suffix_of_no_kind_is_refused_with_those_there_are(run, tmp_path):
    with pytest.raises(
        PoolError, match=r"'\.xls' is no kind of corpus; end the name in \.jsonl, \.csv or \.parquet"
    ):
        export_corpus(run, tmp_path / "c.xls")
    assert export_corpus(run, tmp_path / "v1.2", kind="datasets").labelled == 5
    assert list(tmp_path.iterdir()) == [tmp_path / "v1.2"]


def test_where_annotators_leave_a_label_open_it_is_neither_yes_nor_no(tmp_path):
    with LabelledRun(tmp_path / "run", ("a", "b")) as run:
        run.pool.resolve_by(Resolution("all"))
        for row, (one, other) in enumerate([(["a"], ["a", "b"]), (["a"], ["b"])]):
            run.say(row, "anna", one)
            run.say(row, "ben", other)
    first, second = exported(tmp_path / "run", tmp_path, "jsonl")
    assert (first["labels"], first["considered"]) == (["a"], ["a"])
    assert (second["labels"], second["considered"], second["status"]) == (None, [], "labelled")
    card = (tmp_path / "c.jsonl.card.md").read_text()
    assert "corpus from an active-learning run: 1 text labelled with 2 labels" in card
    assert "- 0 texts labelled with nothing" in card
    assert "- 1 text beside these of which every label is left open" in card
    assert "- 1 text of which not every label is known" in card
    (tmp_path / "again").mkdir()
    done = export_corpus(tmp_path / "run", tmp_path / "again" / "c.csv")
    assert (done.labelled, done.skipped, done.open) == (1, 0, 1)


def test_an_answer_that_was_taken_back_is_no_raw_answer(tmp_path):
    with LabelledRun(tmp_path / "run", ("a", "b")) as run:
        run.ask([0], people=(2,))
        run.say(0, "anna", ["a"])
        run.say(0, "ben", ["b"])
        run.pool.withdraw(0, "ben", round=1, source="here")
        run.say(1, "anna", ["a"], how=SETTLES)
        run.say(1, "anna", None)
        run.say(1, "ben", ["b"])
    first, second = exported(tmp_path / "run", tmp_path, "jsonl")
    assert [answer["annotator"] for answer in first["answers"]] == ["anna"]
    assert [(answer["annotator"], answer["labels"]) for answer in second["answers"]] == [
        ("anna", None),
        ("ben", ["b"]),
    ]
    assert not second["settled"]


def test_many_texts_go_through_in_parts(tmp_path, monkeypatch):
    from text_al.assemble import corpus_files

    monkeypatch.setattr(corpus_rows, "CHUNK", 3)
    monkeypatch.setattr(corpus_files, "CHUNK", 3)
    with LabelledRun(tmp_path / "run", ("a", "b"), n=10) as run:
        for row in range(10):
            run.say(row, "anna", ["a"] if row % 2 else [])
    for kind in KINDS:
        (tmp_path / kind).mkdir()
        rows = exported(tmp_path / "run", tmp_path / kind, kind)
        assert [(row["id"], row["labels"]) for row in rows] == [
            (f"id-{row}", ["a"] if row % 2 else []) for row in range(10)
        ]


def test_the_card_of_a_real_run_names_what_it_was_made_with(tmp_path):
    path = finished_run(tmp_path)
    card = export_corpus(path, tmp_path / "c.jsonl").card.read_text(encoding="utf-8")
    assert "- learner: tfidf\n" in card
    assert "\n- torch 2" in card
    assert "| simulated | hidden labels, simulated | 25 |" in card
    assert "| random | train | 10 | 0 | yes | 10 |" in card
