"""The corpus: what was put in comes out by row, from memory and from disk, however it is cut into batches."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_al.data.corpus import Corpus, corpus_batch, corpus_schema
from text_al.data.tables import PartedTable
from text_al.errors import CorpusError
from text_al.types import Label

TEXTS = ["late again", "", "late, and broken", "thanks"]
MARKS = [["shipping"], None, ["bug", "shipping"], []]
TARGETS = [[0, 1], [-1, -1], [1, 1], [0, 0]]


def _all(corpus):
    return np.arange(len(corpus))


def _on_disk(path, rows_a_batch, notices=()):
    ids = pa.array(["a", "b", "c", "d"])
    targets, labelled = np.array(TARGETS, np.int8), np.array([True, False, True, True])
    columns = (ids, pa.array(TEXTS), targets, labelled, np.array([True, False, True, True]))
    batches = [
        corpus_batch(*(column[start : start + rows_a_batch] for column in columns))
        for start in range(0, 4, rows_a_batch)
    ]
    return Corpus.write(path, batches, [Label("bug", "it breaks", ("crash",)), Label("shipping")], notices)


def test_what_was_put_in_comes_out_by_row():
    corpus = Corpus.from_lists(TEXTS, MARKS, ids=["a", "b", "c", "d"])
    rows = np.array([3, 0, 0, 2])
    assert [label.name for label in corpus.labels] == ["bug", "shipping"]
    assert corpus.texts(rows) == ["thanks", "late again", "late again", "late, and broken"]
    assert corpus.ids(rows) == ["d", "a", "a", "c"]
    assert corpus.targets(rows).tolist() == [[0, 0], [0, 1], [0, 1], [1, 1]]
    assert corpus.targets(rows).dtype == np.int8
    assert corpus.has_targets.tolist() == [True, False, True, True]
    assert corpus.usable.tolist() == [True, False, True, True]
    assert corpus.rows_of(["c", "nobody", "a"]) == [2, None, 0]
    assert repr(corpus) == "Corpus(4 texts, 3 labelled, 2 labels)"


def test_no_row_gives_empty_arrays():
    corpus = Corpus.from_lists(TEXTS, MARKS)
    none = np.array([], dtype=np.int64)
    assert corpus.texts(none) == []
    assert corpus.targets(none).shape == (0, 2)


@pytest.mark.parametrize("rows", [[4], [-1], [0, 99]])
def test_when_there_is_no_such_row_then_it_is_an_error_and_no_other_row(rows):
    corpus = Corpus.from_lists(TEXTS, MARKS)
    for read in (corpus.texts, corpus.ids, corpus.targets):
        with pytest.raises(IndexError, match="the corpus has 4 texts"):
            read(np.array(rows))


@pytest.mark.parametrize("rows_a_batch", [1, 2, 3, 4])
def test_a_file_holds_the_same_however_it_was_cut(tmp_path, rows_a_batch):
    corpus = _on_disk(tmp_path / "pool.arrow", rows_a_batch)
    memory = Corpus.from_lists(TEXTS, MARKS, ids=["a", "b", "c", "d"])
    assert corpus.texts(_all(corpus)[::-1]) == TEXTS[::-1]
    assert corpus.targets(_all(corpus)).tolist() == TARGETS
    assert corpus.usable.tolist() == memory.usable.tolist()
    assert corpus.fingerprint == memory.fingerprint
    assert corpus.text_fingerprint == memory.text_fingerprint


def test_labels_and_notices_stand_in_the_file(tmp_path):
    _on_disk(tmp_path / "pool.arrow", 2, notices=("pool: mind the gap",))
    corpus = Corpus.open(tmp_path / "pool.arrow")
    assert corpus.labels == (Label("bug", "it breaks", ("crash",)), Label("shipping"))
    assert corpus.notices == ("pool: mind the gap",)


def test_nothing_is_left_beside_the_file(tmp_path):
    _on_disk(tmp_path / "pool.arrow", 2)
    assert [file.name for file in tmp_path.iterdir()] == ["pool.arrow"]


def test_when_writing_fails_then_the_old_file_stays_and_no_half_one(tmp_path):
    before = _on_disk(tmp_path / "pool.arrow", 2).fingerprint

    def batches():
        yield corpus_batch(
            pa.array(["z"]), pa.array(["z"]), np.zeros((1, 1), np.int8), np.ones(1, bool), np.ones(1, bool)
        )
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        Corpus.write(tmp_path / "pool.arrow", batches(), [Label("a")])
    assert [file.name for file in tmp_path.iterdir()] == ["pool.arrow"]
    assert Corpus.open(tmp_path / "pool.arrow").fingerprint == before


CHANGES = {
    "a text": {"texts": ["late again", "", "late, and broken", "thank"]},
    "where a text ends": {"texts": ["late again,", "", "late and broken", "thanks"]},
    "an id": {"ids": ["a", "b", "c", "e"]},
    "a target": {"labels": [["shipping"], None, ["bug"], []]},
    "nothing for not labelled": {"labels": [["shipping"], [], ["bug", "shipping"], []]},
    "a label's name": {"label_names": ["bug", "shipping", "other"]},
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_fingerprint_knows_every_change(change):
    given = {"texts": TEXTS, "labels": MARKS, "ids": ["a", "b", "c", "d"]}
    before, after = Corpus.from_lists(**given), Corpus.from_lists(**(given | CHANGES[change]))
    assert before.fingerprint != after.fingerprint
    assert (before.text_fingerprint != after.text_fingerprint) == ("text" in change)


def test_when_the_file_is_no_corpus_then_the_error_says_so(tmp_path):
    (tmp_path / "text.arrow").write_text("no arrow")
    other = pa.table({"a": [1]})
    with pa.ipc.new_file(str(tmp_path / "other.arrow"), other.schema) as writer:
        writer.write_table(other)
    for name, says in (("none", "not a whole"), ("text", "not a whole"), ("other", "no corpus")):
        with pytest.raises(CorpusError, match=says):
            Corpus.open(tmp_path / f"{name}.arrow")


def test_a_corpus_of_no_text_and_one_of_an_empty_text_are_corpora_and_not_the_same():
    none, empty = Corpus.from_lists([]), Corpus.from_lists([""])
    assert (len(none), len(empty)) == (0, 1)
    assert empty.usable.tolist() == [False]
    assert none.usable.shape == none.has_targets.shape == (0,)
    assert none.text_fingerprint != empty.text_fingerprint


def test_one_text_with_one_label_is_a_corpus():
    corpus = Corpus.from_lists(["x"], [["a"]])
    assert corpus.targets(np.array([0])).tolist() == [[1]]


def test_texts_alone_are_a_corpus_without_labels():
    corpus = Corpus.from_lists(["x", "y"])
    assert corpus.labels == ()
    assert corpus.targets(_all(corpus)).shape == (2, 0)
    assert not corpus.has_targets.any()
    assert corpus.ids(_all(corpus)) == ["row-0", "row-1"]


def test_unlabelled_texts_can_have_declared_labels():
    corpus = Corpus.from_lists(["x", "y"], label_names=["b", "a"])
    assert [label.name for label in corpus.labels] == ["b", "a"]
    assert corpus.targets(_all(corpus)).tolist() == [[-1, -1], [-1, -1]]


def test_a_thousand_labels_keep_their_places():
    names = [f"label {number}" for number in range(1000)]
    corpus = Corpus.from_lists(["x", "y"], [[names[999], names[0]], None], label_names=names)
    targets = corpus.targets(_all(corpus))
    assert np.flatnonzero(targets[0] == 1).tolist() == [0, 999]
    assert (targets[1] == -1).all()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"texts": "one text"}, "put it in a list"),
        ({"texts": ["x"], "labels": [["a"], ["b"]]}, "labels has 2, but there are 1 text"),
        ({"texts": ["x"], "ids": []}, "ids has 0"),
        ({"texts": ["x", None]}, "text 1: the text is None, not text"),
        ({"texts": ["x"], "labels": [["colour"]], "label_names": ["color"]}, "Did you mean 'color'"),
        ({"texts": ["x", "y"], "ids": ["1", "1"]}, "id '1' stands on rows that differ"),
        ({"texts": ["x"], "label_names": ["a", "a"]}, "stands 2 times"),
    ],
)
def test_lists_that_make_no_sense_are_refused(arguments, says):
    with pytest.raises(CorpusError, match=says):
        Corpus.from_lists(**arguments)


@given(st.lists(st.lists(st.text("ab", max_size=3), max_size=5), max_size=5), st.data())
def test_take_gives_what_indexing_gives_however_the_column_is_cut(parts, data):
    column = pa.chunked_array([pa.array(part, pa.string()) for part in parts], pa.string())
    table = PartedTable(pa.table({"column": column}))
    values = [value for part in parts for value in part]
    places = st.lists(st.integers(0, len(values) - 1)) if values else st.just([])
    rows = data.draw(places)
    assert table.take("column", np.array(rows, dtype=np.int64)).to_pylist() == [values[row] for row in rows]


def test_the_schema_is_pinned():
    schema = corpus_schema([Label("a")])
    assert schema.names == ["id", "text", "targets", "usable"]
    assert schema.field("targets").type == pa.list_(pa.int8())
