"""Workbooks and tables that real LibreOffice opened and saved again."""

import csv
import io
import shutil
import subprocess
from dataclasses import replace

import openpyxl
import pytest

from text_al.formats.batch import Batch, BatchItem
from text_al.formats.cells import quoted
from text_al.formats.content import Content
from text_al.formats.entries import decisions_of
from text_al.formats.row_columns import OWN
from text_al.formats.sheet import CSV
from text_al.formats.xlsx import XLSX
from text_al.formats.xlsx_cells import value_of
from text_al.types import Label

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed"),
]

NAMES = [
    "joy",
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
]
NAMES += ["a\nb", "#N/A", "_x0041_", "1", "TRUE", "\ttab", '"q"', "a\x85b", "\u200e"]
TEXTS = [
    "=1+1",
    "+1",
    "-1",
    "@a",
    '=HYPERLINK("x")',
    "one\ntwo\r\nthree",
    " a  b ",
    "_x000D_ text",
    "😀" * 20_000,
    "שלום",
    "bell\x07",
]
TEXTS += ["1", "00012", "2026-11-20", "TRUE", "'quoted", "a\u2028b", "50%", "1e5", "好" * 40_000]
CHANGED = ("1", "TRUE", "#N/A", "\ttab")
CSV_FILTER = "csv:Text - txt - csv (StarCalc):44,34,76,1"


@pytest.fixture(scope="module")
def convert(tmp_path_factory):
    profile = tmp_path_factory.mktemp("libreoffice")

    def run(path, kind, folder):
        folder.mkdir(exist_ok=True)
        command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--norestore"]
        command += ["--infilter=CSV:44,34,76,1"] if path.suffix == ".csv" else []  # UTF-8, as its dialog asks
        command += ["--convert-to", kind, "--outdir", str(folder), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        saved = folder / f"{path.stem}.{kind.split(':')[0]}"
        assert saved.exists(), done.stdout + done.stderr
        return saved

    return run


def asked(names=NAMES, ids=("00001", *NAMES)):
    probs = dict.fromkeys(names[:3], 0.5)
    texts = [*TEXTS, *("a text" for _ in ids[len(TEXTS) :])][: len(ids)]
    items = tuple(
        BatchItem(name, text, rank, probs=probs, reason="why", considered=None if rank else tuple(names[:2]))
        for rank, (name, text) in enumerate(zip(ids, texts, strict=True))
    )
    labels = tuple(Label(name, f"what {name.strip()} means") for name in names)
    return Batch("round-003", labels, items, model="round-002", guidelines="# Rules\n=all\n")


def fill_in(path):
    """Each row in another way: done with some, done with none, skipped, marked without a status, left."""
    book = openpyxl.load_workbook(path)
    sheet = book["texts"]
    where = {value_of(cell): cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        marked = NAMES[row % len(NAMES) :: 7] if row % 5 in (0, 3) and row > 2 else []
        for name in marked:
            sheet.cell(row, where[quoted(name, OWN)]).value = ("x", True, 1)[row % 3]
        status = ("done", "done", "skip", None, None)[row % 5]
        if status:
            sheet.cell(row, where["status"]).value = status
            sheet.cell(row, where["comment"]).value = f"row {row}"
    book.save(path)
    book.close()


def read(path, kind=XLSX, names=NAMES):
    reading = kind.read(Content(path), names)
    decisions, wrong = decisions_of(reading.entries, names)
    assert [*reading.problems, *wrong] == []
    return decisions


def letters(decisions):
    """Decisions without their texts, which are compared by their letters; and those."""
    texts = ["".join(filter(str.isalnum, made.text or "")) for made in decisions]
    return [replace(made, text=None, line=0) for made in decisions], texts


def expected(tmp_path):
    XLSX.write(tmp_path / "batch.xlsx", asked())
    fill_in(tmp_path / "batch.xlsx")
    decisions = read(tmp_path / "batch.xlsx")
    assert len(decisions) > len(NAMES) * 3 // 5
    return letters(decisions)


def test_answers_survive_being_opened_and_saved(tmp_path, convert):
    wanted = expected(tmp_path)
    saved = convert(tmp_path / "batch.xlsx", "xlsx", tmp_path / "saved")
    assert letters(read(saved)) == wanted
    again = convert(saved, "xlsx", tmp_path / "again")
    assert letters(read(again)) == wanted


def test_a_workbook_that_was_opened_and_saved_is_filled_in_as_before(tmp_path, convert):
    wanted = expected(tmp_path)
    XLSX.write(tmp_path / "blank.xlsx", asked())
    saved = convert(tmp_path / "blank.xlsx", "xlsx", tmp_path / "saved")
    assert read(saved) == []
    fill_in(saved)
    assert letters(read(saved)) == wanted


def test_locks_checks_hidden_column_and_formulas_as_text_survive(tmp_path, convert):
    XLSX.write(tmp_path / "blank.xlsx", asked())
    book = openpyxl.load_workbook(convert(tmp_path / "blank.xlsx", "xlsx", tmp_path / "saved"))
    sheet = book["texts"]
    assert sheet.column_dimensions["A"].hidden
    assert sheet.protection.sheet
    assert book["_text_al"].sheet_state == "hidden"
    assert [sheet.cell(2, 1).value, sheet.cell(2, 1).data_type] == ["00001", "s"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert not any(isinstance(cell.value, int | float) for row in sheet.iter_rows() for cell in row)
    assert [value_of(sheet.cell(row, 2)) for row in range(2, 7)] == TEXTS[:5]
    assert sheet.cell(2, 2).protection.locked
    status = next(cell.column for cell in sheet[1] if cell.value == "status")
    assert not sheet.cell(2, status).protection.locked
    checks = {rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert checks == {'"x"', '"done,skip,unsure"'}
    assert sheet.cell(1, 3).comment.text == "what joy means"
    book.close()


def test_answers_survive_opendocument(tmp_path, convert):
    wanted = expected(tmp_path)
    sheet = convert(tmp_path / "batch.xlsx", "ods", tmp_path)
    saved = convert(sheet, "xlsx", tmp_path / "saved")
    assert letters(read(saved)) == wanted


def test_a_workbook_saved_as_csv_gives_the_same_answers(tmp_path, convert):
    wanted, texts = expected(tmp_path)
    saved = convert(tmp_path / "batch.xlsx", CSV_FILTER, tmp_path)
    made, read_texts = letters(read(saved, CSV))
    pairs = list(zip(read_texts, texts, strict=True))
    assert len([text for _, text in pairs if text]) > len(pairs) // 2
    assert [told for told, text in pairs if text] == [text for _, text in pairs if text]
    assert [(one.id, one.status, one.labels, one.comment) for one in made] == [
        (one.id, one.status, one.labels, one.comment) for one in wanted
    ]


def test_a_csv_batch_opened_and_saved_gives_the_same_answers(tmp_path, convert):
    ids = [name for name in NAMES if name not in CHANGED]  # in a CSV, nothing says that they are text
    CSV.write(tmp_path / "batch.csv", replace(asked(ids=ids), settles=True))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "batch.csv").read_text("utf-8-sig"), newline="")))
    with (tmp_path / "batch.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "status": "done"} for row in rows)
    before = read(tmp_path / "batch.csv", CSV)
    assert len(before) == len(ids)
    sheet = convert(tmp_path / "batch.csv", "ods", tmp_path)
    saved = convert(sheet, CSV_FILTER, tmp_path / "saved")
    assert [(made.id, made.considered, made.how) for made in read(saved, CSV)] == [
        (made.id, made.considered, made.how) for made in before
    ]
