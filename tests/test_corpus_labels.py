"""Labels are three-valued, whatever they are written as; and the list of them is checked once and frozen."""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpus_examples import everything, prepared, source, write_jsonl

from text_al.data.labels import frozen_labels
from text_al.data.marks import (
    EMPTY_CELL,
    UNLABELLED,
    State,
    complete,
    mark_of,
    marks_of_cell,
    marks_of_columns,
    partial,
)
from text_al.data.prepare import prepare
from text_al.data.sources import Columns
from text_al.errors import CorpusError
from text_al.types import Label


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (["a", "b"], complete(["a", "b"])),
        (["a", "a"], complete(["a"])),
        ([], complete([])),
        (None, UNLABELLED),
        ("", EMPTY_CELL),
        ("  ", EMPTY_CELL),
        ("||", EMPTY_CELL),
        ("a|b", complete(["a", "b"])),
        ("|a||b |", complete(["a", "b"])),
        ('["a", "b"]', complete(["a", "b"])),
        ("[]", complete([])),
        ({"a": 1, "b": 0, "c": -1}, partial({"a": 1, "b": 0, "c": -1})),
        ({"a": True, "b": None}, partial({"a": 1, "b": -1})),
        ({}, UNLABELLED),
    ],
)
def test_a_labels_cell_is_read_as_what_it_says(cell, expected):
    assert marks_of_cell(cell, separator="|") == expected


def test_when_all_marks_are_not_known_then_the_row_is_not_labelled():
    assert partial({"a": -1}).state is State.UNLABELLED
    assert partial({"a": -1, "b": 0}).state is State.PARTIAL


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (3, "neither a list nor text"),
        ([3], "the label 3 is not text"),
        (["a", " "], "cannot be blank"),
        ("['a', 'b']", "look like a list but are not JSON"),
        ("[1]", "the label 1 is not text"),
        ({"a": 2}, "label 'a' holds 2; write 1 (yes), 0 (no)"),
        ({"a": "maybe"}, "label 'a' holds 'maybe'"),
    ],
)
def test_when_a_labels_cell_makes_no_sense_then_the_sentence_says_why(cell, says):
    with pytest.raises(ValueError) as caught:
        marks_of_cell(cell, separator="|")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["1", "1.0", " 1", 1, 1.0, True, "true", "TRUE"], 1),
        (["0", "0.0", 0, 0.0, False, "False"], 0),
        (["-1", "-1.0", -1, "", " ", None, float("nan")], -1),
    ],
)
def test_a_mark_may_be_written_in_many_ways(values, mark):
    assert [mark_of(value, "a") for value in values] == [mark] * len(values)


def test_all_bad_marks_of_a_row_are_told():
    with pytest.raises(ValueError, match=r"'a' holds 'yes'.*'b' holds 2"):
        marks_of_columns({"a": "yes", "b": 2, "c": 1}, ["a", "b", "c"])


def test_the_three_states_are_kept_apart(tmp_path):
    rows = [
        {"id": "nothing", "text": "w", "labels": []},
        {"id": "nobody", "text": "x", "labels": None},
        {"id": "missing", "text": "y"},
        {"id": "partly", "text": "z", "labels": {"a": 1, "b": 0}},
    ]
    pool = prepared(tmp_path, write_jsonl(tmp_path / "a.jsonl", rows), labels=["a", "b", "c"]).pool
    assert pool.has_targets.tolist() == [True, False, False, True]
    assert pool.targets(np.arange(4)).tolist() == [[0, 0, 0], [-1, -1, -1], [-1, -1, -1], [1, 0, -1]]
    assert pool.targets(np.array([3, 0])).tolist() == [[1, 0, -1], [0, 0, 0]]


@pytest.mark.parametrize(
    ("empty", "filled", "expected"),
    [
        ("auto", "a", []),
        ("auto", "", None),
        ("nothing", "", []),
        ("unlabelled", "a", None),
    ],
)
def test_what_an_empty_cell_says_is_settled_by_the_others_or_by_the_user_and_told(
    tmp_path, empty, filled, expected
):
    (tmp_path / "a.csv").write_text(f"id,text,labels\n1,x,\n2,y,{filled}\n")
    corpora = prepared(tmp_path, tmp_path / "a.csv", columns=Columns(empty=empty), labels=["a"])
    assert everything(corpora.pool)[2][0] == expected
    said = "labelled with nothing" if expected == [] else "not labelled"
    assert any(
        f"empty labels cell{'' if filled else 's'} read as {said} (ids 1" in text for text in corpora.notices
    )


@pytest.mark.parametrize(
    ("labels", "considered", "expected"),
    [
        ("a", "", [1, 0, 0]),
        ("a", "a|b", [1, 0, -1]),
        ('["a"]', '["a", "c"]', [1, -1, 0]),
        ("[]", "b", [-1, 0, -1]),
        ("[]", "[]", [-1, -1, -1]),
        ("", "b", [-1, 0, -1]),
        ("a", "yes", [1, 0, 0]),
    ],
)
def test_labels_that_were_not_considered_are_not_known(tmp_path, labels, considered, expected):
    rows = [["id", "text", "labels", "considered"], ["1", "x", labels, considered], ["2", "y", "b", ""]]
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    corpora = prepared(tmp_path, tmp_path / "a.csv", labels=["a", "b", "c"])
    assert corpora.pool.targets(np.arange(2)).tolist() == [expected, [0, 1, 0]]
    told = any("holds 'yes', which names no label" in notice for notice in corpora.notices)
    assert told == (considered == "yes")


def test_an_empty_cell_that_says_unlabelled_stays_so_whatever_was_considered(tmp_path):
    (tmp_path / "a.csv").write_text("id,text,labels,considered\n1,x,,a\n2,y,a,a\n")
    pool = prepared(tmp_path, tmp_path / "a.csv", columns=Columns(empty="unlabelled"), labels=["a", "b"]).pool
    assert pool.targets(np.arange(2)).tolist() == [[-1, -1], [1, -1]]
    assert pool.has_targets.tolist() == [False, True]


@pytest.mark.parametrize("considered", [None, float("nan"), 3, True, {"a": 1}])
def test_a_column_considered_of_another_kind_says_nothing_of_labels(tmp_path, considered):
    rows = [{"id": "1", "text": "x", "labels": ["a"], "considered": considered}]
    corpora = prepared(tmp_path, write_jsonl(tmp_path / "a.jsonl", rows), labels=["a", "b"])
    assert corpora.pool.targets(np.arange(1)).tolist() == [[1, 0]]


def test_a_column_considered_that_is_the_texts_is_not_read_as_names(tmp_path):
    rows = [{"id": "1", "considered": "[1] a text", "labels": ["a"]}]
    columns = Columns(text="considered")
    pool = prepared(
        tmp_path, write_jsonl(tmp_path / "a.jsonl", rows), columns=columns, labels=["a", "b"]
    ).pool
    assert pool.targets(np.arange(1)).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("considered", "says"),
    [
        (["b"], r"line 1, id '1': label 'a' is given, but not in the cell 'considered'"),
        (["a", "bb"], r"label 'bb' is not in the list of labels. Did you mean 'b'"),
        ([3], r"the label 3 is not text"),
    ],
)
def test_when_labels_and_those_considered_are_at_odds_then_it_is_refused(tmp_path, considered, says):
    rows = [{"id": "1", "text": "x", "labels": ["a"], "considered": considered}]
    with pytest.raises(CorpusError, match=says):
        prepared(tmp_path, write_jsonl(tmp_path / "a.jsonl", rows), labels=["a", "b"])


def test_label_columns_of_a_table_hold_marks(tmp_path):
    table = pa.table({"id": ["1", "2"], "text": ["x", "y"], "b": [1.0, None], "a": [False, None]})
    pq.write_table(table, tmp_path / "a.parquet")
    pool = prepared(tmp_path, tmp_path / "a.parquet", columns=Columns(label_columns=("b", "a"))).pool
    assert [label.name for label in pool.labels] == ["a", "b"]
    assert pool.targets(np.arange(2)).tolist() == [[0, 1], [-1, -1]]
    assert pool.has_targets.tolist() == [True, False]


def test_when_a_label_column_is_missing_then_the_nearest_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("id,text,bug,praise\n1,x,1,0\n")
    with pytest.raises(CorpusError, match=r"no column 'prise'.*Did you mean 'praise'"):
        prepared(tmp_path, tmp_path / "a.csv", columns=Columns(label_columns=("bug", "prise")))


def test_when_a_mark_is_wrong_then_line_id_and_value_are_told(tmp_path):
    (tmp_path / "a.csv").write_text("id,text,bug\n1,x,1\n2,y,yes\n")
    with pytest.raises(CorpusError, match=r"a\.csv, line 3, id '2': label 'bug' holds 'yes'"):
        prepared(tmp_path, tmp_path / "a.csv", columns=Columns(label_columns=("bug",)))


def test_when_no_source_has_labels_and_columns_of_0_and_1_stand_there_then_it_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("id,text,vip,bug,blank,when\n1,x,1,0,,0\n2,y,0,1,,2024\n")
    with pytest.raises(CorpusError, match=r"stand in: vip, bug. Name the labels among them"):
        prepared(tmp_path, tmp_path / "a.csv", labels=["bug"])
    unlabelled = prepared(tmp_path, tmp_path / "a.csv", columns=Columns(labels=None), labels=["bug"])
    assert not unlabelled.pool.has_targets.any()


def test_when_another_source_has_labels_then_a_file_without_them_is_read_as_not_labelled_and_told(tmp_path):
    (tmp_path / "pool.csv").write_text("id,text,vip,lables\n1,x,1,q\n")
    test = write_jsonl(tmp_path / "test.jsonl", [{"id": "1", "text": "z", "labels": ["a"]}])
    corpora = prepare({"pool": source(tmp_path / "pool.csv"), "test": source(test)}, tmp_path / "corpus")
    assert not corpora.pool.has_targets.any()
    (notice,) = corpora.pool.notices
    assert "no column 'labels', so its rows are read as not labelled. Did you mean 'lables'?" in notice


def test_labels_are_found_in_all_sources_together_and_sorted(tmp_path):
    pool = write_jsonl(tmp_path / "pool.jsonl", [{"id": "1", "text": "x", "labels": ["c"]}])
    test = write_jsonl(tmp_path / "test.jsonl", [{"id": "1", "text": "y", "labels": ["a"]}])
    corpora = prepare({"pool": source(pool), "test": source(test)}, tmp_path / "corpus")
    assert [label.name for label in corpora.labels] == ["a", "c"]
    assert corpora.test.labels == corpora.pool.labels
    assert corpora.test.targets(np.array([0])).tolist() == [[1, 0]]


def test_declared_labels_keep_their_order_and_what_they_mean(tmp_path):
    path = write_jsonl(tmp_path / "pool.jsonl", [{"id": "1", "text": "x", "labels": ["c"]}])
    labels = (Label("d"), Label("c", "see", ("an example",)))
    corpora = prepared(tmp_path, path, labels=labels)
    assert corpora.labels == labels
    assert corpora.pool.targets(np.array([0])).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["a", "a"], "label 'a' stands 2 times"),
        (["a", " a"], "labels 'a' and ' a' differ by blanks only"),
        (["a", " "], "label ' ' is blank"),
    ],
)
def test_label_names_that_cannot_be_told_apart_are_refused(names, says):
    with pytest.raises(CorpusError, match=says):
        frozen_labels(names, ())


def test_when_nothing_says_what_the_labels_are_then_it_is_refused(tmp_path):
    path = write_jsonl(tmp_path / "pool.jsonl", [{"id": "1", "text": "x"}])
    with pytest.raises(CorpusError, match="none is declared"):
        prepared(tmp_path, path)


def test_when_a_found_label_looks_like_two_then_a_notice_names_the_separator(tmp_path):
    (tmp_path / "a.csv").write_text('id,text,labels\n1,x,bug\n2,y,"bug, praise"\n')
    (notice,) = prepared(tmp_path, tmp_path / "a.csv").notices
    assert "'bug, praise' looks like several" in notice
    assert "columns.separator to ','" in notice
