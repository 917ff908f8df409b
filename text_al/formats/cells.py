"""What cells of spreadsheets hold: marks, names, what a model saw, and texts that no cell can hold whole."""

import json
import re
from collections.abc import Sequence
from typing import Any

from text_al.circumstances import Shown
from text_al.formats.batch import Batch, BatchItem

LONGEST = 32_767  # what Excel and LibreOffice keep of a cell, in UTF-16 units
NOT_ASKED = "–"
MOST_SHOWN = 10
"""How many labels a spreadsheet shows with their probability, the likeliest first: more fill the screen."""

_YES = ("x", "1", "true", "yes", "ja", "wahr", "✓", "✔")
_NO = ("0", "false", "no", "nein", "falsch")
_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = "_(?=x[0-9A-Fa-f]{4}_)"  # LibreOffice writes what Excel would take for a character again
_INVISIBLE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]|{_ESCAPE}")
_NOTICE = re.compile(r" … \[cut: \d+ characters\]\Z")
_ROOM = 40  # for the notice


class Formula(str):
    """A cell's formula, which is no answer: what it comes to may change."""

    __slots__ = ()


def answer(value: Any) -> bool | None:
    """Whether a mark means yes (x, 1, TRUE, yes, ja, WAHR, ✓), no (0, FALSE, no, nein), or nothing (blank).

    Raises:
        ValueError: it means nothing known; the message says so.
    """
    word = written(value).strip().casefold()
    if word not in ("", *_YES, *_NO):
        what = "holds the formula" if isinstance(value, Formula) else "is"
        raise ValueError(f"{what} {written(value)!r}; write x where the label applies, or leave it blank")
    return None if not word else word in _YES


def written(value: Any) -> str:
    """A cell's value as text: "" for none, whole numbers without a point, times as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def displayed(text: str) -> str:
    """A text as a cell can hold it: without what XML forbids, and cut, visibly, where it is too long."""
    whole = _UNHOLDABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = whole
    while (excess := _units(kept) - LONGEST) > 0:
        kept = kept[: len(kept) - (excess + 1) // 2]
        if _units(kept) <= LONGEST:
            kept = kept[:-_ROOM]
    return kept if kept == whole else f"{kept} … [cut: {len(whole) - len(kept)} characters]"


def is_cut(cell: str) -> bool:
    """Whether `displayed` cut this text."""
    return _NOTICE.search(cell) is not None


def quoted(name: str, taken: Sequence[str] = ()) -> str:
    """A name as a person can see it whole: in quotes where blanks at its ends or control characters matter.

    Args:
        name: an id, or a label's name.
        taken: names that mean something else where it stands, in lower case.
    """
    is_plain = name == name.strip() and name[:1] != '"' and not _INVISIBLE.search(name)
    if is_plain and name.casefold() not in taken:
        return name
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(name, ensure_ascii=False))


def unquoted(cell: str) -> str:
    """What `quoted` was given; other text without the blanks at its ends."""
    plain = cell.strip()
    if not plain.startswith('"'):
        return plain
    try:
        found = json.loads(plain)
    except ValueError:
        return plain
    return found if isinstance(found, str) else plain


def joined(chosen: Sequence[str], names: Sequence[str]) -> str:
    """Some of all names as one cell that `names_in` takes apart again: by |, or as a JSON list."""
    return "|".join(chosen) if is_joinable(names) else json.dumps(list(chosen), ensure_ascii=False)


def is_joinable(names: Sequence[str]) -> bool:
    """Whether | can stand between names, as none holds it, begins with [ or has blanks at its ends."""
    return all("|" not in name and name.strip() == name and name[:1] != "[" for name in names)


def names_in(cell: str, names: Sequence[str]) -> list[Any] | None:
    """The names in a cell; None for a blank one. Names that are none are left for the caller to find."""
    if not cell:
        return None
    if cell in names:
        return [cell]
    if cell.startswith("["):
        try:
            found = json.loads(cell)
        except ValueError:
            found = [cell]
        return found if isinstance(found, list) else [cell]
    return [name.strip() for name in cell.split("|") if name.strip()]


def doubts(item: BatchItem) -> str:
    """The likeliest labels with their probability, as in "joy 0.61, anger 0.44"."""
    return ", ".join(f"{name} {p:.2f}" for name, p in tuple(item.probs.items())[:MOST_SHOWN])


def seen(batch: Batch, item: BatchItem) -> Shown | None:
    """What whoever fills in a spreadsheet sees of a model: `doubts`, and never a label ticked already."""
    shown = batch.shown(item)
    if shown is None:
        return None
    return Shown("none" if shown.mode == "none" else "ranked", shown.model, shown.labels[:MOST_SHOWN])


def said(item: BatchItem) -> str:
    """What annotators who disagree gave, a line each."""
    return "\n".join(f"{who}: {', '.join(names) or '(none)'}" for who, names in item.said.items())


def _units(text: str) -> int:
    """As a workbook counts, which writes _x as _x005F_x where it might be an escape."""
    return len(text.encode("utf-16-le")) // 2 + text.count("_x") * len("_x005F")
