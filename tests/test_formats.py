"""Files that people fill in: whatever is in a text or a label's name comes back as it went out."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_al.errors import AnswersError
from text_al.formats.batch import Batch, BatchItem, Decision
from text_al.formats.interchange import read_decisions, write_batch_csv, write_batch_jsonl
from text_al.formats.sheet import COLUMNS, guarded, unguarded
from text_al.types import Label

NAMES = ["joy", "anger", "fear"]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
NAME = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(str.strip)


def batch(*items, labels=NAMES):
    return Batch("round-003", tuple(Label(name) for name in labels), items, "margin")


def item(name, text="a text", **more):
    return BatchItem(name, text, more.pop("rank", 0), **more)


def jsonl(tmp_path, *lines):
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def line(name, labels, status="", **more):
    return {"format": "text_al.item/1", "id": name, "labels": labels, "status": status, **more}


def log(name, labels, annotator, **more):
    kind = {"format": "text_al.decision/1", "id": name, "status": "labelled", "annotator": annotator}
    return {**kind, "labels": labels, **more}


def sheet(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "answers.csv"
    path.write_bytes(content.encode(encoding))
    return path


def found(path, names=NAMES):
    return [(decision.id, decision.status, decision.labels) for decision in read_decisions(path, names)]


def problems(path, names=NAMES):
    with pytest.raises(AnswersError) as caught:
        read_decisions(path, names)
    assert caught.value.subject == str(path)
    return caught.value.problems


def test_a_jsonl_batch_has_a_header_and_a_line_a_text(tmp_path):
    path = tmp_path / "round-003.jsonl"
    labels = (Label("joy", "glad"), Label("anger"))
    items = (item("doc-7", "好\u2028", score=-0.5, reason="why", probs={"joy": 0.5}),)
    write_batch_jsonl(path, Batch("round-003", labels, items, "margin", "audit"))
    header, first = map(json.loads, path.read_text(encoding="utf-8").split("\n")[:-1])
    assert header == {
        "format": "text_al.batch/1",
        "batch": "round-003",
        "labels": [{"name": "joy", "description": "glad"}, {"name": "anger"}],
        "n": 1,
        "strategy": "margin",
        "purpose": "audit",
    }
    assert first == {
        "format": "text_al.item/1",
        "id": "doc-7",
        "text": "好\u2028",
        "labels": None,
        "status": "",
        "rank": 0,
        "score": -0.5,
        "strategy": "margin",
        "reason": "why",
        "probs": {"joy": 0.5},
        "batch": "round-003",
    }
    assert [file.name for file in tmp_path.iterdir()] == ["round-003.jsonl"]


def test_a_csv_batch_opens_in_excel_and_has_the_columns_to_fill_in(tmp_path):
    path = tmp_path / "round-003.csv"
    write_batch_csv(path, batch(item("00001", "=1+1", score=-0.5, reason="-1 of 5"), item("b", rank=1)))
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfid,text,labels,status,rank,score,reason,batch\r\n")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[1:] == [
        ["00001", "'=1+1", "", "", "0", "-0.5", "'-1 of 5", "round-003"],
        ["b", "a text", "", "", "1", "", "", "round-003"],
    ]


@pytest.mark.parametrize("write", [write_batch_jsonl, write_batch_csv])
def test_when_nothing_is_filled_in_nothing_is_decided(tmp_path, write):
    write(tmp_path / "file", batch(item("a"), item("b")))
    assert read_decisions(tmp_path / "file", NAMES) == []


def test_a_text_with_line_separators_of_its_own_stays_one_line(tmp_path):
    path = tmp_path / "file"
    write_batch_jsonl(path, batch(item("a", "one\u2028two\x85three\x0cfour\r\nfive")))
    path.write_text(path.read_text(encoding="utf-8").replace('"labels": null', '"labels": ["joy"]'), "utf-8")
    assert found(path) == [("a", "labelled", ("joy",))]


def test_filled_in_lines_are_read_and_the_three_states_kept_apart(tmp_path):
    path = jsonl(
        tmp_path,
        {"format": "text_al.batch/1", "labels": NAMES},
        line("a", ["joy", "fear", "joy"]),
        line("b", []),
        line("c", None),
        line("d", None, "skipped"),
        line("e", [], "Unsure", comment="irony?"),
        line("f", [], "none"),
        line("g", ["joy"], "suggested"),
    )
    assert found(path) == [
        ("a", "labelled", ("joy", "fear")),
        ("b", "labelled", ()),
        ("d", "skipped", ()),
        ("e", "skipped", ()),
        ("f", "labelled", ()),
    ]
    decided = read_decisions(path, NAMES)[3]
    assert (decided.how.word, decided.comment) == ("unsure", "irony?")


def test_filled_in_rows_are_read_and_the_three_states_kept_apart(tmp_path):
    path = sheet(
        tmp_path,
        "id,text,labels,status\na,x,joy|fear,\nb,x,,labelled\nc,x,,\nd,x,,Skip\ne,x, ,NONE\n"
        'f,x,"[""joy"", ""anger""]",done\ng,x,joy | ,\n,,,\nh\ni,x,[],\n',
    )
    assert found(path) == [
        ("a", "labelled", ("joy", "fear")),
        ("b", "labelled", ()),
        ("d", "skipped", ()),
        ("e", "labelled", ()),
        ("f", "labelled", ("joy", "anger")),
        ("g", "labelled", ("joy",)),
        ("i", "labelled", ()),
    ]


def test_targets_tell_yes_no_and_not_considered():
    assert Decision("a", "labelled", ("fear",)).targets(NAMES) == (0, 0, 1)
    assert Decision("a", "labelled", ("fear",), considered=("fear", "joy")).targets(NAMES) == (0, -1, 1)
    assert Decision("a", "labelled").targets(NAMES) == (0, 0, 0)
    assert Decision("a", "skipped").targets(NAMES) is None


def test_of_a_log_the_last_decision_of_each_annotator_counts(tmp_path):
    path = jsonl(
        tmp_path,
        log("a", ["joy"], "anna", at="2026-11-20T13:26:39Z", considered=["joy", "anger"], comment="sure"),
        log("a", ["anger"], "ben"),
        log("a", ["fear"], "anna", seconds=2.5),
        {"format": "text_al.decision/1", "id": "b", "status": "rejected"},
    )
    decisions = read_decisions(path, NAMES)
    assert [(made.id, made.annotator, made.labels, made.line) for made in decisions] == [
        ("a", "ben", ("anger",), 2),
        ("a", "anna", ("fear",), 3),
        ("b", "", (), 4),
    ]
    first = read_decisions(
        jsonl(tmp_path, log("a", ["joy"], "anna", considered=["joy"], at="2026-11-20")), NAMES
    )
    assert (first[0].considered, first[0].at) == (("joy",), "2026-11-20")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (line("a", ["jooy"]), "line 2, id 'a': no label is called 'jooy'. Did you mean 'joy'?"),
        (line("a", "joy"), "line 2, id 'a': labels must be a list of names, not 'joy'"),
        (line("a", [1]), "line 2, id 'a': labels must be a list of names, not [1]"),
        (line(7, ["joy"]), "line 2, id 7: the id must be text, in quotes"),
        (line("", ["joy"]), "line 2, id '': the id must be text, in quotes"),
        (line("a", None, "labelled"), "but labels is null; write [] where no label applies"),
        (line("a", ["joy"], "skipped"), "the status is 'skipped', but there are labels; keep one of the two"),
        (line("a", ["joy"], "none"), "the status is 'none', but there are labels; keep one of the two"),
        (line("a", [], "labeld"), "the status 'labeld' is not known. Did you mean 'labeled'?"),
        (line("a", [], None), "the status None is not known"),
        (line("a", [], at="yesterday"), "the time 'yesterday' is not ISO 8601"),
        ({"format": "text_al.item/1", "id": "a"}, "line 2: labels missing; nothing is guessed"),
        ({"format": "text_al.decision/1", "labels": []}, "line 2: id and status missing; nothing is guessed"),
        ({"format": "text_al.items/1"}, "line 2: the format 'text_al.items/1' is not known. Did you mean"),
        ({"id": "a", "labels": []}, "line 2: the format None is not known"),
        (["a"], "line 2: it is not an object; write one object a line"),
        (
            {"format": "text_al.batch/1", "labels": [{"name": "joy"}, "sad"]},
            "line 2: its labels are ['joy', 'sad']",
        ),
        ({"format": "text_al.batch/1", "labels": "joy"}, "line 2: labels must be a list, not 'joy'"),
        (log("a", ["joy"], "anna", considered=["fear"]), "'joy' is given, but not among those considered"),
        (
            log("a", [], "anna", considered=["x"]),
            "no label is called 'x'. It must be one of: joy, anger, fear.",
        ),
    ],
)
def test_a_wrong_line_is_named_with_its_number_and_the_mend(tmp_path, wrong, problem):
    assert problem in problems(jsonl(tmp_path, line("ok", []), wrong))[0]


def test_a_line_that_is_not_json_is_named(tmp_path):
    path = jsonl(tmp_path, line("a", []))
    with path.open("a", encoding="utf-8") as file:
        file.write('\n{"format": \n')
    assert problems(path)[0].startswith("line 3: it is not JSON (Expecting value")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("id,labels\na,jooy\n", "line 2, id 'a': no label is called 'jooy'. Did you mean 'joy'?"),
        ("id,labels\na,joy;fear\n", "no label is called 'joy;fear'"),
        ("id,labels\na,[joy\n", "no label is called '[joy'"),
        ('id,labels\na,"{""joy"": 1}"\n', "no label is called '{\"joy\": 1}'"),
        ("id,labels,status\na,,perhaps\n", "line 2, id 'a': the status 'perhaps' is not known"),
        ("id,labels,status\na,joy,empty\n", "the status is 'empty', but there are labels"),
        ("id,labels\na,joy\nb,\na,fear\n", "lines 2 and 4 both decide on id 'a'; keep one"),
        ("id,labels\n,joy\n", "line 2, id '': the id must be text"),
        ('id,text,labels\na,"two\nlines",joy\nb,x,jooy\n', "line 4, id 'b'"),
        ("id,labels\na,joy,,extra\n", "line 2: 4 cells in 2 columns; are quotes missing?"),
        (
            'id,text,labels\na,x,joy\nb,"x,joy\n',
            "after line 2: unexpected end of data; is a quote not closed?",
        ),
        (
            "name,labels\na,joy\n",
            "line 1: there is no column 'id'; the first line names the columns id, text",
        ),
        ("id,label\na,joy\n", "line 1: there is no column 'labels', only id, label"),
        ("  \n", "it is empty"),
    ],
)
def test_a_wrong_row_is_named_with_its_line_and_the_mend(tmp_path, content, problem):
    assert problem in problems(sheet(tmp_path, content))[0]


def test_all_problems_of_a_file_are_in_one_message(tmp_path):
    path = sheet(tmp_path, "id,labels,status\na,jooy|feer,\nb,joy,skip\nc,,what\n")
    assert [problem.split(":")[0] for problem in problems(path)] == [
        "line 2, id 'a'",
        "line 2, id 'a'",
        "line 3, id 'b'",
        "line 4, id 'c'",
    ]


def test_a_file_that_is_missing_or_in_another_encoding_is_named(tmp_path):
    assert problems(tmp_path / "none.csv") == ("it cannot be read: No such file or directory",)
    path = sheet(tmp_path, "id,labels\nÄrger,joy\n", "latin-1")
    assert "it is not UTF-8" in problems(path)[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_sheet_is_read_as_spreadsheets_of_all_countries_save_it(tmp_path, encoding, delimiter):
    content = (
        delimiter.join(["ID", " Labels ", "status"]) + "\r\n" + delimiter.join(["文-1", "joy", ""]) + "\r\n"
    )
    assert found(sheet(tmp_path, content, encoding)) == [("文-1", "labelled", ("joy",))]


def test_a_sheet_may_say_who_when_and_why(tmp_path):
    path = sheet(tmp_path, "id,labels,annotator,at,comment,text\na,joy,anna,2026-11-20T13:26:39Z,'=so,T\n")
    made = read_decisions(path, NAMES)[0]
    assert (made.annotator, made.at, made.comment, made.text) == ("anna", "2026-11-20T13:26:39Z", "=so", "T")
    assert datetime.fromisoformat(made.at).tzinfo == UTC


def test_a_text_of_200000_characters_goes_through_a_sheet(tmp_path):
    write_batch_csv(tmp_path / "file", batch(item("a", "x" * 200_000)))
    assert read_decisions(tmp_path / "file", NAMES) == []


@pytest.mark.parametrize("cell", ["=SUM(A1)", "+1", "-1", "@x", "\tx", "'=x", "''=x"])
def test_a_cell_that_would_be_run_as_a_formula_is_guarded(cell):
    assert guarded(cell) == "'" + cell


@given(TEXT)
def test_guarding_is_taken_away_by_reading(cell):
    assert unguarded(guarded(cell)) == cell
    assert guarded(cell)[:1] not in ("=", "+", "-", "@", "\t", "\r")


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT), unique_by=lambda pair: pair[0], min_size=1, max_size=4))
def test_ids_and_texts_go_through_a_sheet_unchanged(tmp_path_factory, pairs):
    path = tmp_path_factory.mktemp("sheet") / "file.csv"
    write_batch_csv(path, batch(*(item(name, text) for name, text in pairs)))
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    for row in rows:
        row["status"] = "labelled"
    fill_in(path, rows)
    expected = [(name, text or None) for name, text in pairs]
    assert [(made.id, made.text) for made in read_decisions(path, NAMES)] == expected


def fill_in(path, rows, columns=(*COLUMNS, "batch")):
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, columns)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(table.getvalue().encode("utf-8-sig"))


@given(st.lists(NAME, unique_by=lambda name: name.strip(), min_size=1, max_size=4), st.data())
def test_label_names_of_any_kind_go_through_both_formats(tmp_path_factory, names, data):
    names = [name.strip() for name in names]
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True))
    folder = tmp_path_factory.mktemp("labels")
    lines = jsonl(folder, {"format": "text_al.batch/1", "labels": names}, line("a", chosen))
    assert found(lines, names) == [("a", "labelled", tuple(chosen))]
    needs_json = any("|" in name or name.startswith("[") for name in chosen)
    cell = json.dumps(chosen) if needs_json else "|".join(map(str, chosen))
    fill_in(folder / "file.csv", [{"id": "a", "labels": guarded(cell), "status": "done"}])
    assert found(folder / "file.csv", names) == [("a", "labelled", tuple(chosen))]


def test_a_name_that_holds_the_separator_may_stand_alone(tmp_path):
    assert found(sheet(tmp_path, "id,labels\na,yes|no\n"), ["yes|no", "x"]) == [
        ("a", "labelled", ("yes|no",))
    ]


def about(name, considered, **more):
    return item(name, considered=considered, **more)


def test_what_each_text_is_asked_about_goes_out_and_comes_back_in_both_formats(tmp_path):
    asked = batch(about("a", ("joy", "fear")), about("b", ("anger",)), item("c"))
    write_batch_jsonl(tmp_path / "lines", asked)
    lines = (tmp_path / "lines").read_text("utf-8").replace('"labels": null', '"labels": []')
    (tmp_path / "lines").write_text(lines, "utf-8")
    write_batch_csv(tmp_path / "sheet", asked)
    rows = list(
        csv.DictReader(io.StringIO((tmp_path / "sheet").read_bytes().decode("utf-8-sig"), newline=""))
    )
    assert [row["considered"] for row in rows] == ["joy|fear", "anger", ""]
    fill_in(
        tmp_path / "sheet", [{**row, "status": "done"} for row in rows], ("considered", *COLUMNS, "batch")
    )
    for path in (tmp_path / "lines", tmp_path / "sheet"):
        decisions, all_of_file = read_decisions(path, NAMES), tuple(NAMES) if path.name == "lines" else None
        assert [made.considered for made in decisions] == [("joy", "fear"), ("anger",), all_of_file]
        assert [made.targets(NAMES) for made in decisions] == [(0, -1, 0), (-1, 0, -1), (0, 0, 0)]


def test_when_no_text_is_asked_about_some_labels_only_then_files_say_nothing_of_it(tmp_path):
    write_batch_jsonl(tmp_path / "lines", batch(item("a")))
    write_batch_csv(tmp_path / "sheet", batch(item("a")))
    for name in ("lines", "sheet"):
        assert "considered" not in (tmp_path / name).read_text("utf-8")


def test_a_label_given_in_a_sheet_but_not_asked_about_is_named(tmp_path):
    path = sheet(tmp_path, "id,considered,labels\na,joy|fear,anger\n")
    assert "the label 'anger' is given, but not among those considered" in problems(path)[0]
    path = sheet(tmp_path, "id,considered,labels\na,joy|feer,joy\n")
    assert "no label is called 'feer'. Did you mean 'fear'?" in problems(path)[0]


@given(st.lists(NAME, unique_by=lambda name: name.strip(), min_size=1, max_size=4), st.data())
def test_label_names_of_any_kind_may_be_asked_about(tmp_path_factory, names, data):
    names = [name.strip() for name in names]
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    path = tmp_path_factory.mktemp("asked") / "file.csv"
    write_batch_csv(path, batch(about("a", tuple(chosen)), labels=names))
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    fill_in(path, [{**row, "status": "done"} for row in rows], ("considered", *COLUMNS, "batch"))
    assert [made.considered for made in read_decisions(path, names)] == [tuple(chosen)]
