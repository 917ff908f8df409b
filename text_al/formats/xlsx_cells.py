"""Text in cells of workbooks: nothing is run as a formula, and nothing read as an escape that is none."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

from text_al.errors import AnswersError
from text_al.formats.cells import Formula

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONSTANTS = {"=TRUE()": True, "=FALSE()": False}  # as LibreOffice writes yes and no
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "'")


def openpyxl(path: Path) -> Any:
    """The library that knows workbooks, which comes with an extra.

    Args:
        path: the file that asks for it.

    Raises:
        AnswersError: it is not installed.
    """
    try:
        return import_module("openpyxl")
    except ImportError as error:
        sentence = "workbooks need openpyxl, which comes with an extra: pip install 'text-al[xlsx]'"
        raise AnswersError(str(path), [sentence]) from error


def put_text(cell: Any, text: str) -> None:
    """Make a text the cell's value, whatever it begins with.

    Workbooks write characters as _x000D_; a text that says so itself has its underscore written like that.
    """
    cell.value = escaped(text)
    cell.data_type = "s"  # a text that begins with = would be run as a formula, and #N/A be an error
    cell.quotePrefix = text.startswith(_FORMULA_SIGNS)


def escaped(text: str) -> str:
    """A text as a workbook writes it."""
    return _ESCAPE.sub(lambda found: f"_x005F{found[0]}", text)


def value_of(cell: Any) -> Any:
    """A cell's value: None, text, number, yes or no, a time, or a `Formula`."""
    if cell.data_type == "f":
        formula = str(getattr(cell.value, "text", None) or cell.value)
        return _CONSTANTS.get(formula, Formula(formula))
    return _ESCAPE.sub(_character, cell.value) if isinstance(cell.value, str) else cell.value


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF else chr(code)
