"""A batch as JSON objects, and such objects as entries: what JSON Lines, Parquet and workbooks share."""

from collections.abc import Mapping, Sequence
from typing import Any

from text_al.circumstances import shown_plain
from text_al.formats.batch import Batch, BatchItem
from text_al.formats.entries import Entry

HEADER, ITEM, DECISION = "text_al.batch/1", "text_al.item/1", "text_al.decision/1"
EXTRA = ("annotator", "at", "comment", "text")
HOW = ("seconds", "shown", "ref", "settles")


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


def listed_labels(header: Mapping[str, Any], names: Sequence[str]) -> tuple[Sequence[str], str | None]:
    """The labels there were when a file was written, and what is wrong with them.

    Args:
        header: as `header_of` gives it; one without labels says nothing.
        names: of the labels there are now.
    """
    labels = header.get("labels", [])
    if not isinstance(labels, list):
        return names, f"labels must be a list, not {labels!r}"
    known = sorted(str(label.get("name") if isinstance(label, dict) else label) for label in labels)
    if known and known != sorted(names[: len(known)]):  # labels that were added since come last
        return names, f"its labels are {known}, but the run's are {sorted(names)}; is it another run's?"
    return known or names, None


def entry_of(number: int, found: Mapping[str, Any], listed: Sequence[str] | None) -> Entry:
    """The entry of an item or a decision; `listed`: the labels there were then, if there are more now."""
    labels = found.get("labels")
    return Entry(
        line=number,
        id=found["id"],
        labels=labels,
        status=found.get("status", ""),
        considered=considered_of(found.get("considered"), labels, listed),
        is_log=found["format"] == DECISION,
        extra=tuple((key, str(found[key])) for key in EXTRA if found.get(key) is not None),
        how={key: found[key] for key in HOW if found.get(key) is not None},
    )


def considered_of(considered: Any, labels: Any, listed: Sequence[str] | None) -> Any:
    """What is decided on: as it is said, else the labels there were, and those given beside them."""
    if considered is not None or listed is None:
        return considered
    given = labels if isinstance(labels, list) else []
    return [*listed, *(label for label in given if label not in listed)]
