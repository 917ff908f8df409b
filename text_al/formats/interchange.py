"""The formats of text_al itself: written to be filled in by people, and read back."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from text_al.errors import AnswersError
from text_al.formats.batch import Decision
from text_al.formats.entries import decisions_of
from text_al.formats.jsonl import read_jsonl, write_batch_jsonl
from text_al.formats.sheet import read_sheet, write_batch_csv

__all__ = ["read_decisions", "write_batch_csv", "write_batch_jsonl"]

Check = Callable[[Sequence[Decision]], Iterable[tuple[int, str]]]

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")  # what Excel calls Unicode text


def read_decisions(path: Path | str, labels: Sequence[str], *, check: Check | None = None) -> list[Decision]:
    """What was decided in a file that came back: JSON Lines or CSV, whichever it holds.

    Args:
        path: the file.
        labels: names of the labels there are.
        check: what else is wrong with decisions, as (line, sentence), said together with all other problems.

    Returns:
        The decisions, in the order of the file; texts not decided yet are left out.

    Raises:
        AnswersError: lists everything that is wrong in the file, with line, id and label.
    """
    content = _content(Path(path))
    read = read_jsonl if content.lstrip().startswith("{") else read_sheet
    entries, broken = read(content, labels)
    decisions, wrong = decisions_of(entries, labels)
    unfit = [] if check is None else [f"line {line}{sentence}" for line, sentence in check(decisions)]
    if broken or wrong or unfit:
        raise AnswersError(str(path), sorted([*broken, *wrong, *unfit], key=_line))
    return decisions


def _line(problem: str) -> int:
    """The line that a problem's sentence begins with; 0 where it is about the file."""
    found = re.match(r"line (\d+)", problem)
    return int(found[1]) if found else 0


def _content(path: Path) -> str:
    try:
        data = path.read_bytes()
        content = data.decode("utf-16" if data.startswith(_UTF_16_MARKS) else "utf-8-sig")
    except OSError as error:
        raise AnswersError(str(path), [f"it cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise AnswersError(str(path), [f"it is not UTF-8 ({error}); save it as 'CSV UTF-8'"]) from error
    if not content.strip():
        raise AnswersError(str(path), ["it is empty"])
    return content
