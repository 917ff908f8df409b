"""A decision that the page sent: checked, and in the forms in which the pool and the journal take it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

from text_al.app import fields
from text_al.circumstances import Circumstances, Shown, SuggestionMode, Word
from text_al.data.page_journal import HOW, SOURCE
from text_al.formats.objects import DECISION
from text_al.types import Answer

Status = Literal["labelled", "skipped", "unsure", "rejected"]
_KEYS = (
    "annotator", "request", "id", "status", "labels", "considered", "seconds", "comment", "shown", "settles",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a decision may be about.

    Attributes:
        row: of the pool.
        considered: label indices that its text is asked about; None: all.
        model: whose opinion there is of it, for example "round-003"; "" where there was no model yet.
        is_hidden: whether the page was given nothing of that opinion.
        others: (program, indices of the labels that it suggests), of those that the page was given.
        mode: how the page shows these.
    """

    row: int
    considered: tuple[int, ...] | None
    model: str
    is_hidden: bool
    others: tuple[tuple[str, tuple[int, ...]], ...] = ()
    mode: SuggestionMode = "none"


@dataclass(frozen=True)
class Given:
    """A decision as it was sent, and when.

    Attributes:
        row: of the pool.
        id: of its text.
        request: the request that asked; "" where none did.
        annotator: who decided.
        status: what was decided.
        labels: indices of those that apply, ascending.
        considered: label indices that it is about; None: all.
        how: how it came about.
        comment: what the annotator noted.
        at: ISO 8601 time, UTC.
    """

    row: int
    id: str
    request: str
    annotator: str
    status: Status
    labels: tuple[int, ...]
    considered: tuple[int, ...] | None
    how: Circumstances
    comment: str
    at: str

    def answer(self, n_labels: int) -> Answer:
        """As the pool takes it."""
        asked = tuple(range(n_labels)) if self.considered is None else self.considered
        has, about = set(self.labels), set(asked)
        targets = tuple(int(label in has) if label in about else -1 for label in range(n_labels))
        is_labelled = self.status == "labelled"
        return Answer(
            self.row,
            "labelled" if is_labelled else "skipped",
            targets if is_labelled else None,
            self.annotator,
            SOURCE,
            self.at,
            self.comment,
            asked if is_labelled else self.considered,
            self.how,
            self.request,
        )

    def to_plain(self, names: Sequence[str]) -> dict[str, Any]:
        """As a line of interchange files has it, by names; `data.page_journal` reads it."""
        asked = range(len(names)) if self.considered is None else self.considered
        how = self.how.to_plain()
        return {
            "format": DECISION,
            "id": self.id,
            "row": self.row,
            "batch": self.request,
            "annotator": self.annotator,
            "at": self.at,
            "status": self.status,
            "labels": [names[label] for label in self.labels] if self.status == "labelled" else None,
            **({"considered": [names[label] for label in asked]} if self.is_partial else {}),
            **({"comment": self.comment} if self.comment else {}),
            **{name: how[name] for name in HOW if name in how},
        }

    @property
    def is_partial(self) -> bool:
        """Whether it says which labels it is about: where labels came later, "all" would mean others."""
        return self.considered is not None or self.status == "labelled"


def given_of(found: dict[str, Any], asked: Asked, names: Sequence[str]) -> Given:
    """A decision that was sent, its annotator, request and text being known already.

    Args:
        found: as it was sent.
        asked: what it may be about.
        names: of all labels.

    Raises:
        Refusal: a field is wrong; says which, and why.
    """
    fields.check_keys(found, _KEYS)
    status = _status(found)
    considered = _considered(found, names, asked)
    about = range(len(names)) if considered is None else considered
    labels = fields.label_indices(found.get("labels", []), "labels", about)
    if labels and status != "labelled":
        fields.invalid(f"an answer that is {status} has no labels")
    settles = fields.flag(found, "settles")
    if settles and status != "labelled":
        fields.invalid(f"an answer that is {status} settles nothing; leave the text to others")
    how = Circumstances(
        word=_word(status),
        seconds=fields.seconds_taken(found),
        shown=_shown(found, names, asked, about),
        settles=settles,
    )
    comment = fields.text(found, "comment", fields.LONGEST_COMMENT, default="")
    return Given(
        asked.row, found["id"], found["request"], found["annotator"], status, labels, considered,
        how, comment, now(),
    )  # fmt: skip


def now() -> str:
    """This second, UTC, as 2026-11-20T13:26:39Z."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _considered(found: dict[str, Any], names: Sequence[str], asked: Asked) -> tuple[int, ...] | None:
    """The labels that it is about: those that the page says it asked about, else those of the text."""
    if found.get("considered") is None:
        return asked.considered
    about = range(len(names)) if asked.considered is None else asked.considered
    return fields.label_indices(found["considered"], "considered", about)


def _shown(found: dict[str, Any], names: Sequence[str], asked: Asked, about: Collection[int]) -> Shown | None:
    shown = fields.shown_to(found.get("shown"), names, about)
    if shown is not None and shown.mode != "none" and asked.is_hidden:
        fields.invalid("shown names an opinion of the model, but none was there to be shown")
    if shown is None:
        return None
    others = tuple((who, tuple(names[label] for label in labels)) for who, labels in asked.others)
    mode = asked.mode if others and shown.mode == "none" else shown.mode
    return replace(shown, mode=mode, model=asked.model, others=others)


def _word(status: Status) -> Word:
    return status if status == "unsure" or status == "rejected" else ""


def _status(found: dict[str, Any]) -> Status:
    status = found.get("status")
    if status not in get_args(Status):
        fields.invalid(f"status must be one of {', '.join(get_args(Status))}")
    return cast("Status", status)
