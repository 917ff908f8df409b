"""Workbooks: what people do to them, and what comes back of it."""

import io
import zipfile
from importlib import import_module

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text_al.circumstances import Shown
from text_al.errors import AnswersError
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.cells import LONGEST, NOT_ASKED, answer, displayed, is_cut, quoted, unquoted
from text_al.formats.content import Content
from text_al.formats.entries import decisions_of
from text_al.formats.row_columns import OWN
from text_al.formats.xlsx import XLSX
from text_al.formats.xlsx_cells import value_of
from text_al.types import Label

NAMES = ["joy", "anger", "fear"]
ODD = [
    "a,b",
    "yes|no",
    'say "x"',
    "😀👩‍👩‍👧",
    " ends ",
    "فرح",
    "=1+1",
    "+1",
    "-",
    "@me",
    "[x]",
    "status",
    "'tis",
    "a\nb",
]
ODD += ["#N/A", "_x0041_", "1", "TRUE", "\tid", '"', '"x"', "id", "Labels", "x" * 300]
CHARACTERS = st.characters(exclude_categories=["Cs"])
NAME = st.one_of(st.sampled_from(ODD), st.text(CHARACTERS, min_size=1, max_size=8).filter(str.strip))
NAME_LISTS = st.lists(NAME, unique_by=str.strip, min_size=1, max_size=6)
TEXT = st.one_of(
    st.sampled_from(["=1+1", "x" * 40_000, "a\r\nb\x00c", "😀" * 20_000]), st.text(CHARACTERS, max_size=40)
)


def batch(*items, labels=NAMES, **more):
    labels = tuple(label if isinstance(label, Label) else Label(label) for label in labels)
    return Batch("round-003", labels, items, "margin", **more)


def item(name, text="a text", **more):
    return BatchItem(name, text, more.pop("rank", 0), **more)


def written(tmp_path, asked):
    XLSX.write(tmp_path / "batch.xlsx", asked)
    return tmp_path / "batch.xlsx"


def places(sheet):
    return {value_of(cell): cell.column for cell in sheet[1]}


def fill_in(path, answers, **columns):
    """As a person does: marks by id (labels to mark, status); `columns` are added behind."""
    book = openpyxl.load_workbook(path)
    sheet = book["texts"]
    where = places(sheet)
    for row in range(2, sheet.max_row + 1):
        labels, status = answers.get(unquoted(value_of(sheet.cell(row, where["id"]))), ((), None))
        for label in labels:
            sheet.cell(row, where[quoted(label, OWN)]).value = "x"
        if status:
            sheet.cell(row, where["status"]).value = status
    for name, value in columns.items():
        column = where.get(name) or sheet.max_column + 1
        sheet.cell(1, column).value = name
        sheet.cell(2, column).value = value
    book.save(path)
    book.close()


def change(path, make):
    book = openpyxl.load_workbook(path)
    make(book)
    book.save(path)
    book.close()


def read(path, names=NAMES):
    reading = XLSX.read(Content(path), names)
    decisions, wrong = decisions_of(reading.entries, names, unit=reading.unit)
    return decisions, [*reading.problems, *wrong], reading.notes


def found(path, names=NAMES):
    decisions, problems, _ = read(path, names)
    assert problems == []
    return {decision.id: (decision.status, decision.labels) for decision in decisions}


def problem(path, names=NAMES):
    try:
        problems = read(path, names)[1]
    except AnswersError as error:
        problems = error.problems
    assert problems
    return problems[0]


def test_an_empty_workbook_decides_nothing(tmp_path):
    assert found(written(tmp_path, batch(item("a"), item("b")))) == {}


def test_empty_unlabelled_skipped_and_unsure_are_kept_apart(tmp_path):
    path = written(tmp_path, batch(*map(item, "abcdef")))
    done = {"a": (["joy", "fear"], "done"), "b": ([], "done"), "d": ([], "skip"), "e": ([], "Unsure")}
    fill_in(path, done | {"f": (["fear"], None)})
    decisions, problems, _ = read(path)
    assert problems == []
    assert [(made.id, made.status, made.labels, made.how.word) for made in decisions] == [
        ("a", "labelled", ("joy", "fear"), ""),
        ("b", "labelled", (), ""),
        ("d", "skipped", (), ""),
        ("e", "skipped", (), "unsure"),
        ("f", "labelled", ("fear",), ""),
    ]
    assert [made.line for made in decisions] == [2, 3, 5, 6, 7]


@pytest.mark.parametrize("mark", ["x", "X ", "1", 1, 1.0, True, "TRUE", "True", "yes", "ja", "WAHR", "✓"])
def test_many_marks_mean_yes(mark):
    assert answer(mark) is True


@pytest.mark.parametrize("mark", ["0", 0, 0.0, False, "FALSE", "no", "Nein"])
def test_some_marks_mean_no(mark):
    assert answer(mark) is False


def test_blank_is_no_mark():
    assert [answer(mark) for mark in (None, "", "  ", "\u00a0")] == [None] * 4


@pytest.mark.parametrize(
    ("mark", "said"), [("?", "is '?'"), (2, "is '2'"), ("=A1", "formula '=A1'"), ("-", "is '-'")]
)
def test_any_other_mark_is_a_problem_with_row_id_label_and_value(tmp_path, mark, said):
    path = written(tmp_path, batch(item("a"), item("b")))
    change(path, lambda book: setattr(book["texts"].cell(3, places(book["texts"])["anger"]), "value", mark))
    sentence = problem(path)
    assert sentence.startswith("row 3, id 'b': the cell of the label 'anger' ")
    assert said in sentence


def test_marks_that_only_say_no_need_a_status(tmp_path):
    path = written(tmp_path, batch(item("a")))
    fill_in(path, {}, joy=0)
    assert "row 2, id 'a': labels are answered with no only" in problem(path)
    fill_in(path, {"a": ([], "done")})
    assert found(path) == {"a": ("labelled", ())}


def test_a_status_that_is_unknown_or_a_formula_or_against_the_marks_is_a_problem(tmp_path):
    path = written(tmp_path, batch(item("a")))
    fill_in(path, {"a": (["joy"], "skip")})
    assert "row 2, id 'a': the status is 'skip', but there are labels" in problem(path)
    fill_in(path, {"a": ([], "dne")})
    assert "the status 'dne' is not known. Did you mean 'done'?" in problem(path)
    fill_in(path, {"a": ([], "=A1")})
    assert "row 2, id 'a': the cell 'status' holds the formula '=A1'" in problem(path)


def test_a_text_that_looks_like_a_formula_stays_text_and_cannot_be_changed(tmp_path):
    texts = ["=1+1", "+1", "-1", "@a", "\tx", "\rx", "#N/A", "TRUE", "12", "=cmd|' /C calc'!A0"]
    path = written(tmp_path, batch(*(item(f"0000{place}", text) for place, text in enumerate(texts))))
    sheet = openpyxl.load_workbook(path)["texts"]
    cells = [sheet.cell(row, 2) for row in range(2, len(texts) + 2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(texts)
    assert [value_of(cell) for cell in cells] == [text.replace("\r", "\n") for text in texts]
    assert all(cell.quotePrefix for cell in cells[:5])
    assert [sheet.cell(2, 1).value, sheet.cell(2, 1).data_type] == ["00000", "s"]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert all(cell.protection.locked for cell in cells)
    assert not any(
        sheet.cell(2, places(sheet)[name]).protection.locked for name in (*NAMES, "status", "comment")
    )


def test_the_first_sheet_is_made_to_be_filled_in(tmp_path):
    labels = [Label("joy", "glad, happy"), *NAMES[1:]]
    path = written(
        tmp_path, batch(item("a", reason="why", probs={"joy": 0.61, "anger": 0.44}), labels=labels)
    )
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert list(places(sheet)) == ["id", "text", *NAMES, "status", "comment", "reason", "in_doubt"]
    assert value_of(sheet.cell(2, 9)) == "joy 0.61, anger 0.44"
    assert sheet.column_dimensions["A"].hidden
    assert sheet.freeze_panes == "C2"
    assert sheet.cell(1, 3).comment.text == "glad, happy"
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules == {"C2:E2": '"x"', "F2": '"done,skip,unsure"'}
    assert [one.sheet_state for one in book.worksheets] == ["visible", "visible", "hidden"]
    assert book.sheetnames == ["texts", "labels", "_text_al"]
    assert [cell.value for cell in book["labels"][2]] == ["joy", "glad, happy"]


def test_guidelines_have_a_sheet_and_many_labels_stand_on_end(tmp_path):
    names = [f"label {number}" for number in range(28)]
    path = written(tmp_path, batch(item("a"), labels=names, guidelines="# Rules\n\n=mark all\n"))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:3] == ["texts", "guidelines", "labels"]
    assert [value_of(cell) for cell in book["guidelines"]["A"]] == ["# Rules", None, "=mark all"]
    assert book["texts"].cell(1, 3).alignment.textRotation == 90


def test_of_more_than_60_labels_the_names_are_written_into_one_column(tmp_path):
    names = [f"label {number}" for number in range(61)]
    path = written(tmp_path, batch(*(item(one) for one in "abcd"), labels=names))
    sheet = openpyxl.load_workbook(path)["texts"]
    assert list(places(sheet)) == ["id", "text", "labels", "status", "comment"]
    change(
        path,
        lambda book: [
            setattr(book["texts"].cell(row, 3), "value", cell)
            for row, cell in ((2, "label 3|label 60"), (3, '["label 1"]'))
        ],
    )
    fill_in(path, {"c": ([], "done")})
    assert found(path, names) == {
        "a": ("labelled", ("label 3", "label 60")),
        "b": ("labelled", ("label 1",)),
        "c": ("labelled", ()),
    }
    fill_in(path, {}, labels="label 99")
    assert "row 2, id 'a': no label is called 'label 99'" in problem(path, names)


def test_60_labels_have_a_column_each(tmp_path):
    names = [f"label {number}" for number in range(60)]
    path = written(tmp_path, batch(item("a"), labels=names))
    fill_in(path, {"a": (["label 59"], "done")})
    assert found(path, names) == {"a": ("labelled", ("label 59",))}


def test_what_is_not_asked_about_is_locked_and_comes_back_as_not_considered(tmp_path):
    path = written(tmp_path, batch(item("a", considered=("fear", "joy")), item("b")))
    sheet = openpyxl.load_workbook(path)["texts"]
    cell = sheet.cell(2, places(sheet)["anger"])
    assert (cell.value, cell.protection.locked) == (NOT_ASKED, True)
    fill_in(path, {"a": (["joy"], "done"), "b": ([], "done")})
    assert [made.considered for made in read(path)[0]] == [("fear", "joy"), tuple(NAMES)]
    change(path, lambda book: setattr(book["texts"].cell(2, 4), "value", None))
    assert [made.targets(NAMES) for made in read(path)[0]] == [(1, -1, 0), (0, 0, 0)]
    change(path, lambda book: setattr(book["texts"].cell(2, 4), "value", "x"))
    assert "the label 'anger' is given, but not among those considered" in problem(path)


def test_without_the_hidden_sheet_crossed_out_labels_are_still_not_considered(tmp_path):
    path = written(tmp_path, batch(item("a", considered=("fear", "joy"))))
    fill_in(path, {"a": (["joy"], "done")})
    change(path, lambda book: book.remove(book["_text_al"]))
    assert [made.considered for made in read(path)[0]] == [("joy", "fear")]


def test_what_was_shown_comes_back_with_the_decision(tmp_path):
    probs = {"joy": 0.6123, "anger": 0.4}
    items = item("a", probs=probs), item("b")
    path = written(tmp_path, batch(*items, model="round-003"))
    fill_in(path, {"a": ([], "done"), "b": ([], "done")})
    ranked = Shown("ranked", "round-003", (("joy", 0.6123), ("anger", 0.4)))
    assert [made.how.shown for made in read(path)[0]] == [ranked, Shown("none", "round-003")]
    change(path, lambda book: book.remove(book["_text_al"]))
    assert [made.how.shown for made in read(path)[0]] == [None, None]


def test_only_what_was_visible_counts_as_shown(tmp_path):
    names = [f"label {number}" for number in range(30)]
    probs = {name: 1 - number / 100 for number, name in enumerate(names)}
    path = written(tmp_path, batch(item("a", probs=probs), labels=names, model="round-003", mode="checked"))
    fill_in(path, {"a": ([], "done")})
    shown = read(path, names)[0][0].how.shown
    assert shown == Shown("ranked", "round-003", tuple(probs.items())[:10])  # no label was ticked already
    sheet = openpyxl.load_workbook(path)["texts"]
    assert value_of(sheet.cell(2, places(sheet)["in_doubt"])).count("label") == 10


def test_a_disagreement_shows_what_was_said_and_is_settled(tmp_path):
    path = written(tmp_path, batch(item("a", said={"anna": ("joy", "fear"), "ben": ()}), settles=True))
    sheet = openpyxl.load_workbook(path)["texts"]
    assert value_of(sheet.cell(2, places(sheet)["said"])) == "anna: joy, fear\nben: (none)"
    fill_in(path, {"a": (["joy"], None)})
    assert read(path)[0][0].how.settles


def test_people_may_say_who_when_and_why(tmp_path):
    path = written(tmp_path, batch(item("a")))
    at = "2026-11-20T13:26:39+00:00"
    fill_in(path, {"a": (["joy"], None)}, annotator="anna", at=at, seconds=2.5, ref="17", comment="=so")
    made = read(path)[0][0]
    assert (made.annotator, made.at, made.comment, made.how.seconds, made.how.ref) == (
        "anna",
        at,
        "=so",
        2.5,
        "17",
    )


def test_rows_may_be_sorted_left_out_and_followed_by_blank_ones(tmp_path):
    path = written(tmp_path, batch(*map(item, "abcd")))
    fill_in(path, {"a": (["joy"], "done"), "c": (["fear"], "done"), "d": ([], "skip")})

    def shuffle(book):
        sheet = book["texts"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        sheet.delete_rows(2, 4)
        for number, row in ((2, rows[3]), (5, rows[0]), (4, rows[2])):
            for column, value in enumerate(row, start=1):
                sheet.cell(number, column).value = value

    change(path, shuffle)
    decisions, problems, _ = read(path)
    assert problems == []
    assert [(made.line, made.id, made.labels) for made in decisions] == [
        (2, "d", ()),
        (4, "c", ("fear",)),
        (5, "a", ("joy",)),
    ]


def test_a_row_without_an_id_is_a_problem_where_something_stands_in_it(tmp_path):
    path = written(tmp_path, batch(item("a")))
    change(path, lambda book: setattr(book["texts"].cell(9, 3), "value", "x"))
    assert problem(path).startswith("row 9, id '': the id must be text, but it is blank")


def test_an_id_that_a_spreadsheet_made_a_number_is_a_problem(tmp_path):
    path = written(tmp_path, batch(item("00001")))
    change(path, lambda book: setattr(book["texts"].cell(2, 1), "value", 1))
    assert problem(path).startswith(
        "row 2, id 1: the id must be text, but it is int; format the column as text"
    )
    change(path, lambda book: setattr(book["texts"].cell(2, 1), "value", "=B2"))
    assert "the id is a formula" in problem(path)


def test_a_row_that_was_copied_is_a_problem(tmp_path):
    path = written(tmp_path, batch(item("a"), item("b")))
    fill_in(path, {"a": (["joy"], None), "b": ([], "done")})
    change(path, lambda book: setattr(book["texts"].cell(3, 1), "value", "a"))
    assert problem(path) == "rows 2 and 3 both decide on id 'a'; keep one"


def test_a_renamed_column_is_a_problem_that_names_it(tmp_path):
    path = written(tmp_path, batch(item("a")))
    change(path, lambda book: setattr(book["texts"].cell(1, 4), "value", "angr"))
    problems = read(path)[1]
    assert problems == [
        "row 1: there is no column for the label 'anger'; its header is the label's name",
        "row 1: no label is called 'angr'. Did you mean 'anger'?",
    ]
    change(path, lambda book: book["texts"].delete_cols(4))
    assert "row 1: there is no column for the label 'anger'" in problem(path)
    change(path, lambda book: setattr(book["texts"].cell(1, 4), "value", "joy"))
    assert "row 1: two columns are called 'joy'; keep one" in problem(path)


def test_a_column_of_ones_own_is_named_as_not_read(tmp_path):
    path = written(tmp_path, batch(item("a")))
    fill_in(path, {"a": (["joy"], None)}, mine="to ask")
    assert found(path) == {"a": ("labelled", ("joy",))}
    assert read(path)[2] == ("the column 'mine' is not read",)


def test_a_workbook_without_the_hidden_sheet_is_read_by_its_headers(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        [" ID ", "fear", "Status", "joy ", "anger"],
        ["a", None, None, 1, None],
        ["b", None, "done", None, 0],
    ):
        book.active.append(row)
    book.save(tmp_path / "mine.xlsx")
    book.close()
    assert found(tmp_path / "mine.xlsx") == {"a": ("labelled", ("joy",)), "b": ("labelled", ())}


def test_labels_added_later_are_not_said_anything_of(tmp_path):
    for labels in (NAMES, [f"label {number}" for number in range(61)]):
        path = written(tmp_path, batch(item("a"), labels=labels))
        fill_in(path, {"a": ([], "done")})
        made = read(path, [*labels, "new"])[0][0]
        assert set(made.considered) == set(labels)


def test_another_runs_workbook_is_named(tmp_path):
    path = written(tmp_path, batch(item("a")))
    assert "is it another run's?" in problem(path, ["sport", "joy"])


def test_a_hidden_sheet_that_was_changed_is_named(tmp_path):
    path = written(tmp_path, batch(item("a")))
    change(path, lambda book: setattr(book["_text_al"].cell(2, 2), "value", "oops"))
    assert "its hidden sheet '_text_al' was changed" in problem(path)


def test_two_sheets_of_answers_or_none_are_a_problem(tmp_path):
    path = written(tmp_path, batch(item("a")))
    change(path, lambda book: book.copy_worksheet(book["texts"]))
    assert problem(path).startswith("the sheets 'texts' and 'texts Copy' have a column 'id'; keep one")
    change(path, lambda book: [book.remove(book[name]) for name in ("texts", "texts Copy")])
    assert problem(path).startswith("no sheet has a column 'id'; the first row")


def test_a_long_text_is_cut_visibly_and_not_taken_for_another_text(tmp_path):
    path = written(tmp_path, batch(item("a", "😀" * 20_000), item("b", "bell\x07"), item("c", "short")))
    fill_in(path, dict.fromkeys("abc", ([], "done")))
    sheet = openpyxl.load_workbook(path)["texts"]
    assert value_of(sheet.cell(2, 2)).endswith(" characters]")
    assert value_of(sheet.cell(3, 2)) == "bell\ufffd"
    assert [made.text for made in read(path)[0]] == [None, None, "short"]
    change(path, lambda book: book.remove(book["_text_al"]))
    assert read(path)[0][0].text is None


@given(st.text(st.characters()), st.integers(1, 40_000))
@settings(max_examples=30)
def test_what_is_displayed_fits_into_a_cell(piece, times):
    text = (piece * times)[:100_000]
    cell = displayed(text)
    assert len(cell.encode("utf-16-le")) // 2 <= LONGEST
    assert is_cut(cell) or len(cell) == len(text.replace("\r\n", "\n"))


@given(st.text(st.characters()), st.sampled_from([(), OWN]))
def test_quoting_is_taken_away_by_reading(name, taken):
    assert unquoted(quoted(name, taken)) == name


@given(
    NAME_LISTS,
    st.lists(st.tuples(NAME, TEXT), unique_by=lambda pair: pair[0], min_size=1, max_size=4),
    st.data(),
)
@settings(max_examples=40)
def test_ids_labels_and_texts_of_any_kind_come_back(tmp_path_factory, names, pairs, data):
    folder = tmp_path_factory.mktemp("any")
    names = [*names, *(f"more {number}" for number in range(61 if data.draw(st.booleans()) else 0))]
    path = written(folder, batch(*(item(name, text) for name, text in pairs), labels=names))
    assert read(path, names)[:2] == ([], [])
    # A cell of names holds only what can be typed; a column's header stands there already.
    able = names if len(names) <= 60 else [name for name in names if displayed(name) == name]
    chosen = {name: data.draw(st.lists(st.sampled_from(able), unique=True)) for name, _ in pairs}
    if len(names) <= 60:
        fill_in(path, {name: (labels, "done") for name, labels in chosen.items()})
        expected = {name: [one for one in names if one in labels] for name, labels in chosen.items()}
    else:
        write_names(path, chosen, names)
        expected = chosen
    decisions, problems, notes = read(path, names)
    assert (problems, notes) == ([], ())
    assert {made.id: list(made.labels) for made in decisions} == expected
    for made, (_, text) in zip(decisions, pairs, strict=True):
        assert made.text in (None, text.replace("\r\n", "\n").replace("\r", "\n") or None)


def write_names(path, chosen, names):
    from text_al.formats.cells import joined
    from text_al.formats.xlsx_cells import put_text

    def write(book):
        sheet = book["texts"]
        where = places(sheet)
        for row in range(2, sheet.max_row + 1):
            labels = chosen[unquoted(value_of(sheet.cell(row, 1)))]
            put_text(sheet.cell(row, where["labels"]), joined(labels, names) if labels else "")
            sheet.cell(row, where["status"]).value = "done"

    change(path, write)


def test_an_id_that_no_cell_holds_is_refused(tmp_path):
    with pytest.raises(AnswersError, match=r"the id .* is longer than the 32767 characters of a cell"):
        XLSX.write(tmp_path / "file.xlsx", batch(item("x" * 40_000)))
    assert list(tmp_path.iterdir()) == []


def test_only_the_file_is_left_and_it_replaces_an_older_one(tmp_path):
    path = written(tmp_path, batch(item("a")))
    written(tmp_path, batch(item("b")))
    fill_in(path, {"b": ([], "done")})
    assert found(path) == {"b": ("labelled", ())}
    assert list(tmp_path.iterdir()) == [path]


def zipped(members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "it is behind a password, or of the old kind .xls",
        ),
        (b"PK\x03\x04 nonsense", "it begins like a workbook, but cannot be opened"),
        (
            zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
            "(.ods); save it as 'Excel Workbook",
        ),
        (zipped({"xl/workbook.bin": ""}), "(.xlsb)"),
        (zipped({"other": "x"}), "it is a zip file, but no Excel workbook"),
    ],
)
def test_a_file_that_is_no_workbook_is_named_with_the_mend(tmp_path, data, said):
    path = tmp_path / "file.xlsx"
    path.write_bytes(data)
    assert XLSX.recognises(Content(path))
    assert said in problem(path)


def test_a_workbook_that_is_cut_short_or_damaged_is_one_clear_problem(tmp_path):
    path = written(tmp_path, batch(item("a")))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "was it cut short?" in problem(path)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"):
        for broken in (members[name][: len(members[name]) // 2], b""):
            path.write_bytes(zipped(members | {name: broken}))
            with pytest.raises(AnswersError, match="cannot be opened as a workbook") as caught:
                read(path)
            assert len(caught.value.problems) == 1


def test_without_openpyxl_the_extra_is_named(tmp_path, monkeypatch):
    path = written(tmp_path, batch(item("a")))

    def missing(name, *rest):
        if name == "openpyxl":
            raise ImportError(name)
        return import_module(name, *rest)

    monkeypatch.setattr("text_al.formats.xlsx_cells.import_module", missing)
    for act in (lambda: read(path), lambda: written(tmp_path, batch(item("a")))):
        with pytest.raises(AnswersError, match=r"pip install 'text-al\[xlsx\]'"):
            act()
