"""A batch as JSON objects, and such objects as entries: what JSON Lines, Parquet and workbooks share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from text_al.circumstances import shown_plain
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.entries import Entry

HEADER, ITEM, DECISION = "text_al.batch/1", "text_al.item/1", "text_al.decision/1"
EXTRA = ("annotator", "at", "comment", "text", "batch")
HOW = ("seconds", "shown", "ref", "settles")


@dataclass(frozen=True)
class Heading:
    """What a file says once of all that stands in it.

    Attributes:
        labels: those there were when it was written; None where it does not list them.
        batch: the batch's id; "" where it does not say.
    """

    labels: Sequence[str] | None = None
    batch: str = ""


def header_of(batch: Batch) -> dict[str, Any]:
    """What is said once of a batch."""
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


def item_of(item: BatchItem, batch: Batch) -> dict[str, Any]:
    """A text to be labelled; `labels` and `status` are to be filled in."""
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


def heading_of(header: Mapping[str, Any], names: Sequence[str]) -> tuple[Heading, str | None]:
    """What a file's header says, and what is wrong with it.

    Args:
        header: as `header_of` gives it; one without labels says nothing.
        names: of the labels there are now.
    """
    labels, batch = header.get("labels", []), header.get("batch")
    heading = Heading(batch=batch if isinstance(batch, str) else "")
    if not isinstance(labels, list):
        return heading, f"labels must be a list, not {labels!r}"
    known = sorted(str(label.get("name") if isinstance(label, dict) else label) for label in labels)
    if known and known != sorted(names[: len(known)]):  # labels that were added since come last
        return heading, f"its labels are {known}, but the run's are {sorted(names)}; is it another run's?"
    return replace(heading, labels=tuple(names[: len(known)]) or None), None


def entry_of(number: int, found: Mapping[str, Any], heading: Heading) -> Entry:
    """The entry of an item or a decision under a heading, which holds where it says nothing itself."""
    labels, about = found.get("labels"), {"batch": heading.batch or None}
    about |= {key: found[key] for key in EXTRA if found.get(key) is not None}
    return Entry(
        line=number,
        id=found["id"],
        labels=labels,
        status=found.get("status", ""),
        considered=considered_of(found.get("considered"), labels, heading.labels),
        is_log=found["format"] == DECISION,
        extra=tuple((key, str(value)) for key, value in about.items() if value is not None),
        how={key: found[key] for key in HOW if found.get(key) is not None},
    )


def considered_of(considered: Any, labels: Any, listed: Sequence[str] | None) -> Any:
    """What is decided on: as it is said, else the labels that the file lists, and those given beside them.

    None where the file lists none: then only what the text was asked about tells.
    """
    if considered is not None or listed is None:
        return considered
    given = labels if isinstance(labels, list) else []
    return [*listed, *(label for label in given if label not in listed)]
