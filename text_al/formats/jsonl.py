"""JSON Lines: a header that lists the labels, then an object a text, with `labels` and `status` to fill in.

    {"format": "text_al.batch/1", "batch": "round-003", "labels": [{"name": "joy"}], "n": 50, ...}
    {"format": "text_al.item/1", "id": "doc-7", "text": "...", "labels": null, "status": "", ...}

`labels` null is not decided yet; [] is decided: none applies. `considered`, where it is there, names the
labels that are asked about, or were decided on; else those of the header were. Nothing is said of the
others, such as labels that came after the header was written, unless they are given. `batch` says what is
answered; where it is missing, the header's counts. A log of decisions is read too, in lines of
"text_al.decision/1".
"""

import json
from collections.abc import Sequence
from pathlib import Path

from text_al.formats.batch import Batch
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import Entry
from text_al.formats.objects import DECISION, HEADER, ITEM, Heading, entry_of, header_of, heading_of, item_of
from text_al.formats.whole_file import write_whole
from text_al.registry import did_you_mean

_REQUIRED = {ITEM: ("id", "labels"), DECISION: ("id", "status")}


def write_batch_jsonl(path: Path, batch: Batch) -> None:
    """Write a batch to be filled in; a file of this name is replaced.

    Raises:
        OSError: it cannot be written.
    """
    lines = [header_of(batch), *(item_of(item, batch) for item in batch.items)]
    write_whole(path, "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines))


def read_jsonl(content: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its lines."""
    entries: list[Entry] = []
    problems: list[str] = []
    heading = Heading()
    for number, line in enumerate(
        content.text.split("\n"), start=1
    ):  # texts may hold what splitlines() splits at
        if line.strip():
            found = _read(number, line, names, heading)
            if isinstance(found, Heading):
                heading = found
            elif isinstance(found, Entry):
                entries.append(found)
            else:
                problems.append(f"line {number}: {found}")
    return Reading("line", entries, problems)


def _read(number: int, line: str, names: Sequence[str], heading: Heading) -> Entry | Heading | str:
    """A line as an entry or as a heading, or what is wrong with it."""
    try:
        found = json.loads(line)
    except ValueError as error:
        return f"it is not JSON ({error}); write one object a line"
    if not isinstance(found, dict):
        return "it is not an object; write one object a line"
    kind = found.get("format")
    if kind == HEADER:
        heading, problem = heading_of(found, names)
        return problem or heading
    if kind not in _REQUIRED:
        return f"the format {kind!r} is not known. {did_you_mean(str(kind), (HEADER, *_REQUIRED))}"
    missing = [key for key in _REQUIRED[kind] if key not in found]
    if missing:
        return f"{' and '.join(missing)} missing; nothing is guessed"
    return entry_of(number, found, heading)


JSONL = Format(
    name="jsonl",
    title="text_al JSON Lines",
    suffix=".jsonl",
    # What begins with a brace and is of no other kind is taken for ours, whose reader names the line.
    recognises=lambda content: str(content.first.get("format", "")).startswith("text_al."),
    read=read_jsonl,
    write=write_batch_jsonl,
)
