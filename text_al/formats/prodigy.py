"""Prodigy: tasks for its choice interface, and the JSON Lines of `db-out`, where `meta.id` is the id.

Labels are asked about where they are among a task's options; a task with one `label` to accept or to reject
is about that label only, and those of one text and annotator are one decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from text_al.circumstances import Shown, shown_plain
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.carried import entry_of, in_order, in_time, json_lines
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import Entry
from text_al.formats.whole_file import write_whole

_STATUS = {"accept": "", "reject": "rejected", "ignore": "skipped"}
_BINARY_STATUS = {"accept": "", "reject": "", "ignore": "skipped"}
_KEPT = "text_al"  # Prodigy hands back keys that it does not know


def write_prodigy(path: Path, batch: Batch) -> None:
    """Write tasks for `choice` with `choice_style: "multiple"`; a file of this name is replaced.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(path, json_lines(_task(item, batch) for item in in_order(batch)))


def read_prodigy(content: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its tasks."""
    unit = content.unit("task")
    records, problems = content.records(unit)
    entries: list[Entry] = []
    binary: set[int] = set()
    for number, found in records:
        if found.get("answer") is None:
            continue
        is_binary = "options" not in found and "accept" not in found
        entry = _one_label(number, found, names) if is_binary else _choice(number, found, names)
        if isinstance(entry, str):
            problems.append(f"{unit} {number}: {entry}")
            continue
        entries.append(entry)
        if is_binary:
            binary.add(number)
    return Reading(unit, _together(in_time(entries), binary), problems)


def _choice(number: int, found: Mapping[str, Any], names: Sequence[str]) -> Entry | str:
    """What a task with options decides, or what is wrong with it."""
    answer, options, accept = found["answer"], found.get("options"), found.get("accept")
    if not isinstance(answer, str) or answer not in _STATUS:
        return _unknown(answer)
    if options is not None and not (isinstance(options, list) and all(map(_is_option, options))):
        return f"options must be a list of objects with an id, not {options!r:.100}"
    if accept is None and not _STATUS[answer]:
        return "accept is missing; write [] where no label applies"
    entry = _entry(number, found, accept, names, status=_STATUS[answer])
    if isinstance(entry, str) or options is None:
        return entry
    offered = [option["id"] for option in options]
    # In the order of the labels; one that is none of ours is left for the caller to find.
    ours = [name for name in names if name in offered]
    return replace(entry, considered=ours + [name for name in offered if name not in names])


def _one_label(number: int, found: Mapping[str, Any], names: Sequence[str]) -> Entry | str:
    """What a task with one label decides, or what is wrong with it."""
    answer, label = found["answer"], found.get("label")
    if not isinstance(answer, str) or answer not in _BINARY_STATUS:
        return _unknown(answer)
    if not isinstance(label, str):
        return "it has neither options nor a label; nothing is guessed"
    labels = [label] if answer == "accept" else []
    entry = _entry(number, found, labels, names, status=_BINARY_STATUS[answer])
    return entry if isinstance(entry, str) else replace(entry, considered=[label])


def _entry(
    number: int, found: Mapping[str, Any], labels: Any, names: Sequence[str], *, status: str
) -> Entry | str:
    meta, person, at = found.get("meta"), found.get("_annotator_id"), _time(found.get("_timestamp"))
    found_id = meta.get("id") if isinstance(meta, dict) else None
    if found_id is None:
        return "meta.id is missing; nothing is guessed from the text"
    if at is None:
        return f"_timestamp must be in seconds since 1970, not {found['_timestamp']!r:.100}"
    if person is not None and not isinstance(person, str):
        return f"_annotator_id must be text, not {person!r:.100}"
    return entry_of(
        number,
        found_id,
        labels,
        found.get(_KEPT),
        names,
        status=status,
        how={"ref": f"task/{found.get('_task_hash')}@{at}"} if at and "_task_hash" in found else None,
        annotator=f"prodigy:{person}" if person else "",
        at=at,
        text=found.get("text"),
        batch=meta.get("batch") if isinstance(meta, dict) else None,
    )


def _together(entries: Sequence[Entry], binary: set[int]) -> list[Entry]:
    """Those about one label each, of one text and annotator, as one at the place of the last."""
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        who = dict(entry.extra).get("annotator", "")
        is_binary = entry.line in binary
        key = (repr(entry.id), who) if is_binary else (repr(entry.id), who, str(entry.line))
        groups[key] = [*groups.pop(key, []), entry]
    return [one for key, group in groups.items() for one in (_folded(group) if len(key) == 2 else group)]


def _folded(group: Sequence[Entry]) -> Sequence[Entry]:
    """One entry of several about one label each; a later one about the same label replaces the earlier."""
    last = {entry.considered[0]: entry for entry in group}
    if len(last) < len(group) and not group[0].is_log:
        return group  # the caller says that two decide on the same
    decided = [entry for entry in last.values() if not entry.status]
    if not decided:
        return [replace(group[-1], considered=list(last))]
    labels = [name for entry in decided for name in entry.labels]
    considered = [entry.considered[0] for entry in decided]
    return [replace(group[-1], labels=labels, status="", considered=considered)]


def _time(timestamp: Any) -> str | None:
    """A time in seconds since 1970 as ISO 8601; "" where there is none, None where it is none."""
    if timestamp is None:
        return ""
    try:
        return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="seconds")
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _is_option(option: Any) -> bool:
    return isinstance(option, dict) and isinstance(option.get("id"), str)


def _unknown(answer: Any) -> str:
    return f"the answer {answer!r:.100} is not known; it is one of {', '.join(_STATUS)}"


def _task(item: BatchItem, batch: Batch) -> dict[str, Any]:
    shown = _seen(batch, item)
    probs = {} if shown is None else dict(shown.labels)
    asked = [label.name for label in batch.labels if item.considered is None or label.name in item.considered]
    ranked = sorted(asked, key=lambda name: -probs.get(name, -1.0))
    is_ticked = shown is not None and shown.mode == "checked"
    kept = {
        **({} if shown is None else {"text_al_shown": shown_plain(shown)}),
        **({"text_al_settles": True} if batch.settles else {}),
    }
    return {
        "text": item.text,
        "meta": {"id": item.id, "batch": batch.id, "rank": item.rank, "reason": item.reason},
        "options": [_option(name, probs) for name in ranked],
        "accept": list(item.suggested or ()) if is_ticked else [],
        **({_KEPT: kept} if kept else {}),
    }


def _option(name: str, probs: Mapping[str, float]) -> dict[str, str]:
    return {"id": name, "text": name, **({"meta": f"{probs[name]:.2f}"} if name in probs else {})}


def _seen(batch: Batch, item: BatchItem) -> Shown | None:
    """What whoever answers sees: every probability stands beside its label."""
    shown = batch.shown(item)
    if shown is None or shown.mode == "none":
        return None if shown is None else Shown("none", shown.model)
    return replace(shown, mode="ranked") if item.suggested is None else shown


def _is_prodigy(content: Content) -> bool:
    first = content.first
    is_choice = isinstance(first.get("options"), list) and "text" in first
    is_answered = "text" in first and isinstance(first.get("answer"), str) and first["answer"] in _STATUS
    return "format" not in first and (
        is_choice or is_answered or {"_input_hash", "_task_hash"} <= first.keys()
    )


PRODIGY = Format(
    name="prodigy",
    title="Prodigy JSON Lines",
    suffix=".jsonl",
    recognises=_is_prodigy,
    read=read_prodigy,
    write=write_prodigy,
)
