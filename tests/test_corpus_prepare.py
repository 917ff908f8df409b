"""From sources to corpora: one pool, checked evaluation sets, samples, and nothing half-made."""

import json
from itertools import chain

import numpy as np
import pytest
from corpus_examples import everything, prepared, source, write_jsonl

from text_al.data import prepare as module
from text_al.data.corpus_set import CorpusSet
from text_al.data.duplicates import equal_groups
from text_al.data.prepare import prepare
from text_al.data.sources import Columns, FileSource, GeneratedSource, Split
from text_al.errors import CorpusError


def _row(row_id, text, labels=None):
    return {"id": row_id, "text": text} | ({} if labels is None else {"labels": labels})


def _prepared(folder, sets, **settings):
    sources = {name: source(write_jsonl(folder / f"{name}.jsonl", rows)) for name, rows in sets.items()}
    return prepare(sources, folder / "corpus", **settings)


def _many(n, label=lambda number: ["a"] if number % 3 else ["b"]):
    return [_row(str(number), f"text {number}", label(number)) for number in range(n)]


def test_a_set_opens_as_it_was_prepared(tmp_path):
    sets = {
        "pool": [_row("1", "x", ["a"]), _row("2", "")],
        "labelled": [_row("3", "z", ["b"]), _row("4", "q", [])],
        "validation": [_row("1", "v", ["a"])],
    }
    made = _prepared(tmp_path, sets)
    again = CorpusSet.open(tmp_path / "corpus")
    assert everything(again.pool) == (["1", "2", "3", "4"], ["x", "", "z", "q"], [["a"], None, ["b"], []])
    assert again.initially_labelled.tolist() == [2, 3]
    assert again.initially_labelled.dtype == np.int64
    assert everything(again.validation)[1] == ["v"]
    assert again.test is None
    assert again.labels == made.labels
    assert again.notices == made.notices
    assert again.pool.fingerprint == made.pool.fingerprint


def test_only_the_corpora_and_their_index_stay(tmp_path):
    _prepared(tmp_path, {"pool": _many(30)}, split=Split(5, 5))
    names = sorted(file.name for file in (tmp_path / "corpus").iterdir())
    assert names == ["corpus.json", "pool.arrow", "test.arrow", "validation.arrow"]


def test_what_a_killed_run_left_is_replaced(tmp_path):
    left = tmp_path / "corpus" / ".reading"
    left.mkdir(parents=True)
    (left / "pool.arrow").write_text("half")
    _prepared(tmp_path, {"pool": _many(5)})
    assert not left.exists()


def test_when_preparing_fails_then_nothing_half_made_is_left(tmp_path):
    with pytest.raises(CorpusError):
        _prepared(tmp_path, {"pool": _many(5), "test": [_row("1", "x")]})
    assert list((tmp_path / "corpus").iterdir()) == []


def test_when_writing_fails_then_no_index_says_the_old_set_is_whole(tmp_path, monkeypatch):
    _prepared(tmp_path, {"pool": _many(5)})

    def full(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(module.Corpus, "write", full)
    with pytest.raises(OSError, match="full"):
        _prepared(tmp_path, {"pool": _many(6)})
    with pytest.raises(CorpusError, match="prepare the corpus again"):
        CorpusSet.open(tmp_path / "corpus")


def test_when_a_corpus_was_changed_afterwards_then_opening_says_which(tmp_path):
    _prepared(tmp_path, {"pool": _many(5), "test": _many(3)})
    (tmp_path / "corpus" / "test.arrow").replace(tmp_path / "corpus" / "pool.arrow")
    _prepared(tmp_path / "corpus", {"pool": _many(3)})  # another folder: it must not mend this one
    (tmp_path / "corpus" / "corpus" / "pool.arrow").replace(tmp_path / "corpus" / "test.arrow")
    with pytest.raises(CorpusError) as caught:
        CorpusSet.open(tmp_path / "corpus")
    assert any("pool.arrow was changed" in problem for problem in caught.value.problems)


def test_the_same_sources_give_the_same_bytes(tmp_path):
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_jsonl(tmp_path / name / "pool.jsonl", _many(200))
        sources = {"pool": source(tmp_path / name / "pool.jsonl", sample=150)}
        prepare(sources, tmp_path / name / "corpus", split=Split(20, 0.2), seed=3)
        folder = tmp_path / name / "corpus"
        made.append({file.name: file.read_bytes() for file in sorted(folder.iterdir())})
    assert made[0] == made[1]


def test_a_sample_is_random_in_the_order_of_the_file_and_not_its_head(tmp_path):
    path = write_jsonl(tmp_path / "pool.jsonl", _many(1000))
    ids = {}
    for seed in (0, 0, 1):
        corpora = prepare({"pool": source(path, sample=100)}, tmp_path / "corpus", seed=seed)
        ids.setdefault(seed, []).append([int(row_id) for row_id in everything(corpora.pool)[0]])
    assert ids[0][0] == ids[0][1] != ids[1][0]
    assert ids[0][0] == sorted(set(ids[0][0]))
    assert len(ids[0][0]) == 100
    assert 300 < np.mean(ids[0][0]) < 700


def test_when_a_sample_asks_for_more_than_there_is_then_all_are_taken_and_told(tmp_path):
    path = write_jsonl(tmp_path / "pool.jsonl", _many(5))
    corpora = prepare({"pool": source(path, sample=9)}, tmp_path / "corpus")
    assert len(corpora.pool) == 5
    assert corpora.notices == ("pool: a sample of 9 was asked for; all 5 rows are taken",)


def test_a_text_in_pool_and_labelled_is_kept_once_as_labelled(tmp_path):
    sets = {
        "pool": [_row("1", "x"), _row("2", "y"), _row("3", "z", ["a"])],
        "labelled": [_row("1", "x", ["b"])],
    }
    sets["labelled"].append(_row("3", "z", ["a"]))
    corpora = _prepared(tmp_path, sets)
    assert everything(corpora.pool) == (["2", "1", "3"], ["y", "x", "z"], [None, ["b"], ["a"]])
    assert corpora.initially_labelled.tolist() == [1, 2]
    assert "labelled: 2 rows of it in the pool too and kept once, as labelled (ids 1, 3)" in corpora.notices


@pytest.mark.parametrize("other", [_row("1", "other", ["a"]), _row("1", "x", ["b"])])
def test_when_pool_and_labelled_contradict_each_other_then_both_places_are_told(tmp_path, other):
    with pytest.raises(
        CorpusError, match=r"id '1' stands on rows.*pool.jsonl, line 1.*labelled.jsonl, line 1"
    ):
        _prepared(tmp_path, {"pool": [_row("1", "x", ["a"])], "labelled": [other]})


def test_numbered_rows_of_labelled_go_on_where_the_pool_ends(tmp_path):
    sets = {"pool": [{"text": "x"}, {"text": "y"}], "labelled": [{"text": "z", "labels": ["a"]}]}
    corpora = _prepared(tmp_path, sets, columns=Columns(id=None))
    assert everything(corpora.pool)[0] == ["row-0", "row-1", "row-2"]


def test_a_row_of_labelled_without_labels_is_in_the_pool_and_told(tmp_path):
    corpora = _prepared(tmp_path, {"pool": _many(2), "labelled": [_row("p", "x"), _row("q", "y", ["a"])]})
    assert corpora.initially_labelled.tolist() == [3]
    assert any("1 row without labels (ids p)" in notice for notice in corpora.notices)


def test_when_no_row_of_labelled_has_labels_then_it_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="labelled: no row has labels"):
        _prepared(tmp_path, {"pool": _many(2), "labelled": [_row("p", "x")]})


def test_an_evaluation_set_must_be_labelled(tmp_path):
    with pytest.raises(CorpusError, match=r"validation: 1 row without labels .*validation.jsonl, line 2"):
        _prepared(tmp_path, {"pool": _many(2), "validation": [_row("1", "x", []), _row("2", "y")]})


def test_an_unreadable_text_is_left_out_of_an_evaluation_set_and_told(tmp_path):
    corpora = _prepared(
        tmp_path, {"pool": _many(2), "test": [_row("1", "\u200b ", ["a"]), _row("2", "y", [])]}
    )
    assert everything(corpora.test)[0] == ["2"]
    assert corpora.test.notices == ("test: 1 text without anything to read left out (ids 1)",)


def test_when_nothing_in_an_evaluation_set_can_be_read_then_it_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="test: no text is left"):
        _prepared(tmp_path, {"pool": _many(2), "test": [_row("1", " ", ["a"])]})


def test_texts_of_an_evaluation_set_that_stand_in_the_pool_are_told(tmp_path):
    corpora = _prepared(
        tmp_path, {"pool": _many(9), "test": [_row("t1", "text 3", ["a"]), _row("t2", "new", [])]}
    )
    (notice,) = corpora.test.notices
    assert "1 text word for word in the pool too (ids t1); the curve is optimistic" in notice


def test_labels_that_contradict_each_other_inside_an_evaluation_set_are_told(tmp_path):
    twice = [_row("1", "same", ["a"]), _row("2", "Same ", ["b"])]
    corpora = _prepared(tmp_path, {"pool": _many(3), "test": twice})
    (notice,) = corpora.test.notices
    assert "test: 1 text on several rows whose labels contradict (ids 1/2 but for blanks or case)" in notice


def test_when_one_says_yes_and_the_other_does_not_know_then_nothing_contradicts(tmp_path):
    rows = [_row("1", "same", {"a": 1}), _row("2", "same", {"b": 0}), _row("3", "same")]
    corpora = _prepared(tmp_path, {"pool": rows})
    assert corpora.notices == ("pool: 1 text on several rows (ids 1/2/3); all are kept",)


def test_texts_of_test_that_stand_in_validation_are_told(tmp_path):
    same = [_row("v", "same", ["a"])]
    corpora = _prepared(tmp_path, {"pool": _many(3), "validation": same, "test": same})
    assert any("word for word in the validation too" in notice for notice in corpora.test.notices)


def test_a_split_takes_only_labelled_texts_and_parts_no_equal_ones(tmp_path):
    rows = _many(60) + [_row(f"u{number}", f"unlabelled {number}") for number in range(40)]
    rows += [_row(f"c{number}", f"TEXT  {number}") for number in range(20)] + [_row("blank", " ", ["a"])]
    corpora = _prepared(tmp_path, {"pool": rows}, split=Split(validation=10, test=0.25))
    ids = {name: everything(corpus)[0] for name, corpus in corpora.corpora.items()}
    assert sorted(chain(*ids.values())) == sorted(row["id"] for row in rows)
    assert [len(ids[name]) for name in ("validation", "test")] == [10, 10]
    eligible = {str(number) for number in range(20, 60)}  # the others stand unlabelled too
    assert {*ids["validation"], *ids["test"]} <= eligible


def test_after_a_split_the_rows_labelled_from_the_start_are_still_the_same_texts(tmp_path):
    labelled = [_row(f"l{number}", f"labelled {number}", ["a"]) for number in range(20)]
    corpora = _prepared(tmp_path, {"pool": _many(40), "labelled": labelled}, split=Split(test=30))
    ids = everything(corpora.pool)[0]
    expected = [row_id for row_id in ids if row_id.startswith("l")]
    assert corpora.pool.ids(corpora.initially_labelled) == expected
    assert 0 < len(expected) < 20


def test_when_there_are_too_few_labelled_texts_then_the_split_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="only 5 labelled texts can be set aside"):
        _prepared(tmp_path, {"pool": _many(5)}, split=Split(validation=3, test=2))


@pytest.mark.parametrize(
    ("sources", "settings", "says"),
    [
        ({}, {}, "there is no pool"),
        ({"pool": GeneratedSource(), "tests": GeneratedSource()}, {}, "Did you mean 'test'"),
        (
            {"pool": GeneratedSource(), "test": GeneratedSource()},
            {"split": Split(test=5)},
            "both test and split.test",
        ),
        (
            {"pool": FileSource(("a.csv",))},
            {"labels": ["a"], "columns": Columns(label_columns=("b",))},
            "'b'",
        ),
    ],
)
def test_arguments_that_make_no_sense_are_refused(tmp_path, sources, settings, says):
    with pytest.raises(CorpusError, match=says):
        prepare(sources, tmp_path / "corpus", **settings)


def test_equal_groups_are_the_equal_strings_even_where_keys_collide():
    strings = np.array(["a", "b", "a", "c", "b", "d"])
    keys = np.array([1, 1, 1, 2, 1, 3])
    groups = equal_groups(keys, lambda at: strings[at].tolist())
    assert [group.tolist() for group in groups] == [[0, 2], [1, 4]]


def test_the_index_says_what_was_made(tmp_path):
    made = _prepared(tmp_path, {"pool": _many(3)})
    index = json.loads((tmp_path / "corpus" / "corpus.json").read_text())
    assert index == {"version": 1, "corpora": {"pool": made.pool.fingerprint}, "initially_labelled": []}


def test_a_long_file_is_written_in_parts_and_read_as_one(tmp_path):
    pool = prepared(tmp_path, write_jsonl(tmp_path / "pool.jsonl", _many(9000))).pool
    rows = np.random.default_rng(0).permutation(9000)
    assert pool.ids(rows) == [str(row) for row in rows]
    assert pool.targets(rows)[:, 1].tolist() == [int(row % 3 == 0) for row in rows]
