"""CSV: what a person fills in comes back as it was meant, with what was shown."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text_al.circumstances import Shown
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.content import Content
from text_al.formats.entries import decisions_of
from text_al.formats.sheet import CSV, guarded
from text_al.types import Label

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
ODD = ["a,b", "yes|no", 'say "x"', "😀", " ends ", "فرح", "=1+1", "+", "-x", "@me", "[x]", "'=x", "labels"]
NAME = st.one_of(st.sampled_from(ODD), st.text(CHARACTERS, min_size=1, max_size=8).filter(str.strip))
TEXT = st.one_of(st.sampled_from(["x" * 40_000, "a\r\nb", "=1"]), st.text(CHARACTERS, max_size=30))


def batch(*items, labels=("joy", "anger"), **more):
    return Batch("round-003", tuple(map(Label, labels)), items, "margin", **more)


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def fill_in(path, answers):
    rows = [row | answer for row, answer in zip(rows_of(path), answers, strict=True)]
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(table.getvalue().encode("utf-8-sig"))


def read(path, names=("joy", "anger")):
    reading = CSV.read(Content(path), names)
    decisions, wrong = decisions_of(reading.entries, names, unit=reading.unit)
    return decisions, [*reading.problems, *wrong], reading.notes


@given(
    st.lists(NAME, unique_by=str.strip, min_size=1, max_size=5),
    st.lists(st.tuples(NAME, TEXT), unique_by=lambda pair: pair[0], min_size=1, max_size=4),
    st.data(),
)
@settings(max_examples=50)
def test_ids_labels_and_texts_of_any_kind_come_back(tmp_path_factory, names, pairs, data):
    path = tmp_path_factory.mktemp("csv") / "batch.csv"
    items = [BatchItem(name, text, 0, probs={names[0]: 0.5}) for name, text in pairs]
    CSV.write(path, batch(*items, labels=names, model="round-002"))
    chosen = [data.draw(st.lists(st.sampled_from(names), unique=True)) for _ in pairs]
    fill_in(path, [{"labels": guarded(json.dumps(labels)), "status": "done"} for labels in chosen])
    decisions, problems, notes = read(path, names)
    assert (problems, notes) == ([], ())
    assert [(made.id, made.labels, made.text) for made in decisions] == [
        (name, tuple(labels), text or None) for (name, text), labels in zip(pairs, chosen, strict=True)
    ]
    shown = Shown("ranked", "round-002", ((names[0], 0.5),))
    assert [made.how.shown for made in decisions] == [shown] * len(pairs)


def test_what_was_shown_how_long_it_took_and_where_it_is_kept_come_back(tmp_path):
    path = tmp_path / "batch.csv"
    items = BatchItem("a", "x", 0, probs={"joy": 0.6123}), BatchItem("b", "x", 1, said={"anna": ("joy",)})
    CSV.write(path, batch(*items, model="round-002", settles=True))
    assert [row["said"] for row in rows_of(path)] == ["", "anna: joy"]
    fill_in(path, [{"labels": "joy", "seconds": "2.5", "ref": "17"}, {"status": "unsure"}])
    first, second = read(path)[0]
    assert first.how.shown == Shown("ranked", "round-002", (("joy", 0.6123),))
    assert (first.how.seconds, first.how.ref, first.how.settles) == (2.5, "17", True)
    assert (second.how.shown, second.how.word) == (Shown("none", "round-002"), "unsure")


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("seconds", "2,5", "line 2, id 'a': seconds must be a number from 0 on, not '2,5'"),
        ("shown", "{oops", "line 2, id 'a': shown must be an object whose mode is one of"),
        ("settles", "perhaps", "line 2, id 'a': the cell 'settles' is 'perhaps'"),
    ],
)
def test_circumstances_that_cannot_be_read_are_a_problem(tmp_path, column, cell, said):
    CSV.write(tmp_path / "batch.csv", batch(BatchItem("a", "x", 0)))
    fill_in(tmp_path / "batch.csv", [{"labels": "joy", column: cell}])
    assert read(tmp_path / "batch.csv")[1][0].startswith(said)


def test_without_a_model_and_a_disagreement_there_are_no_more_columns_than_before(tmp_path):
    CSV.write(tmp_path / "batch.csv", batch(BatchItem("a", "x", 0)))
    assert list(rows_of(tmp_path / "batch.csv")[0]) == [
        "id",
        "text",
        "labels",
        "status",
        "rank",
        "score",
        "reason",
        "batch",
    ]


def test_a_table_with_one_column_a_label_is_read_too(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text('ID;anger;joy;"""status""";status\na;x;;1;\nb;;;;done\nc;;;;\nd;0;0;;\n', "utf-8")
    decisions, problems, _ = read(path, ("joy", "anger", "status"))
    assert [(made.id, made.labels) for made in decisions] == [("a", ("anger", "status")), ("b", ())]
    assert problems == ["line 5, id 'd': labels are answered with no only; write done under status"]
    assert "there is no column for the label 'fear'" in read(path, ("joy", "anger", "status", "fear"))[1][0]


def test_a_column_of_ones_own_is_named_and_one_that_is_there_twice_is_a_problem(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,labels,mine\na,joy,x\n", "utf-8")
    assert read(path)[2] == ("the column 'mine' is not read",)
    path.write_text("id,labels,labels\na,joy,\n", "utf-8")
    assert read(path)[1] == ["line 1: two columns are called 'labels'; keep one"]
