"""doccano's JSON Lines, with `doc_id` as the id.

An export does not say which texts somebody has looked at: one without labels is not labelled yet, or none
applies; labels that were ticked before were approved, or never seen. So only a file whose name contains
"approved" (exported with "Export only approved documents") decides on these; of others the labels count that
somebody gave.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from text_al.formats.batch import Batch, BatchItem
from text_al.formats.carried import carried, entry_of, flat, in_order, json_lines, seen
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import Entry
from text_al.formats.whole_file import write_whole

_APPROVED = "approved"


def write_doccano(path: Path, batch: Batch) -> None:
    """Write texts for doccano's import as JSONL; a file of this name is replaced.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(path, json_lines(_line(item, batch) for item in in_order(batch)))


def read_doccano(content: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its records."""
    unit = content.unit("record")
    records, problems = content.records(unit)
    is_approved = _APPROVED in content.path.stem.lower()
    entries: list[Entry] = []
    n_open = 0
    for number, found in records:
        labels = found.get("label")
        if labels is None:
            continue
        entry = entry_of(
            number, found.get("doc_id"), labels, found, names, text=found.get("text"), comment=_comment(found)
        )
        if entry.id is None:
            problems.append(f"{unit} {number}: doc_id is missing; nothing is guessed from the text")
        elif is_approved or _is_given(entry):
            entries.append(entry)
        else:
            n_open += 1
    return Reading(unit, entries, problems, _notes(n_open))


def _is_given(entry: Entry) -> bool:
    """Whether a record's labels are somebody's decision, even if nobody approved it."""
    shown = entry.how.get("shown")
    return entry.labels != [] and not (isinstance(shown, dict) and shown.get("mode") == "checked")


def _notes(n_open: int) -> tuple[str, ...]:
    if not n_open:
        return ()
    sentence = (
        f"{n_open} texts stay undecided: doccano does not say whether somebody looked at them. Tick 'Export "
        f"only approved documents' there, and put {_APPROVED!r} in the file's name, as in {_APPROVED}.jsonl"
    )
    return (sentence,)


def _comment(found: Mapping[str, Any]) -> str:
    comments = found.get("Comments")
    return "\n".join(map(str, comments)) if isinstance(comments, list) else ""


def _line(item: BatchItem, batch: Batch) -> dict[str, Any]:
    shown = seen(batch, item)
    is_ticked = shown is not None and shown.mode == "checked"
    return {
        "text": item.text,
        "doc_id": item.id,
        "label": list(item.suggested or ()) if is_ticked else [],
        **flat(carried(batch, item, shown)),
    }


def _is_doccano(content: Content) -> bool:
    keys = content.first.keys()
    return (
        {"text", "label"} <= keys and bool(keys & {"doc_id", "Comments"}) and not keys & {"answer", "format"}
    )


DOCCANO = Format(
    name="doccano",
    title="doccano JSON Lines",
    suffix=".jsonl",
    recognises=_is_doccano,
    read=read_doccano,
    write=write_doccano,
)
