"""How workbooks look: styles by name, widths, and heights."""

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

OWN, LABEL, TEXT, MARK, CLOSED, NOTE, LINE = (
    f"text_al {kind}" for kind in ("own", "label", "text", "mark", "closed", "note", "line")
)
"""Styles: headers, those of labels, locked text; cells to mark, not asked about, to write in; lines."""

TURNED_FROM = 9
"""So many labels stand on end in the header, as their columns would fill the screen otherwise."""

_POINTS_A_CHARACTER, _LEAST_POINTS, _MOST_POINTS = 6.6, 48, 240
_POINTS_A_LINE, _MOST_ROW_POINTS = 15, 405  # Excel takes rows up to 409
_LEAST_WIDTH, _MOST_WIDTH = 6, 24
_TEXT_WIDTHS = (64.0, 80.0, 110.0)


def add_styles(book: Any) -> None:
    """Make the styles known to a workbook."""
    from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side

    line = Side(style="thin", color="D0D5DD")
    frame = Border(left=line, right=line, top=line, bottom=line)
    head = {"font": Font(bold=True, color="1F2937"), "fill": PatternFill("solid", fgColor="DDE5F0")}
    grey = {"font": Font(color="9AA1AC"), "fill": PatternFill("solid", fgColor="E4E7EB")}
    paper = {"fill": PatternFill("solid", fgColor="FFFDF3")}
    top, middle = Alignment(vertical="top", wrap_text=True), Alignment(horizontal="center", vertical="top")
    low = Alignment(vertical="bottom", wrap_text=True)
    turned = Alignment(horizontal="center", vertical="bottom", wrap_text=True)
    bold = Font(bold=True)
    free = {"protection": Protection(locked=False), "number_format": "@"}
    for style in (
        NamedStyle(OWN, alignment=low, border=frame, **head),
        NamedStyle(LABEL, alignment=turned, border=frame, **head),
        NamedStyle(TEXT, alignment=top, border=frame),
        NamedStyle(MARK, alignment=middle, border=frame, font=bold, **paper, **free),
        NamedStyle(CLOSED, alignment=middle, border=frame, **grey),
        NamedStyle(NOTE, alignment=top, border=frame, **paper, **free),
        NamedStyle(LINE, alignment=top),
    ):
        book.add_named_style(style)


def turn(cells: Sequence[Any]) -> None:
    """Put headers on end."""
    from openpyxl.styles import Alignment

    for cell in cells:
        cell.alignment = Alignment(horizontal="center", vertical="bottom", wrap_text=True, text_rotation=90)


def label_width(name: str, *, is_turned: bool) -> float:
    """A label's column, in characters."""
    if is_turned:
        return 5
    return min(max(_LEAST_WIDTH, columns_of_text(name) + 3), _MOST_WIDTH)


def turned_height(names: Sequence[str]) -> float:
    """The header's height where names stand on end, in points."""
    longest = max(map(columns_of_text, names))
    return min(max(_LEAST_POINTS, _POINTS_A_CHARACTER * longest + 14), _MOST_POINTS)


def row_height(cells: Sequence[tuple[str, float]]) -> float:
    """A row's height in points, by texts and the widths they stand in; LibreOffice finds none itself."""
    lines = max(lines_of(text, width) for text, width in cells)
    return min(max(1, lines) * _POINTS_A_LINE + 3, _MOST_ROW_POINTS)


def text_width(texts: Sequence[str]) -> float:
    """The column of the texts: wider where more than a tenth of them would not be seen whole."""
    most = _MOST_ROW_POINTS // _POINTS_A_LINE
    for width in _TEXT_WIDTHS[:-1]:
        if 10 * sum(lines_of(text, width) > most for text in texts) <= len(texts):
            return width
    return _TEXT_WIDTHS[-1]


def lines_of(text: str, width: float) -> int:
    """About how many lines a text takes in a column of this width."""
    return sum(max(1, math.ceil(columns_of_text(line) / width)) for line in text.split("\n"))


def columns_of_text(text: str) -> int:
    """How wide a text is; Chinese, Japanese and Korean characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
