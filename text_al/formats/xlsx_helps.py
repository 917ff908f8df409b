"""What helps people fill in a workbook: cells that refuse wrong answers, colours of what is done, notes."""

from collections.abc import Sequence
from typing import Any

from text_al.formats.cells import displayed, is_joinable

STATUSES = ("done", "skip", "unsure")
_HOW = {
    "status": "done: decided; without a mark, no label applies.\nskip, unsure: not decided.\n"
    "Blank: a row with a mark counts as done, one without as not looked at.",
    "labels": "The names of the labels that apply, as on the sheet 'labels', ",
}
_DONE, _SKIPPED, _MARKED = "E2F3E6", "ECEDEF", "B7DDF5"
_NOTE_SIZE = (320, 150)  # points


def check_marks(sheet: Any, columns: tuple[int, int], last: int) -> None:
    """Let the cells of labels, from the first to the last column, take an x only."""
    from openpyxl.formatting.rule import CellIsRule
    from openpyxl.styles import PatternFill
    from openpyxl.worksheet.datavalidation import DataValidation

    check = DataValidation("list", formula1='"x"', allow_blank=True, showErrorMessage=True)
    check.errorTitle, check.error = "x, or blank", "Write x where the label applies; else leave it blank."
    where = _range(sheet, *columns, last)
    check.add(where)
    sheet.add_data_validation(check)
    sheet.conditional_formatting.add(where, CellIsRule("equal", ['"x"'], fill=PatternFill(bgColor=_MARKED)))


def check_status(sheet: Any, column: int, last: int) -> None:
    """Let the cells of the status take a status only."""
    from openpyxl.worksheet.datavalidation import DataValidation

    words = f'"{",".join(STATUSES)}"'
    check = DataValidation("list", formula1=words, allow_blank=True, showErrorMessage=True)
    check.errorTitle, check.error = "done, skip or unsure", "Write done, skip or unsure, or leave it blank."
    check.add(_range(sheet, column, column, last))
    sheet.add_data_validation(check)


def colour_rows(sheet: Any, status: int, last: int) -> None:
    """Colour the text and the status of rows that have one, so that the open ones stand out."""
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import PatternFill

    where = f"{_range(sheet, 2, 2, last)} {_range(sheet, status, status, last)}"
    cell = f"${sheet.cell(2, status).column_letter}2"
    for formula, colour in ((f'{cell}="done"', _DONE), (f'{cell}<>""', _SKIPPED)):
        rule = FormulaRule([formula], stopIfTrue=True, fill=PatternFill(bgColor=colour))
        sheet.conditional_formatting.add(where, rule)


def explain(cell: Any, description: str, names: Sequence[str]) -> None:
    """Add a note to a header: what a label means, or how a column of ours is filled in."""
    from openpyxl.comments import Comment

    text = description
    if not text and cell.value in _HOW:
        joint = "with | between them." if is_joinable(names) else 'as a JSON list: ["one", "other"].'
        text = _HOW[cell.value] + (joint if cell.value == "labels" else "")
    if text:
        cell.comment = Comment(displayed(text), "text_al", width=_NOTE_SIZE[0], height=_NOTE_SIZE[1])


def protect(sheet: Any) -> None:
    """Lock what is not to be filled in, without a password; and let it be printed as wide as a page."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False  # False: it stays allowed
    sheet.protection.formatRows = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _range(sheet: Any, first: int, end: int, last: int) -> str:
    letters = [sheet.cell(1, column).column_letter for column in (first, end)]
    return f"{letters[0]}2:{letters[1]}{max(last, 2)}"
