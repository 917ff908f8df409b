"""Files of every kind give the same rows; what cannot be read is told by file, line and mend."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpus_examples import everything, prepared, source, write_jsonl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text_al.data.prepare import prepare
from text_al.data.sources import Columns, FileSource
from text_al.errors import CorpusError

IDS = ["007", "1.0", "x"]
TEXTS = ['He said "no", twice', "first line\nsecond line", "NaN"]
LABELS = [["bug"], [], ["bug", "praise"]]


def _csv(path, sign=",", encoding="utf-8"):
    lines = [sign.join(["id", "text", "labels"])]
    for row_id, text, labels in zip(IDS, TEXTS, LABELS, strict=True):
        doubled = text.replace('"', '""')
        lines.append(sign.join([row_id, f'"{doubled}"', "|".join(labels)]))
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))


def _rows():
    return [{"id": i, "text": t, "labels": ls} for i, t, ls in zip(IDS, TEXTS, LABELS, strict=True)]


def _parquet(path):
    pq.write_table(pa.Table.from_pylist(_rows()), path)


WRITERS = {
    "a.csv": _csv,
    "semicolon.csv": lambda path: _csv(path, ";"),
    "tabs.csv": lambda path: _csv(path, "\t"),
    "a.tsv": lambda path: _csv(path, "\t"),
    "excel.csv": lambda path: _csv(path, ";", "utf-8-sig"),
    "excel_unicode.txt": lambda path: _csv(path, "\t", "utf-16"),
    "a.jsonl": lambda path: write_jsonl(path, _rows()),
    "bom.jsonl": lambda path: write_jsonl(path, _rows(), "utf-8-sig"),
    "lines_called.json": lambda path: write_jsonl(path, _rows()),
    "no_ending": lambda path: write_jsonl(path, _rows()),
    "list.json": lambda path: path.write_text(json.dumps(_rows(), indent=2)),
    "data.json": lambda path: path.write_text(json.dumps({"version": 2, "data": _rows()})),
    "a.parquet": _parquet,
    "parquet_called.csv": _parquet,
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_gives_the_same_rows(tmp_path, name, packed):
    path = tmp_path / name
    WRITERS[name](path)
    if packed:  # told by its bytes: the name does not say so
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert everything(prepared(tmp_path, path).pool) == (IDS, TEXTS, LABELS)


def test_when_the_delimiter_is_not_the_usual_one_then_a_notice_says_which(tmp_path):
    _csv(tmp_path / "a.csv", ";")
    _csv(tmp_path / "b.csv", ",")
    assert any("';'" in notice for notice in prepared(tmp_path, tmp_path / "a.csv").notices)
    assert not any(
        "between the columns" in notice for notice in prepared(tmp_path, tmp_path / "b.csv").notices
    )


def test_a_pattern_reads_its_files_in_order_and_each_file_once(tmp_path):
    for part in (2, 1, 10):
        write_jsonl(
            tmp_path / f"part-{part:02d}.jsonl", [{"id": str(part), "text": f"text {part}", "labels": ["a"]}]
        )
    paths = (str(tmp_path / "part-*.jsonl"), str(tmp_path / "part-01.jsonl"))
    corpora = prepare({"pool": FileSource(paths)}, tmp_path / "corpus")
    assert everything(corpora.pool)[0] == ["1", "2", "10"]


def test_a_text_of_200000_characters_and_one_with_a_nul_come_back(tmp_path):
    texts = ["long " * 40_000, "zero\x00here"]
    (tmp_path / "a.csv").write_text(f"id,text,labels\n1,{texts[0]},a\n2,{texts[1]},a\n")
    write_jsonl(
        tmp_path / "a.jsonl", [{"id": i, "text": text, "labels": ["a"]} for i, text in enumerate(texts)]
    )
    assert everything(prepared(tmp_path, tmp_path / "a.csv").pool)[1] == texts
    assert everything(prepared(tmp_path, tmp_path / "a.jsonl").pool)[1] == texts


def test_whole_number_ids_become_their_decimals_and_null_ids_number_the_rows(tmp_path):
    path = write_jsonl(
        tmp_path / "a.jsonl", [{"id": 10**20, "text": "x", "labels": ["a"]}, {"id": -7, "text": "y"}]
    )
    assert everything(prepared(tmp_path, path).pool)[0] == ["1" + "0" * 20, "-7"]
    assert everything(prepared(tmp_path, path, columns=Columns(id=None)).pool)[0] == ["row-0", "row-1"]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT, min_size=1, max_size=6), ascii_only=st.booleans())
def test_any_text_comes_back_code_point_for_code_point(tmp_path, texts, ascii_only):
    rows = [{"text": text, "labels": ["a"]} for text in texts]
    lines = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)
    (tmp_path / "a.jsonl").write_bytes(lines.encode())
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.parquet"):
        corpora = prepared(tmp_path, tmp_path / name, columns=Columns(id=None))
        assert everything(corpora.pool)[1] == texts


def _refused(tmp_path, name, content, **settings):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CorpusError) as caught:
        prepared(tmp_path, path, **settings)
    assert not (tmp_path / "corpus" / "corpus.json").exists()
    return caught.value.problems


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "", ["a.csv is empty"]),
        ("a.csv", "id,text\n", ["holds no text"]),
        (
            "a.csv",
            "id,Text\n1,x\n",
            ["no column 'text' among 'id', 'Text'", "Did you mean 'Text'?", "columns.text"],
        ),
        ("a.csv", "key,text\n1,x\n", ["no column 'id' among 'key', 'text'", "set it to null"]),
        ("a.csv", "id,text,text\n1,x,y\n", ["2 columns are called 'text'"]),
        ("a.csv", 'id,text\n1,"two\nlines"\n2,x,y\n', ["line 4: 3 cells under a header of 2"]),
        ("a.csv", 'id,text\n1,x\n2,"never closed\n3,y\n', ["line 3: the quotes do not fit"]),
        ("a.csv", 'id,text\n1,"No" he said\n', ["line 2: the quotes do not fit"]),
        (
            "a.csv",
            "id,text\n1,caf\u00e9\n2,na\u00efve\n".encode("latin-1"),
            ["line 2: byte 13 (0xe9)", "iconv"],
        ),
        ("a.csv", "id,text\n1,x\n".encode("utf-16-le"), ["UTF-16 without a byte order mark"]),
        ("a.csv", b"\xff\xfei\x00d", ["begins as UTF-16 but is broken inside"]),
        ("a.xlsx", b"PK\x03\x04....", ["Excel workbook or a zip archive; export it as CSV UTF-8"]),
        ("a.csv.gz", gzip.compress(b"id,text\n1,x\n" * 50)[:-12], ["is packed, and broken inside"]),
        (
            "a.jsonl",
            '{"id": "1", "text": "x"}\n{"id": "2"\n["x"]\n',
            ["line 2: this is not JSON", "line 3: ['x'] is not"],
        ),
        (
            "a.jsonl",
            '{"id": "1", "text": "x"}\n{"id": "2", "te',
            ["line 2: the file seems to end inside this row"],
        ),
        ("a.jsonl", '{"id": "1", "text": 5}\n', ["line 1, id '1': the text is 5, not text"]),
        ("a.jsonl", '{"id": "1", "text": null}\n', ["line 1, id '1': the text is None, not text"]),
        (
            "a.jsonl",
            '{"id": "1", "txt": "x"}\n',
            ["no column 'text' among 'id', 'txt'", "Did you mean 'txt'?"],
        ),
        ("a.jsonl", '{"id": 1.5, "text": "x"}\n', ["the id 1.5 is neither text nor a whole number"]),
        ("a.jsonl", '{"id": true, "text": "x"}\n', ["the id True is neither text nor a whole number"]),
        ("a.jsonl", '{"id": "", "text": "x"}\n', ["the id is empty"]),
        (
            "a.jsonl",
            '{"id": "1", "text": "\\ud83d!"}\n',
            ["line 1, id '1'", "half of a surrogate pair (U+D83D"],
        ),
        ("a.jsonl", '{"id": "\\udc00", "text": "x"}\n', ["the id holds half of a surrogate pair"]),
        ("a.json", '[{"id": "1",\n "text" "x"}]', ["line 2: this is not JSON"]),
        ("a.json", '{"rows": \n [] }', ["neither a list of objects nor an object with a list"]),
        ("a.json", "[1]", ["item 1: 1 is not an object"]),
        ("a.parquet", b"PAR1 and no more", ["is not a whole Parquet file"]),
    ],
)
def test_when_a_file_cannot_be_read_then_the_error_says_where_and_what_to_do(tmp_path, name, content, says):
    problems = "\n".join(_refused(tmp_path, name, content))
    assert name in problems
    for part in says:
        assert part in problems


def test_all_problems_are_told_at_once_and_of_very_many_the_first_twenty(tmp_path):
    lines = [f'{{"id": "{n}", "text": {n}}}\n' for n in range(1, 31)]
    problems = _refused(tmp_path, "a.jsonl", "".join(lines))
    assert len(problems) == 21
    assert "line 20, id '20'" in problems[19]
    assert problems[20] == "and 10 more"


def test_the_problems_of_all_files_are_in_one_error(tmp_path):
    bad = write_jsonl(tmp_path / "bad.jsonl", [{"id": "1", "text": 1}])
    worse = write_jsonl(tmp_path / "worse.jsonl", [{"id": "1", "text": 1, "labels": 2}])
    with pytest.raises(CorpusError) as caught:
        prepare({"pool": source(bad), "test": source(worse)}, tmp_path / "corpus")
    assert [problem.split(":")[0].rpartition("/")[2] for problem in caught.value.problems] == [
        "bad.jsonl, line 1, id '1'",
        "worse.jsonl, line 1, id '1'",
        "worse.jsonl, line 1, id '1'",
    ]


def test_when_there_is_no_such_file_then_the_nearest_is_named(tmp_path):
    _csv(tmp_path / "texts.csv")
    paths = (
        str(tmp_path / "text.csv"),
        str(tmp_path / "*.parquet"),
        str(tmp_path),
        str(tmp_path / "no" / "a.csv"),
    )
    with pytest.raises(CorpusError) as caught:
        prepare({"pool": FileSource(paths)}, tmp_path / "corpus")
    wrong, pattern, folder, nowhere = caught.value.problems
    assert "Did you mean 'texts.csv'?" in wrong
    assert "no file fits the pattern" in pattern
    assert "is a folder" in folder
    assert "nor its folder" in nowhere


def test_when_nothing_was_asked_of_a_column_then_it_may_hold_anything(tmp_path):
    rows = [{"id": "1", "text": "x", "labels": ["a"], "vector": [0.5, 1.5], "extra": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    assert everything(prepared(tmp_path, tmp_path / "a.parquet").pool) == (["1"], ["x"], [["a"]])


def test_blank_lines_are_no_rows(tmp_path):
    (tmp_path / "a.jsonl").write_text('\n{"id": "1", "text": "x", "labels": ["a"]}\n  \n')
    (tmp_path / "a.csv").write_text("\nid,text,labels\n\n1,x,a\n\n")
    for name in ("a.jsonl", "a.csv"):
        assert everything(prepared(tmp_path, tmp_path / name).pool)[0] == ["1"]


def test_when_a_table_lacks_a_column_then_it_is_told_once_and_not_for_every_row(tmp_path):
    pq.write_table(pa.table({"id": ["1", "2"], "content": ["x", "y"]}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError) as caught:
        prepared(tmp_path, tmp_path / "a.parquet")
    (problem,) = caught.value.problems
    assert "no column 'text' among 'id', 'content'" in problem


def test_when_the_system_does_not_let_a_file_be_read_then_it_is_told(tmp_path, monkeypatch):
    path = write_jsonl(tmp_path / "a.jsonl", _rows())

    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("text_al.data.readers.read_jsonl", forbidden)
    with pytest.raises(CorpusError, match=r"a\.jsonl cannot be read: Permission denied"):
        prepared(tmp_path, path)
