"""A file says which batch it answers, which labels it lists, and who answered, in one spelling."""

import csv
import io
import json

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet

from text_al.errors import AnswersError
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.interchange import FORMATS, read_decisions, write_batch
from text_al.types import Label

NAMES = ["joy", "anger", "fear"]


def batch(labels=NAMES, considered=None, name="round-003"):
    items = tuple(BatchItem(one, f"text {one}", 0, considered=considered) for one in "ab")
    return Batch(name, tuple(map(Label, labels)), items, "margin")


def in_lines(path, change):
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.write_text("".join(json.dumps(change(line)) + "\n" for line in lines), "utf-8")


def in_array(path, change):
    path.write_text(json.dumps([change(one) for one in json.loads(path.read_text("utf-8"))]), "utf-8")


def jsonl(path):
    in_lines(path, lambda line: line if "n" in line else line | {"labels": ["joy"]})


def in_parquet(path):
    table = parquet.read_table(path)
    rows = [row | {"labels": ["joy"]} for row in table.to_pylist()]
    parquet.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def xlsx(path):
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book["texts"][1]]
    for row in (2, 3):
        book["texts"].cell(row, header.index("joy") + 1).value = "x"
    book.save(path)
    book.close()


def in_csv(path):
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, rows[0])
    writer.writeheader()
    writer.writerows(row | {"labels": "joy"} for row in rows)
    path.write_text(table.getvalue(), "utf-8", newline="")


def label_studio(path):
    choice = {"type": "choices", "from_name": "labels", "to_name": "text", "value": {"choices": ["joy"]}}
    done = {"id": 1, "result": [choice], "was_cancelled": False, "completed_by": 1}
    in_array(path, lambda task: task | {"annotations": [done]})


def prodigy(path):
    in_lines(path, lambda task: task | {"accept": ["joy"], "answer": "accept"})


def doccano(path):
    in_lines(path, lambda line: line | {"label": ["joy"]})


def argilla(path):
    response = {"value": ["joy"], "user_id": "u", "status": "submitted"}
    in_array(path, lambda one: one | {"status": "completed", "responses": {"labels": [response]}})


FILLED = {
    "jsonl": jsonl, "parquet": in_parquet, "xlsx": xlsx, "csv": in_csv, "label_studio": label_studio,
    "prodigy": prodigy, "doccano": doccano, "argilla": argilla,
}  # fmt: skip
LISTING = [kind for kind in FILLED if kind != "csv"]


def filled(tmp_path, kind, asked):
    path = tmp_path / f"answers{FORMATS[kind].suffix}"
    write_batch(path, asked, kind)
    FILLED[kind](path)
    return path


@pytest.mark.parametrize("kind", FILLED)
def test_a_decision_names_the_batch_that_it_answers(tmp_path, kind):
    decisions = read_decisions(filled(tmp_path, kind, batch(name="labels-001")), NAMES)
    assert [(one.id, one.labels, one.batch) for one in decisions] == [
        ("a", ("joy",), "labels-001"),
        ("b", ("joy",), "labels-001"),
    ]


@pytest.mark.parametrize("kind", LISTING)
def test_a_file_that_lists_all_labels_decides_on_all(tmp_path, kind):
    decisions = read_decisions(filled(tmp_path, kind, batch()), NAMES)
    assert [one.considered for one in decisions] == [tuple(NAMES)] * 2


@pytest.mark.parametrize("kind", LISTING)
def test_a_file_that_was_written_before_a_label_was_added_says_nothing_of_it(tmp_path, kind):
    decisions = read_decisions(filled(tmp_path, kind, batch(NAMES[:2])), NAMES)
    assert [one.considered for one in decisions] == [tuple(NAMES[:2])] * 2


@pytest.mark.parametrize("kind", FILLED)
def test_a_file_that_asks_about_some_labels_decides_on_those(tmp_path, kind):
    decisions = read_decisions(filled(tmp_path, kind, batch(considered=("joy", "fear"))), NAMES)
    assert [one.considered for one in decisions] == [("joy", "fear")] * 2


def test_a_sheet_with_one_column_for_all_labels_lists_none(tmp_path):
    assert [one.considered for one in read_decisions(filled(tmp_path, "csv", batch()), NAMES)] == [None] * 2


def test_a_sheet_with_a_column_a_label_lists_them(tmp_path):
    (tmp_path / "a.csv").write_text("id,joy,anger,fear,batch\na,x,,,round-001\n")
    (made,) = read_decisions(tmp_path / "a.csv", NAMES)
    assert (made.considered, made.batch) == (tuple(NAMES), "round-001")


def test_a_line_goes_before_the_header_and_a_log_without_one_says_what_it_says(tmp_path):
    line = {"format": "text_al.decision/1", "id": "a", "labels": [], "status": "labelled"}
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(line) + "\n")
    (made,) = read_decisions(path, NAMES)
    assert (made.batch, made.considered) == ("", None)
    header = {"format": "text_al.batch/1", "batch": "round-001"}
    lines = [header, line, line | {"id": "b", "batch": "round-002"}]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    assert [(one.batch, one.considered) for one in read_decisions(path, NAMES)] == [
        ("round-001", None),
        ("round-002", None),
    ]


def test_what_a_record_of_potato_carries_is_read(tmp_path):
    record = {"instance_id": "a", "labels": {"labels": {"joy": "joy"}}, "text_al_batch": "round-001"}
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n")
    assert read_decisions(tmp_path / "a.jsonl", NAMES)[0].batch == "round-001"


@pytest.mark.parametrize("name", ["Ren\u00e9e", "Rene\u0301e", " Ren\u00e9e\u00a0"])
def test_an_annotator_has_one_spelling(tmp_path, name):
    (tmp_path / "a.csv").write_text(f"id,labels,annotator\na,joy,{name}\n", "utf-8")
    assert read_decisions(tmp_path / "a.csv", NAMES)[0].annotator == "Ren\u00e9e"


def test_two_spellings_of_one_annotator_are_one_who_decides_twice(tmp_path):
    (tmp_path / "a.csv").write_text("id,labels,annotator\na,joy,Ren\u00e9e\na,fear,Rene\u0301e\n", "utf-8")
    with pytest.raises(AnswersError, match="lines 2 and 3 both decide on id 'a'"):
        read_decisions(tmp_path / "a.csv", NAMES)


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_annotator_is_nobody(tmp_path, blank):
    (tmp_path / "a.csv").write_text(f"id,labels,annotator\na,joy,{blank}\n")
    assert read_decisions(tmp_path / "a.csv", NAMES)[0].annotator == ""


def test_an_annotator_with_a_character_that_nobody_sees_is_refused_by_line_and_id(tmp_path):
    (tmp_path / "a.csv").write_text("id,labels,annotator\na,joy,an\u200bna\n", "utf-8")
    with pytest.raises(AnswersError, match=r"line 2, id 'a': .*'an\\u200bna' holds U\+200B"):
        read_decisions(tmp_path / "a.csv", NAMES)
