"""Argilla: records as `rg.Dataset.records.from_json` and `to_json` have them, with our id as theirs.

The question is called "labels", the field "text". Argilla ticks what is suggested, so that a suggestion is
written only in the mode "checked"; else the likeliest labels stand in the metadata, as a line of text. It
refuses an empty answer to a required question: give the question the label "none" too, which is read as such
where no label of ours is called so.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from text_al.formats.batch import Batch, BatchItem
from text_al.formats.carried import carried, entry_of, flat, in_order, seen
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import Entry
from text_al.formats.whole_file import write_whole

QUESTION = "labels"
_AGENT = "text_al/"
_NOTHING = "none"
_RESPONSE_STATUS = {None: "", "submitted": "", "discarded": "skipped"}


def write_argilla(path: Path, batch: Batch) -> None:
    """Write records, as a JSON array; a file of this name is replaced.

    Raises:
        OSError: it cannot be written.
    """
    records = [_record(item, batch) for item in in_order(batch)]
    write_whole(path, json.dumps(records, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def read_argilla(content: Content, names: Sequence[str]) -> Reading:
    """The entries of a file, and what is wrong with its records."""
    unit = content.unit("record")
    records, problems = content.records(unit)
    entries: list[Entry] = []
    n_open = 0
    for number, found in records:
        if found.get("status") == "pending":
            n_open += bool(found.get("responses"))
            continue
        for one in _entries(number, found, names):
            if isinstance(one, Entry):
                entries.append(one)
            else:
                problems.append(f"{unit} {number}: {one}")
    sentence = f"{n_open} records have answers, but are pending: they may be drafts, and stay undecided"
    return Reading(unit, entries, problems, (sentence,) if n_open else ())


def _entries(number: int, found: Mapping[str, Any], names: Sequence[str]) -> Iterator[Entry | str]:
    """What each annotator decided in a record, or what is wrong."""
    responses = _responses(found)
    if isinstance(responses, str):
        yield responses
    elif not responses and found.get("status") == "completed":
        yield "it is completed, but holds no answer; export the records with their responses"
    elif responses and found.get("status") not in ("completed", "discarded"):
        yield f"the status {found.get('status')!r:.100} is not known; export with Argilla 2.1 or later"
    elif responses and found.get("id") is None:
        yield "the id is missing; nothing is guessed from the text"
    elif isinstance(responses, list):
        for response in responses:
            if response.get("status") != "draft":
                yield _entry(number, found, response, names)


def _responses(found: Mapping[str, Any]) -> list[dict[str, Any]] | str:
    """The answers to our question, or what is wrong with them."""
    responses = found.get("responses")
    if responses is None:
        return []
    if not isinstance(responses, dict):
        return f"responses must be an object, not {responses!r:.100}"
    if responses and QUESTION not in responses and len(responses) > 1:
        return f"answers to {list(responses)!r:.200}; call the question with the labels {QUESTION!r}"
    answers = responses.get(QUESTION, next(iter(responses.values()), []))
    if not isinstance(answers, list) or not all(isinstance(one, dict) for one in answers):
        return f"the responses must be a list of objects, not {answers!r:.100}"
    return answers


def _entry(
    number: int, found: Mapping[str, Any], response: Mapping[str, Any], names: Sequence[str]
) -> Entry | str:
    """What an answer decides, or what is wrong with it."""
    labels, person, status = response.get("value"), response.get("user_id"), response.get("status")
    if not (status is None or isinstance(status, str)) or status not in _RESPONSE_STATUS:
        return f"the status {status!r:.100} of a response is not known"
    if person is not None and not isinstance(person, str):
        return f"user_id must be text, not {person!r:.100}"
    is_skip = found.get("status") == "discarded" or bool(_RESPONSE_STATUS[status])
    if labels is None and not is_skip:
        return "a response without a value; nothing is guessed"
    if labels == [_NOTHING] and _NOTHING not in names:
        labels = []
    fields = found.get("fields")
    return entry_of(
        number,
        found["id"],
        labels,
        found.get("metadata"),
        names,
        status="skipped" if is_skip else "",
        how=_how(found),
        annotator=f"argilla:{person}" if person else "",
        text=fields.get("text") if isinstance(fields, dict) else None,
    )


def _how(found: Mapping[str, Any]) -> dict[str, Any]:
    """What was ticked before somebody answered, unless our own metadata tell more."""
    metadata, suggested = found.get("metadata"), found.get("suggestions")
    one = suggested.get(QUESTION) if isinstance(suggested, dict) else None
    if not isinstance(one, dict) or (isinstance(metadata, dict) and "text_al_shown" in metadata):
        return {}
    names, scores, agent = one.get("value"), one.get("score"), one.get("agent")
    is_scored = isinstance(names, list) and isinstance(scores, list) and len(names) == len(scores)
    labels = dict(zip(map(str, names or ()), scores or (), strict=True)) if is_scored else {}
    model = agent.removeprefix(_AGENT) if isinstance(agent, str) else ""
    return {"shown": {"model": model, "mode": "checked", "labels": labels}}


def _record(item: BatchItem, batch: Batch) -> dict[str, Any]:
    shown = seen(batch, item)
    chosen = list(item.suggested or ()) if shown is not None and shown.mode == "checked" else []
    suggestion = {
        "value": chosen,
        "score": [item.probs[name] for name in chosen] if set(chosen) <= item.probs.keys() else None,
        "agent": f"{_AGENT}{batch.model}",
    }
    return {
        "id": item.id,
        "fields": {"text": item.text},
        "metadata": flat(carried(batch, item, shown)),
        "suggestions": {QUESTION: suggestion} if chosen else {},
        "responses": {},
        "vectors": {},
    }


def _is_argilla(content: Content) -> bool:
    first = content.first
    is_record = isinstance(first.get("fields"), dict) and bool(first.keys() & {"responses", "suggestions"})
    return is_record and not first.keys() & {"format", "data"}


ARGILLA = Format(
    name="argilla",
    title="Argilla records",
    suffix=".json",
    recognises=_is_argilla,
    read=read_argilla,
    write=write_argilla,
)
