"""Every kind of file that goes out and comes back; what stands in a file tells which kind it is."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from text_al.errors import AnswersError
from text_al.formats.argilla import ARGILLA
from text_al.formats.batch import Batch, Decision
from text_al.formats.content import Content, Format
from text_al.formats.doccano import DOCCANO
from text_al.formats.entries import decisions_of
from text_al.formats.jsonl import JSONL, write_batch_jsonl
from text_al.formats.label_studio import LABEL_STUDIO
from text_al.formats.parquet import PARQUET
from text_al.formats.potato import POTATO
from text_al.formats.prodigy import PRODIGY
from text_al.formats.sheet import CSV, write_batch_csv
from text_al.formats.xlsx import XLSX
from text_al.registry import did_you_mean

__all__ = ["FORMATS", "Found", "format_of", "read_decisions", "read_file", "write_batch"]
__all__ += ["write_batch_csv", "write_batch_jsonl"]

Check = Callable[[Sequence[Decision]], Iterable[tuple[int, str]]]

FORMATS: Mapping[str, Format] = {
    one.name: one for one in (XLSX, PARQUET, JSONL, LABEL_STUDIO, PRODIGY, ARGILLA, POTATO, DOCCANO, CSV)
}
"""By name, in the order in which a file is held against them; CSV is what nothing else is."""


@dataclass(frozen=True)
class Found:
    """What a file said.

    Attributes:
        kind: the format's title.
        decisions: in the order of the file.
        notes: what a user should know, a sentence each.
    """

    kind: str
    decisions: list[Decision]
    notes: tuple[str, ...] = ()


def write_batch(path: Path, batch: Batch, kind: str) -> None:
    """Write a batch to be filled in; a file of this name is replaced.

    Raises:
        AnswersError: there is no format of this name.
        OSError: the file cannot be written.
    """
    if kind not in FORMATS:
        raise AnswersError(str(path), [f"no format is called {kind!r}. {did_you_mean(kind, tuple(FORMATS))}"])
    FORMATS[kind].write(path, batch)


def format_of(content: Content) -> Format:
    """The format of a file, by what stands in it."""
    found = next((one for one in FORMATS.values() if one.recognises(content)), None)
    if found is not None:
        return found
    return JSONL if content.text.lstrip().startswith("{") else CSV


def read_file(path: Path | str, labels: Sequence[str], *, check: Check | None = None) -> Found:
    """What was decided in a file that came back, of whichever kind it is.

    Args:
        path: the file.
        labels: names of the labels there are.
        check: what else is wrong with decisions, as (line, sentence), said together with all other problems.

    Returns:
        The decisions, in the order of the file; texts not decided yet are left out.

    Raises:
        AnswersError: lists everything that is wrong in the file, with line, id and label.
    """
    content = Content(Path(path))
    kind = format_of(content)
    reading = kind.read(content, labels)
    decisions, wrong = decisions_of(reading.entries, labels, unit=reading.unit)
    unfit = (
        [] if check is None else [f"{reading.unit} {line}{sentence}" for line, sentence in check(decisions)]
    )
    if reading.problems or wrong or unfit:
        raise AnswersError(str(path), sorted([*reading.problems, *wrong, *unfit], key=_place))
    return Found(kind.title, decisions, reading.notes)


def read_decisions(path: Path | str, labels: Sequence[str], *, check: Check | None = None) -> list[Decision]:
    """The decisions of `read_file`."""
    return read_file(path, labels, check=check).decisions


def _place(problem: str) -> int:
    """The number that a problem's sentence begins with; 0 where it is about the file."""
    found = re.match(r"[a-z]+ (\d+)", problem)
    return int(found[1]) if found else 0
