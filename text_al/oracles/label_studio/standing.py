"""How far a batch has come on the server, beside what the run knows of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from text_al.data.events import LabelEvent, answers_of
from text_al.formats.label_studio import entries_of
from text_al.oracles.label_studio.connector import Look
from text_al.oracles.label_studio.tasks import ID
from text_al.types import LabelRequest


@dataclass(frozen=True)
class Standing:
    """A run's waiting batch on the server.

    Attributes:
        look: what is there.
        batch: the batch's id; "" where the run waits for none.
        n_texts: in the batch.
        n_missing: texts that the run waits for, of this batch or another.
        n_labelled: texts of it that somebody labelled on the server, with no label perhaps.
        n_skipped: texts of it that were only skipped there.
        n_news: annotations that the run has not taken yet.
        gone: ids of texts whose annotation was taken, and is no longer there.
        twice: ids of texts that are there more than once.
    """

    look: Look
    batch: str
    n_texts: int
    n_missing: int
    n_labelled: int = 0
    n_skipped: int = 0
    n_news: int = 0
    gone: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()

    @property
    def n_there(self) -> int:
        """Texts of the batch that are on the server."""
        return len({str(task["data"].get(ID)) for task in self.look.tasks})


def standing_of(
    look: Look,
    request: LabelRequest | None,
    ids: Sequence[str],
    events: Sequence[LabelEvent],
    *,
    n_missing: int,
) -> Standing:
    """What is there and what is known, side by side.

    Args:
        look: the batch on the server.
        request: that the run waits for; None for none.
        ids: (n,) of its texts.
        events: all that happened to its rows.
        n_missing: texts that the run waits for.
    """
    if request is None:
        return Standing(look, "", 0, n_missing)
    counts = Counter(str(task["data"].get(ID)) for task in look.tasks)
    labelled = {str(task["data"].get(ID)) for task in look.tasks if _is_labelled(task)}
    answered = {str(task["data"].get(ID)) for task in look.tasks if task.get("annotations")}
    entries, _, _ = entries_of([(int(task["id"]), task) for task in look.tasks], ())
    refs = {entry.how["ref"] for entry in entries if entry.how.get("ref")}
    known = {event.how.ref for event in events}
    return Standing(
        look,
        request.id,
        len(request.rows),
        n_missing,
        n_labelled=len(labelled),
        n_skipped=len(answered - labelled),
        n_news=len(refs - known),
        gone=_gone(request, ids, events, {_number(ref) for ref in refs}),
        twice=tuple(sorted(text_id for text_id, count in counts.items() if count > 1)),
    )


def _is_labelled(task: Mapping[str, Any]) -> bool:
    return any(not annotation.get("was_cancelled") for annotation in task.get("annotations") or ())


def _gone(
    request: LabelRequest, ids: Sequence[str], events: Sequence[LabelEvent], there: set[str]
) -> tuple[str, ...]:
    """Ids of texts of which somebody's last word was an annotation that is not there."""
    found: list[str] = []
    for row, text_id in zip(request.rows, ids, strict=True):
        own = [event for event in events if event.row == row]
        refs = [event.how.ref for event in answers_of(own, request.id).values()]
        if any(ref.startswith("annotation/") and _number(ref) not in there for ref in refs):
            found.append(text_id)
    return tuple(found)


def _number(ref: str) -> str:
    """An annotation without its edit."""
    return ref.split("@", 1)[0]
