"""Bad files as users bring them: each is read as its index says, or refused with place and mend."""

import json
from pathlib import Path

import numpy as np
import pytest
from corpus_examples import everything, prepared

from text_al.data.sources import Columns, Split
from text_al.errors import CorpusError

MESSY = Path(__file__).parents[1].parent / "shared" / "data" / "messy"
pytestmark = pytest.mark.skipif(not MESSY.is_dir(), reason="the messy files are not there")
EXPECTED = json.loads((MESSY / "expected.json").read_text()) if MESSY.is_dir() else {}
LABELS = ("billing", "refund", "shipping", "account", "bug", "praise")
LOADED = ("01_bom.csv", "03_labels_json.csv", "04_labels_pipe.csv", "06_onehot.csv", "18_tickets.jsonl.gz")


@pytest.mark.parametrize("name", LOADED)
def test_a_file_that_is_clear_is_read_as_expected(tmp_path, name):
    fact = EXPECTED[name]
    columns = Columns(label_columns=LABELS) if name == "06_onehot.csv" else Columns()
    pool = prepared(tmp_path, MESSY / name, columns=columns).pool
    targets = pool.targets(np.arange(len(pool)))
    names = [label.name for label in pool.labels]
    assert len(pool) == fact["rows"]
    assert names == fact["labels"]
    assert dict(zip(names, targets.sum(axis=0).tolist(), strict=True)) == fact["label_counts"]
    assert int((targets.sum(axis=1) == 0).sum()) == fact["rows_without_label"]
    assert pool.has_targets.all()


def test_01_what_an_empty_cell_was_read_as_is_told(tmp_path):
    (notice,) = prepared(tmp_path, MESSY / "01_bom.csv").notices
    assert "3 empty labels cells read as labelled with nothing (ids t007, t013, t017)" in notice


def test_06_no_column_is_taken_for_a_label_unasked(tmp_path):
    with pytest.raises(CorpusError, match="vip, billing, refund, shipping, account, bug, praise"):
        prepared(tmp_path, MESSY / "06_onehot.csv")


def test_07_not_known_is_neither_no_nor_a_label(tmp_path):
    fact = EXPECTED["07_partial_0_1_-1.csv"]
    pool = prepared(tmp_path, MESSY / "07_partial_0_1_-1.csv", columns=Columns(label_columns=LABELS)).pool
    targets = pool.targets(np.arange(len(pool)))
    found = {"1": int((targets == 1).sum()), "0": int((targets == 0).sum())}
    assert found | {"unknown (-1 or blank)": int((targets == -1).sum())} == fact["cells"]
    assert pool.ids(np.flatnonzero(~pool.has_targets)) == fact["rows_fully_unknown"]


def test_09_unknown_labels_are_named_with_line_id_and_suggestion(tmp_path):
    labels = json.loads((MESSY / "09_unknown_label.labels.json").read_text())
    with pytest.raises(CorpusError) as caught:
        prepared(tmp_path, MESSY / "09_unknown_label.jsonl", labels=labels)
    problems = caught.value.problems
    unknown = EXPECTED["09_unknown_label.jsonl"]["unknown"]
    assert len(problems) == len(unknown)
    for problem, line, (row_id, label) in zip(problems, (2, 5, 9), unknown.items(), strict=True):
        assert f"line {line}, id '{row_id}': label '{label}'" in problem
    assert "Did you mean 'shipping'?" in problems[0]


def test_11_an_id_on_different_texts_is_refused_with_its_lines(tmp_path):
    with pytest.raises(CorpusError) as caught:
        prepared(tmp_path, MESSY / "11_duplicate_ids.jsonl")
    (problem,) = caught.value.problems
    assert "id 't002'" in problem
    assert [part for part in ("line 3", "line 6", "line 11") if part in problem] == [
        "line 3",
        "line 6",
        "line 11",
    ]


def test_11_a_repeated_row_is_kept_once_and_told(tmp_path):
    lines = (MESSY / "11_duplicate_ids.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "mended.jsonl").write_text("".join(line for line in lines if '"t002"' not in line))
    corpora = prepared(tmp_path, tmp_path / "mended.jsonl")
    ids = everything(corpora.pool)[0]
    assert len(ids) == 21
    assert "t014 " in ids
    assert corpora.notices == ("pool: 1 row repeated word for word and kept once (ids t003)",)


def test_12_contradicting_duplicates_are_all_kept_and_told(tmp_path):
    corpora = prepared(tmp_path, MESSY / "12_conflicting_duplicates.csv")
    assert len(corpora.pool) == 17
    notices = "\n".join(corpora.notices)
    assert "3 texts on several rows whose labels contradict" in notices
    for group in ("c000/c012/c013 but for blanks or case", "c003/c014 but for blanks or case", "c004/c016"):
        assert group in notices
    assert "1 text on several rows (ids c006/c015); all are kept" in notices


@pytest.mark.parametrize("seed", range(10))
def test_12_duplicates_stay_on_one_side_of_a_split(tmp_path, seed):
    path = MESSY / "12_conflicting_duplicates.csv"
    corpora = prepared(tmp_path, path, split=Split(validation=5, test=0.3), seed=seed)
    parts = [set(everything(corpus)[0]) for corpus in corpora.corpora.values()]
    for group in ({"c000", "c012", "c013"}, {"c003", "c014"}, {"c004", "c016"}, {"c006", "c015"}):
        assert any(group <= part for part in parts)


def test_13_texts_with_nothing_to_read_are_found_and_kept_apart(tmp_path):
    fact = EXPECTED["13_empty_text.csv"]
    corpora = prepared(tmp_path, MESSY / "13_empty_text.csv")
    pool = corpora.pool
    assert len(pool) == fact["rows"]
    assert pool.ids(np.flatnonzero(~pool.usable)) == fact["empty"]
    assert pool.texts(np.array([9, 13])) == ["NaN", "."]
    assert any(
        "4 texts without anything to read" in n and "t001, t003, t006, t017" in n for n in corpora.notices
    )
    assert not any("several rows" in notice for notice in corpora.notices)


def test_16_a_file_that_was_cut_off_is_refused_with_its_last_line(tmp_path):
    with pytest.raises(CorpusError) as caught:
        prepared(tmp_path, MESSY / "16_truncated.jsonl")
    (problem,) = caught.value.problems
    assert f"line {EXPECTED['16_truncated.jsonl']['bad_line']}" in problem
    assert "copy it again, or delete this line to go on without it" in problem


def test_20_every_code_point_comes_back(tmp_path):
    path = MESSY / "20_unicode.jsonl"
    pool = prepared(tmp_path, path).pool
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").split("\n") if line]
    assert pool.texts(np.arange(len(pool))) == texts
    assert "\x00" in texts[11]
    assert pool.usable.all()
