"""Label Studio: tasks to import, and its JSON export, where `data.text_al_id` is the id.

A prediction is ticked already when a task is opened. So one is written only in the mode "checked"; else the
likeliest labels stand in `data.text_al_suggestions`, as a line of text.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from text_al.formats.batch import Batch, BatchItem
from text_al.formats.carried import carried, entry_of, in_order, in_time, is_shown, seen
from text_al.formats.content import Content, Format, Reading
from text_al.formats.entries import Entry
from text_al.formats.label_studio_config import CONTROL, TEXT
from text_al.formats.whole_file import write_whole

_LOSSY_KEYS = {"annotation_id", "annotator", "lead_time"}
_Task = tuple[int, Mapping[str, Any]]


def write_label_studio(path: Path, batch: Batch) -> None:
    """Write tasks to import; a file of this name is replaced.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(path, json.dumps(tasks_of(batch), ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def tasks_of(batch: Batch) -> list[dict[str, Any]]:
    """The tasks of a batch, as Label Studio imports them, the one most worth labelling first."""
    return [_task(item, batch) for item in in_order(batch)]


def prediction_of(item: BatchItem, batch: Batch) -> dict[str, Any] | None:
    """What is ticked when the task is opened; None where nothing must be.

    Its score is high for what is least worth labelling: Label Studio serves the lowest first.
    """
    shown = seen(batch, item)
    if shown is None or shown.mode != "checked":
        return None
    choices = list(item.suggested or ())
    result = {"from_name": CONTROL, "to_name": TEXT, "type": "choices", "value": {"choices": choices}}
    return {
        "model_version": batch.model,
        "score": _confidence(item, batch),
        "result": [result] if choices else [],
    }


def read_label_studio(content: Content, names: Sequence[str]) -> Reading:
    """The entries of an export, and what is wrong with its tasks."""
    lossy = _lossy(content)
    if lossy:
        sentence = (
            f"this is a {lossy} export of Label Studio, which does not tell an empty answer from a skipped "
            "one; export as JSON"
        )
        return Reading("line", [], [sentence])
    unit = content.unit("task")
    tasks, problems = content.records(unit)
    entries, wrong, notes = entries_of(tasks, names, unit=unit)
    return Reading(unit, entries, [*problems, *wrong], notes)


def entries_of(
    tasks: Sequence[_Task], names: Sequence[str], *, unit: str = "task"
) -> tuple[list[Entry], list[str], tuple[str, ...]]:
    """What was decided in tasks, the earliest first; what is wrong with them; what a user should know.

    Args:
        tasks: (number, task) as an export or the API has them.
        names: of the labels there are.
        unit: what the numbers count.
    """
    controls = {control for _, task in tasks for control in _controls(task)}
    control = CONTROL if CONTROL in controls or not controls else min(controls)
    others = sorted(controls - {control})
    if others and control != CONTROL:
        return (
            [],
            [f"choices were made in {[control, *others]}; call the one with the labels {CONTROL!r}"],
            (),
        )
    entries: list[Entry] = []
    problems: list[str] = []
    for number, task in tasks:
        for found in _entries(number, task, names, control):
            if isinstance(found, Entry):
                entries.append(found)
            else:
                problems.append(f"{unit} {number}: {found}")
    notes = (
        (f"what was chosen in {', '.join(others)} is left out; only {CONTROL!r} is read",) if others else ()
    )
    return in_time(entries), problems, notes


def _entries(
    number: int, task: Mapping[str, Any], names: Sequence[str], control: str
) -> Iterator[Entry | str]:
    """What each annotator decided in a task, or what is wrong."""
    annotations, data = task.get("annotations"), task.get("data")
    if annotations is None or annotations == []:
        return
    if not isinstance(annotations, list) or not all(isinstance(one, dict) for one in annotations):
        yield f"annotations must be a list of objects, not {annotations!r:.100}"
    elif not isinstance(data, dict) or data.get("text_al_id") is None:
        yield "data.text_al_id is missing; nothing is guessed from the text"
    else:
        for annotation in annotations:
            yield _entry(number, annotation, data, names, control)


def _entry(
    number: int, annotation: Mapping[str, Any], data: Mapping[str, Any], names: Sequence[str], control: str
) -> Entry | str:
    """What an annotation decides, or what is wrong with it."""
    key, person, is_skip = (
        annotation.get("id"),
        annotation.get("completed_by"),
        annotation.get("was_cancelled"),
    )
    if is_skip not in (True, False, None):
        return f"annotation {key!r}: was_cancelled must be true or false, not {is_skip!r}"
    annotator = _annotator(person)
    if annotator is None:
        return f"annotation {key!r}: completed_by must be a user's number, not {person!r}"
    labels = [] if is_skip else _chosen(annotation.get("result"), control)
    if isinstance(labels, str):
        return f"annotation {key!r}: {labels}"
    at = annotation.get("updated_at") or annotation.get("created_at")
    return entry_of(
        number,
        data["text_al_id"],
        labels,
        data,
        names,
        status="skipped" if is_skip else "",
        how=_how(annotation, data, at),
        annotator=annotator,
        at=None if at is None else str(at),
        text=data.get("text"),
        comment=_comment(annotation.get("result")),
    )


def _how(annotation: Mapping[str, Any], data: Mapping[str, Any], at: Any) -> dict[str, Any]:
    """How an annotation came about; a number that names its edit, so that the same one is no news."""
    how = {"seconds": annotation.get("lead_time"), "ref": None}
    if at is not None and annotation.get("id") is not None:
        how["ref"] = f"annotation/{annotation['id']}@{at}"
    ticked = annotation.get("prediction")
    own: Any = data.get("text_al_shown")
    if isinstance(ticked, dict) and ticked:
        model = str(ticked.get("model_version") or "")
        is_own = is_shown(own) and own.get("model") == model
        how["shown"] = {"model": model, "mode": "checked", "labels": own.get("labels", {}) if is_own else {}}
    return how


def _annotator(person: Any) -> str | None:
    """A user as decisions name them; "" for nobody, None for what is no user."""
    if isinstance(person, dict):
        person = person.get("id", person.get("email"))
    if person is None:
        return ""
    return f"label-studio:{person}" if isinstance(person, int | str) and person is not True else None


def _chosen(result: Any, control: str) -> list[Any] | str:
    """The labels in an annotation's result, or what is wrong with it."""
    if not isinstance(result, list) or not all(isinstance(one, dict) for one in result):
        return f"result must be a list of objects, not {result!r:.100}"
    labels: list[Any] = []
    for one in result:
        value = one.get("value")
        choices = value.get("choices") if isinstance(value, dict) else None
        if one.get("type") == "choices" and one.get("from_name") == control:
            if not isinstance(choices, list):
                return f"choices must be a list of names, not {value!r:.100}"
            labels += choices
    kinds = {str(one.get("type")) for one in result} - {"choices", "textarea"}
    if kinds and not labels:  # the labels may be in there: this is no empty answer
        return f"results of type {', '.join(sorted(kinds))} are not read; ask for labels with <Choices>"
    return labels


def _controls(task: Mapping[str, Any]) -> Iterator[str]:
    """Names of what choices were made in."""
    annotations = task.get("annotations")
    for annotation in annotations if isinstance(annotations, list) else ():
        result = annotation.get("result") if isinstance(annotation, dict) else None
        for one in result if isinstance(result, list) else ():
            if (
                isinstance(one, dict)
                and one.get("type") == "choices"
                and isinstance(one.get("from_name"), str)
            ):
                yield one["from_name"]


def _comment(result: Any) -> str:
    """What was written beside the choices."""
    found: list[str] = []
    for one in result if isinstance(result, list) else ():
        value = one.get("value") if isinstance(one, dict) and one.get("type") == "textarea" else None
        text = value.get("text") if isinstance(value, dict) else None
        found += [part for part in (text if isinstance(text, list) else [text]) if isinstance(part, str)]
    return "\n".join(found)


def _task(item: BatchItem, batch: Batch) -> dict[str, Any]:
    prediction = prediction_of(item, batch)
    asked = "" if item.considered is None else f"Only about: {', '.join(item.considered)}"
    data = {"text": item.text, "text_al_id": item.id, **carried(batch, item, seen(batch, item))}
    return {
        "data": data | {"text_al_asked": asked},
        **({} if prediction is None else {"predictions": [prediction]}),
    }


def _confidence(item: BatchItem, batch: Batch) -> float:
    """In [0, 1]: 0 for the text most worth labelling."""
    scores = [one.score for one in batch.items if one.score is not None]
    if item.score is not None and max(scores) > min(scores):
        return round(1 - (item.score - min(scores)) / (max(scores) - min(scores)), 4)
    sure: Iterable[float] = [max(p, 1 - p) for p in item.probs.values()]
    return round(sum(sure) / len(item.probs), 4)


def _lossy(content: Content) -> str:
    """The name of an export that lost what we need; "" for the whole one."""
    if content.first:
        return "JSON_MIN" if content.first.keys() >= _LOSSY_KEYS and "data" not in content.first else ""
    if content.data[:4] in (b"PK\x03\x04", b"PAR1"):
        return ""
    head = content.text.split("\n", 1)[:1]
    for kind, delimiter in (("CSV", ","), ("TSV", "\t")):
        if set(next(csv.reader(head, delimiter=delimiter), [])) >= _LOSSY_KEYS:
            return kind
    return ""


def _is_label_studio(content: Content) -> bool:
    first = content.first
    data = first.get("data")
    is_task = isinstance(data, dict) and ("text_al_id" in data or isinstance(first.get("annotations"), list))
    return "format" not in first and (is_task or bool(_lossy(content)))


LABEL_STUDIO = Format(
    name="label_studio",
    title="Label Studio JSON",
    suffix=".json",
    recognises=_is_label_studio,
    read=read_label_studio,
    write=write_label_studio,
)
