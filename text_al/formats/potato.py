"""Potato: its data file, and the JSON Lines of its exporter, where `instance_id` is the id.

The labels are a scheme of the kind "multiselect" named "labels". An export holds nothing but ids, people and
what they ticked, and a text without ticks may be one that nobody finished. So a second scheme of the kind
"radio" named "status" says what is meant: its labels are some of done, none, skip, unsure and rejected.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from text_al.errors import AnswersError
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.carried import carried, entry_of, in_order, json_lines, seen
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import LABELLED_WORDS, Entry
from text_al.formats.whole_file import write_whole

SCHEME, STATUS = "labels", "status"


def write_potato(path: Path, batch: Batch) -> None:
    """Write a data file; a file of this name is replaced.

    Its `predictions` tick labels where the configuration has `pre_annotation: {field: predictions}`.

    Raises:
        AnswersError: what the batch asks cannot come back through Potato.
        OSError: it cannot be written.
    """
    if batch.settles or any(item.considered is not None for item in batch.items):
        what = (
            "answers that settle a disagreement" if batch.settles else "which labels each text is asked about"
        )
        sentence = f"Potato does not hand back {what}; write this batch in another format"
        raise AnswersError(str(path), [sentence])
    write_whole(path, json_lines(_line(item, batch) for item in in_order(batch)))


def read_potato(content: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its records."""
    unit = content.unit("record")
    records, problems = content.records(unit)
    entries: list[Entry] = []
    n_open = 0
    for number, found in records:
        if "labels" not in found and "text_al_batch" in found:  # a data file, which nobody has answered
            continue
        one = _entry(number, found, names)
        if isinstance(one, str):
            problems.append(f"{unit} {number}: {one}")
        elif one is None:
            n_open += 1
        else:
            entries.append(one)
    return Reading(unit, entries, problems, _notes(n_open))


def _entry(number: int, found: Mapping[str, Any], names: Sequence[str]) -> Entry | str | None:
    """What a record decides, what is wrong with it, or None where it does not say."""
    schemes, person = found.get("labels"), found.get("user_id")
    if not isinstance(schemes, dict):
        return f"labels must be an object of schemes, not {schemes!r:.100}"
    ticked, status = _ticked(schemes, SCHEME), _ticked(schemes, STATUS)
    if ticked is None or status is None or len(status) > 1:
        return f"labels must hold what was ticked in {SCHEME!r} and in {STATUS!r}, not {schemes!r:.200}"
    if not ticked and not status:
        other = sorted(set(schemes) - {SCHEME, STATUS})
        return f"what was ticked is in {other}; call the scheme {SCHEME!r}" if other else None
    if found.get("instance_id") is None:
        return "instance_id is missing; nothing is guessed"
    if person is not None and not isinstance(person, str):
        return f"user_id must be text, not {person!r:.100}"
    word = status[0] if status else ""
    is_labelled = word.strip().lower() in ("", *LABELLED_WORDS)
    entry = entry_of(
        number,
        found["instance_id"],
        ticked,
        found,
        names,
        annotator=f"potato:{person}" if person else "",
        text=found.get("text"),
    )
    # Ticks beside a skip stay, so that the caller finds the two at odds.
    return entry if is_labelled else Entry(**(vars(entry) | {"labels": ticked or None, "status": word}))


def _ticked(schemes: Mapping[str, Any], scheme: str) -> list[str] | None:
    """The names ticked in a scheme; None where they are not given as Potato gives them."""
    found = schemes.get(scheme, {})
    if not isinstance(found, dict):
        return None
    return [name for name, value in found.items() if value not in (None, False, "")]


def _notes(n_open: int) -> tuple[str, ...]:
    if not n_open:
        return ()
    sentence = (
        f"{n_open} texts without a tick stay undecided: Potato does not say whether none applies; "
        f"ask for it in a radio scheme named {STATUS!r}, with the labels done, none, skip and unsure"
    )
    return (sentence,)


def _line(item: BatchItem, batch: Batch) -> dict[str, Any]:
    shown = seen(batch, item)
    is_ticked = shown is not None and shown.mode == "checked"
    return {
        "id": item.id,
        "text": item.text,
        **({"predictions": {SCHEME: list(item.suggested or ())}} if is_ticked else {}),
        **carried(batch, item, shown),
    }


def _is_potato(content: Content) -> bool:
    first = content.first
    is_export = "instance_id" in first and isinstance(first.get("labels"), dict)
    is_data = {"id", "text", "text_al_batch"} <= first.keys() and "label" not in first
    return "format" not in first and (is_export or is_data)


POTATO = Format(
    name="potato",
    title="Potato JSON Lines",
    suffix=".jsonl",
    recognises=_is_potato,
    read=read_potato,
    write=write_potato,
)
