"""Parquet: the same decisions as JSON Lines, also where other programs wrote the file again."""

import io
import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from text_al.circumstances import Shown
from text_al.errors import AnswersError
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.content import Content
from text_al.formats.entries import decisions_of
from text_al.formats.jsonl import JSONL
from text_al.formats.parquet import PARQUET
from text_al.types import Label

NAMES = ["joy", "anger", "fear"]
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
ODD = ["a,b", "yes|no", 'say "x"', "😀", " ends ", "فرح", "=1+1", "[x]", "\x00"]
NAME = st.one_of(st.sampled_from(ODD), ANY)
TEXT = st.one_of(st.sampled_from(["x" * 40_000, "a\r\nb\x00"]), ANY)


def batch(*items, labels=NAMES, **more):
    return Batch("round-003", tuple(map(Label, labels)), items, "margin", **more)


def item(name, text="a text", **more):
    return BatchItem(name, text, more.pop("rank", 0), **more)


def rows_of(path):
    return parquet.ParquetFile(path).read().to_pylist()


def written(tmp_path, asked):
    PARQUET.write(tmp_path / "batch.parquet", asked)
    return tmp_path / "batch.parquet"


def write_rows(path, rows, schema=None):
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def fill_in(path, answers):
    """As a program does: labels and status by id; what else the file has stays."""
    table = parquet.ParquetFile(path).read()
    rows = [row | answers.get(row["id"], {}) for row in table.to_pylist()]
    return write_rows(path, rows, table.schema)


def read(path, names=NAMES, kind=PARQUET):
    reading = kind.read(Content(path), names)
    decisions, wrong = decisions_of(reading.entries, names, unit=reading.unit)
    return decisions, [*reading.problems, *wrong]


def found(path, names=NAMES):
    decisions, problems = read(path, names)
    assert problems == []
    return {made.id: (made.status, made.labels) for made in decisions}


def problem(path, names=NAMES):
    problems = read(path, names)[1]
    assert problems
    return problems[0]


def test_a_batch_has_a_column_for_each_key_and_the_header_as_metadata(tmp_path):
    path = written(
        tmp_path, batch(item("00001", "=1", probs={"joy": 0.5}, nearest=("b",)), model="round-002")
    )
    table = parquet.ParquetFile(path).read()
    assert table.column_names[:5] == ["format", "id", "text", "labels", "status"]
    assert json.loads(table.schema.metadata[b"text_al"])["labels"] == [{"name": name} for name in NAMES]
    row = table.to_pylist()[0]
    assert (row["id"], row["labels"], row["status"], row["considered"]) == ("00001", None, "", None)
    assert (json.loads(row["probs"]), row["nearest"], row["batch"]) == ({"joy": 0.5}, ["b"], "round-003")
    assert [file.name for file in tmp_path.iterdir()] == ["batch.parquet"]
    assert PARQUET.recognises(Content(path))


def test_null_and_an_empty_list_are_kept_apart(tmp_path):
    path = written(tmp_path, batch(*map(item, "abcde")))
    answers = {"a": {"labels": ["joy", "fear"]}, "b": {"labels": []}, "d": {"status": "unsure"}}
    fill_in(path, answers | {"e": {"labels": None, "status": "done"}})
    assert "row 5, id 'e': the status is 'done', but labels is null" in problem(path)
    fill_in(path, {"e": {"status": ""}})
    assert found(path) == {"a": ("labelled", ("joy", "fear")), "b": ("labelled", ()), "d": ("skipped", ())}


@given(
    st.lists(NAME, unique=True, min_size=1, max_size=5),
    st.lists(st.tuples(NAME, TEXT), unique_by=lambda pair: pair[0], min_size=1, max_size=4),
    st.data(),
)
@settings(max_examples=40)
def test_the_decisions_are_those_of_json_lines(tmp_path_factory, names, pairs, data):
    folder = tmp_path_factory.mktemp("both")
    some = st.one_of(st.none(), st.lists(st.sampled_from(names), unique=True))
    asked = [data.draw(some) for _ in pairs]
    items = [
        item(name, text, considered=None if about is None else tuple(about), probs={names[0]: 0.25})
        for (name, text), about in zip(pairs, asked, strict=True)
    ]
    settles = data.draw(st.booleans())
    answers = {name: answer(data, some, about) for (name, _), about in zip(pairs, asked, strict=True)}
    for kind in (PARQUET, JSONL):
        kind.write(folder / kind.name, batch(*items, labels=names, model="round-002", settles=settles))
    fill_in(folder / "parquet", answers)
    lines = [json.loads(line) for line in (folder / "jsonl").read_text("utf-8").split("\n") if line]
    lines = [line | answers.get(line.get("id"), {}) for line in lines]
    (folder / "jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    ours, theirs = read(folder / "parquet", names), read(folder / "jsonl", names, JSONL)
    assert ours[1] == theirs[1] == []
    assert [without_place(made) for made in ours[0]] == [without_place(made) for made in theirs[0]]
    assert len(ours[0]) == sum(
        bool(given["labels"] is not None or given["status"]) for given in answers.values()
    )


def answer(data, some, about):
    labels = data.draw(some)
    if labels is None:
        return {"labels": None, "status": data.draw(st.sampled_from(["", "skip"]))}
    more = {"seconds": 2.5, "ref": "r", "annotator": "anna", "at": "2026-11-20T13:26:39Z"}
    return {"labels": [name for name in labels if about is None or name in about], "status": "done", **more}


def without_place(made):
    return {name: value for name, value in vars(made).items() if name != "line"}


def test_a_file_that_pandas_wrote_again_gives_the_same(tmp_path):
    items = item("a", probs={"joy": 0.5}), item("b", considered=("joy",)), item("c")
    path = written(tmp_path, batch(*items, model="round-002"))
    frame = pd.read_parquet(path)
    frame.at[0, "labels"] = ["joy"]
    frame.at[1, "labels"] = []
    frame.at[1, "seconds"] = 3.5
    frame["status"] = frame["status"].astype("category")
    columns = [
        "labels",
        *(name for name in reversed(frame.columns) if name not in ("labels", "score", "nearest")),
    ]
    frame[columns].to_parquet(path)
    decisions, problems = read(path)
    assert problems == []
    assert [(made.id, made.labels, made.considered, made.how.seconds) for made in decisions] == [
        ("a", ("joy",), None, None),
        ("b", (), ("joy",), 3.5),
    ]
    assert decisions[0].how.shown == Shown("ranked", "round-002", (("joy", 0.5),))


def test_a_file_that_datasets_wrote_again_gives_the_same(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    path = written(tmp_path, batch(*map(item, "abc")))
    fill_in(path, {"a": {"labels": []}, "b": {"labels": ["joy"]}})
    data = datasets.Dataset(parquet.ParquetFile(path).read())
    data.to_parquet(str(path))
    assert found(path) == {"a": ("labelled", ()), "b": ("labelled", ("joy",))}


def test_other_kinds_of_text_columns_and_missing_ones_are_read(tmp_path):
    rows = [{"labels": ["joy"], "id": "a"}, {"labels": None, "id": "b"}, {"labels": [], "id": "c"}]
    schema = pa.schema([("labels", pa.large_list(pa.large_string())), ("id", pa.large_string())])
    path = write_rows(tmp_path / "file.parquet", rows, schema)
    assert found(path) == {"a": ("labelled", ("joy",)), "c": ("labelled", ())}
    views = pa.schema([("labels", pa.list_(pa.string_view())), ("id", pa.string_view())])
    assert found(write_rows(path, rows, views)) == {"a": ("labelled", ("joy",)), "c": ("labelled", ())}


def test_shown_may_be_columns_within_columns(tmp_path):
    shown = {"mode": "ranked", "model": "m", "labels": {"joy": 0.5, "anger": None}}
    path = write_rows(tmp_path / "file.parquet", [{"id": "a", "labels": ["joy"], "shown": shown}])
    assert read(path)[0][0].how.shown == Shown("ranked", "m", (("joy", 0.5),))
    path = write_rows(path, [{"id": "a", "labels": ["joy"], "shown": "ranked"}])
    assert "shown must be an object whose mode is one of" in problem(path)


@pytest.mark.parametrize("kind", [{"format": "text_al.decision/1"}, {}])
def test_of_a_log_the_last_decision_of_each_annotator_counts(tmp_path, kind):
    time = pd.Timestamp("2026-11-20T13:26:39Z").to_pydatetime()
    rows = [
        {**kind, "id": "a", "labels": ["joy"], "status": "labelled", "annotator": "anna", "at": time},
        {**kind, "id": "a", "labels": [], "status": "labelled", "annotator": "anna", "at": time},
        {**kind, "id": "b", "labels": None, "status": "rejected", "annotator": None, "at": None},
    ]
    path = write_rows(tmp_path / "log.parquet", rows)
    assert found(path) == {"a": ("labelled", ()), "b": ("skipped", ())}
    assert read(path)[0][0].at == "2026-11-20T13:26:39+00:00"
    path = write_rows(path, [*rows, {**kind, "id": "c", "labels": ["joy"], "status": None}])
    assert problem(path) == "row 4, id 'c': status missing; nothing is guessed"


def test_labels_added_later_are_not_said_anything_of_and_another_runs_file_is_named(tmp_path):
    path = fill_in(written(tmp_path, batch(item("a"))), {"a": {"labels": ["joy"]}})
    assert set(read(path, [*NAMES, "new"])[0][0].considered) == set(NAMES)
    assert "is it another run's?" in problem(path, ["sport", "joy"])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "a", "labels": ["jooy"]}], "row 1, id 'a': no label is called 'jooy'. Did you mean 'joy'?"),
        ([{"id": "a", "labels": "joy"}], "labels must be a list of names, not 'joy'"),
        ([{"id": 1, "labels": ["joy"]}], "the column 'id' holds int64, not text"),
        (
            [{"id": "a", "label": ["joy"]}],
            "there is no column 'labels', only id, label. Did you mean 'label'?",
        ),
        ([{"name": "a", "labels": ["joy"]}], "there is no column 'id', only name, labels"),
        ([{"id": None, "labels": ["joy"]}], "row 1, id None: the id must be text"),
        ([{"id": "a", "labels": [], "format": "x/1"}], "row 1, id 'a': the format 'x/1' is not known"),
        ([{"id": "a", "labels": []}] * 2, "rows 1 and 2 both decide on id 'a'; keep one"),
    ],
)
def test_a_wrong_row_or_column_is_named_with_the_mend(tmp_path, rows, said):
    assert said in problem(write_rows(tmp_path / "file.parquet", rows))


def test_two_columns_of_one_name_are_a_problem(tmp_path):
    table = pa.table(
        [pa.array(["a"]), pa.array([["joy"]]), pa.array([["fear"]])], names=["id", "labels", "labels"]
    )
    parquet.write_table(table, tmp_path / "file.parquet")
    assert problem(tmp_path / "file.parquet") == "2 columns are called 'labels'; keep one"


def test_a_file_that_is_cut_short_or_damaged_is_one_clear_problem(tmp_path):
    path = written(tmp_path, batch(item("a", "some text " * 100)))
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], b"PAR1", whole[:50] + bytes(100) + whole[150:]):
        path.write_bytes(broken)
        with pytest.raises(AnswersError, match="begins like a Parquet file, but cannot be read") as caught:
            read(path)
        assert len(caught.value.problems) == 1


def test_metadata_that_is_no_header_says_nothing(tmp_path):
    table = pa.table({"id": ["a"], "labels": [["joy"]]}).replace_schema_metadata({b"text_al": b"{oops"})
    content = io.BytesIO()
    parquet.write_table(table, content)
    (tmp_path / "file.parquet").write_bytes(content.getvalue())
    assert found(tmp_path / "file.parquet") == {"a": ("labelled", ("joy",))}
