"""What goes through a labelling tool and comes back unchanged: the same in all of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeGuard

from text_al.circumstances import Shown, shown_plain
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.entries import Entry

_MOST_SHOWN = 10  # a line of suggestions is read; one of hundreds is not


def seen(batch: Batch, item: BatchItem) -> Shown | None:
    """What whoever answers sees of a model's opinion in a tool that gives it a line, not a place a label."""
    shown = batch.shown(item)
    if shown is None or shown.mode == "none":
        return None if shown is None else Shown("none", shown.model)
    mode = "ranked" if item.suggested is None else shown.mode  # nothing is known that could be ticked
    return replace(shown, mode=mode, labels=shown.labels[:_MOST_SHOWN])


def carried(batch: Batch, item: BatchItem, shown: Shown | None) -> dict[str, Any]:
    """What a tool is given beside id and text, to be handed back as it is; `brought_back` reads it."""
    return {
        "text_al_batch": batch.id,
        "text_al_rank": item.rank,
        "text_al_reason": item.reason,
        "text_al_suggestions": suggestions(shown),
        "text_al_labels": len(batch.labels),  # those that are added later come last
        **({} if item.considered is None else {"text_al_considered": list(item.considered)}),
        **({} if shown is None else {"text_al_shown": shown_plain(shown)}),
        **({"text_al_settles": True} if batch.settles else {}),
    }


def flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a tool that holds text and numbers only; `brought_back` reads it too."""
    return {
        key: json.dumps(value, ensure_ascii=False, allow_nan=False)
        if isinstance(value, dict | list)
        else value
        for key, value in found.items()
    }


def suggestions(shown: Shown | None) -> str:
    """What a model makes of a text, in one line for people; "" where they must not see it."""
    if shown is None or shown.mode == "none":
        return ""
    return ", ".join(f"{name} {p:.0%}" for name, p in shown.labels)


def brought_back(found: Mapping[str, Any], names: Sequence[str], labels: Any) -> tuple[Any, dict[str, Any]]:
    """The labels that were decided on (None: it does not say), and how, out of what was `carried`.

    Args:
        found: what a tool handed back.
        names: of the labels there are.
        labels: those given; whoever gives one has considered it, whether it was asked about or not.
    """
    considered, n_then = _unpacked(found.get("text_al_considered")), found.get("text_al_labels")
    if considered is None and _is_number(n_then) and 0 < n_then <= len(names):
        considered = list(names[: int(n_then)])
    if isinstance(considered, list) and isinstance(labels, list):
        considered = considered + [name for name in labels if name in names and name not in considered]
    how: dict[str, Any] = {}
    if (shown := _unpacked(found.get("text_al_shown"))) is not None:
        how["shown"] = shown
    if found.get("text_al_settles") in (True, 1):
        how["settles"] = True
    return considered, how


def entry_of(
    number: int,
    found_id: Any,
    labels: Any,
    carried_back: Any,
    names: Sequence[str],
    *,
    status: str = "",
    how: Mapping[str, Any] | None = None,
    **extra: Any,
) -> Entry:
    """An entry of a tool's file.

    Args:
        number: of the task, record or line.
        found_id: as the file has it.
        labels: those given; ignored in a skip.
        carried_back: what `carried` went out with.
        names: of the labels there are.
        status: "", or why nothing is decided.
        how: what the tool tells of how it came about; goes before what was carried.
        extra: annotator, at, comment, text, and batch, if not as carried; what is no text or blank is left
            out.
    """
    given = None if status else labels
    known = carried_back if isinstance(carried_back, Mapping) else {}
    considered, told = brought_back(known, names, given)
    told |= {key: value for key, value in (how or {}).items() if value is not None}
    if "shown" in told and not is_shown(told["shown"]):
        told["shown"] = repr(told["shown"])  # the caller says what is wrong with it
    about = {"batch": known.get("text_al_batch")} | extra
    kept = tuple((key, value) for key, value in about.items() if isinstance(value, str) and value)
    # Without a name, a second answer may be another person's, and must not replace the first.
    is_log = any(key == "annotator" for key, _ in kept)
    return Entry(number, found_id, given, status, considered, is_log, kept, told)


def in_time(entries: Sequence[Entry]) -> list[Entry]:
    """The earlier before the later, where every entry has a time; else in the order of the file."""
    times = [_time(dict(entry.extra).get("at", "")) for entry in entries]
    if any(time is None for time in times):
        return list(entries)
    return [entries[place] for place in sorted(range(len(times)), key=lambda place: times[place] or 0.0)]


def json_lines(objects: Iterable[Mapping[str, Any]]) -> str:
    """An object a line."""
    return "".join(json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n" for one in objects)


def in_order(batch: Batch) -> list[BatchItem]:
    """The items of a batch, the one most worth labelling first."""
    return sorted(batch.items, key=lambda item: item.rank)


def _unpacked(value: Any) -> Any:
    """What `flat` was given."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def is_shown(shown: Any) -> bool:
    """Whether `shown` is an object that can be kept; what is wrong with its mode is told later."""
    if not isinstance(shown, dict) or not isinstance(shown.get("model", ""), str):
        return False
    labels = shown.get("labels", {})
    return isinstance(labels, dict) and all(not _is_number(p) or 0 <= p <= 1 for p in labels.values())


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _time(at: str) -> float | None:
    try:
        time = datetime.fromisoformat(at)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
