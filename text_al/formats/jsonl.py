"""JSON Lines: a header that lists the labels, then an object a text, with `labels` and `status` to fill in.

    {"format": "text_al.batch/1", "batch": "round-003", "labels": [{"name": "joy"}], "n": 50, ...}
    {"format": "text_al.item/1", "id": "doc-7", "text": "...", "labels": null, "status": "", ...}

`labels` null is not decided yet; [] is decided: none applies. `considered`, where it is there, names the
labels that are asked about, or were decided on; nothing is said of the others, nor of labels that came after
the header was written, unless they are given. A log of decisions is read too, in lines of
"text_al.decision/1".
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from text_al.circumstances import shown_plain
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import Entry
from text_al.formats.whole_file import write_whole
from text_al.registry import did_you_mean

HEADER, ITEM, DECISION = "text_al.batch/1", "text_al.item/1", "text_al.decision/1"
_REQUIRED = {ITEM: ("id", "labels"), DECISION: ("id", "status")}
_EXTRA = ("annotator", "at", "comment", "text")
_HOW = ("seconds", "shown", "ref", "settles")


def write_batch_jsonl(path: Path, batch: Batch) -> None:
    """Write a batch to be filled in; a file of this name is replaced.

    Raises:
        OSError: it cannot be written.
    """
    lines = [_header(batch), *(_item(item, batch) for item in batch.items)]
    write_whole(path, "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines))


def read_jsonl(content: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its lines."""
    entries: list[Entry] = []
    problems: list[str] = []
    listed = list(names)
    for number, line in enumerate(
        content.text.split("\n"), start=1
    ):  # texts may hold what splitlines() splits at
        if line.strip():
            problem = _read(number, line, names, listed, entries)
            problems += [f"line {number}: {problem}"] if problem else []
    return Reading("line", entries, problems)


def _read(
    number: int, line: str, names: Sequence[str], listed: list[str], entries: list[Entry]
) -> str | None:
    """Reads a line into `entries`, or the labels of a header into `listed`; what is wrong with it."""
    try:
        found = json.loads(line)
    except ValueError as error:
        return f"it is not JSON ({error}); write one object a line"
    if not isinstance(found, dict):
        return "it is not an object; write one object a line"
    kind = found.get("format")
    if kind == HEADER:
        return _read_header(found, names, listed)
    if kind not in _REQUIRED:
        return f"the format {kind!r} is not known. {did_you_mean(str(kind), (HEADER, *_REQUIRED))}"
    missing = [key for key in _REQUIRED[kind] if key not in found]
    if missing:
        return f"{' and '.join(missing)} missing; nothing is guessed"
    entries.append(_entry(number, found, listed if len(listed) < len(names) else None))
    return None


def _entry(number: int, found: dict[str, Any], listed: Sequence[str] | None) -> Entry:
    """The entry of a line; `listed` are the labels there were when it was written, if there are more now."""
    considered, labels = found.get("considered"), found.get("labels")
    if considered is None and listed is not None:
        given = labels if isinstance(labels, list) else []
        considered = [*listed, *(label for label in given if label not in listed)]
    return Entry(
        line=number,
        id=found["id"],
        labels=labels,
        status=found.get("status", ""),
        considered=considered,
        is_log=found["format"] == DECISION,
        extra=tuple((key, str(found[key])) for key in _EXTRA if found.get(key) is not None),
        how={key: found[key] for key in _HOW if found.get(key) is not None},
    )


def _read_header(found: dict[str, Any], names: Sequence[str], listed: list[str]) -> str | None:
    labels = found.get("labels", [])
    if not isinstance(labels, list):
        return f"labels must be a list, not {labels!r}"
    known = sorted(str(label.get("name") if isinstance(label, dict) else label) for label in labels)
    if known and known != sorted(names[: len(known)]):  # labels that were added since come last
        return f"its labels are {known}, but the run's are {sorted(names)}; is it another run's?"
    listed[:] = known or names
    return None


def _header(batch: Batch) -> dict[str, Any]:
    return {
        "format": HEADER,
        "batch": batch.id,
        "labels": [
            {"name": label.name, "description": label.description}
            if label.description
            else {"name": label.name}
            for label in batch.labels
        ],
        "n": len(batch.items),
        "strategy": batch.strategy,
        "purpose": batch.purpose,
        **({"guidelines": batch.guidelines} if batch.guidelines else {}),
    }


def _item(item: BatchItem, batch: Batch) -> dict[str, Any]:
    shown = batch.shown(item)
    return {
        "format": ITEM,
        "id": item.id,
        "text": item.text,
        **({} if item.considered is None else {"considered": list(item.considered)}),
        "labels": None,
        "status": "",
        "rank": item.rank,
        "score": item.score,
        "strategy": batch.strategy,
        "reason": item.reason,
        "probs": dict(item.probs),
        **({} if item.suggested is None else {"suggested": list(item.suggested)}),
        **({"nearest": list(item.nearest)} if item.nearest else {}),
        **({} if shown is None else {"shown": shown_plain(shown)}),
        **({"said": {who: list(names) for who, names in item.said.items()}} if item.said else {}),
        **({"settles": True} if batch.settles else {}),
        "batch": batch.id,
    }


JSONL = Format(
    name="jsonl",
    title="text_al JSON Lines",
    suffix=".jsonl",
    # What begins with a brace and is of no other kind is taken for ours, whose reader names the line.
    recognises=lambda content: str(content.first.get("format", "")).startswith("text_al."),
    read=read_jsonl,
    write=write_batch_jsonl,
)
