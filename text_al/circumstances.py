"""How a decision came about: what somebody saw while deciding, how long it took, and where it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

SuggestionMode = Literal["none", "ranked", "checked"]
"""What annotators see of a model: nothing; labels by probability; its predicted labels ticked already."""
SUGGESTION_MODES: tuple[SuggestionMode, ...] = ("none", "ranked", "checked")

Word = Literal["", "unsure", "rejected", "withdrawn"]
"""Why no label was decided: not said, could not decide, no text of this corpus, taken back."""

MACHINE = "llm:"
"""Annotators whose names begin like this are programs: what they say never stands against a person's word."""


def is_machine(annotator: str) -> bool:
    """Whether an annotator of this name is a program."""
    return annotator.startswith(MACHINE)


@dataclass(frozen=True)
class Shown:
    """What somebody saw of a model's opinion while deciding.

    Attributes:
        mode: how it was shown.
        model: whose opinion: the round of its training, for example "round-003", or a language model's name.
        labels: (name, probability in [0, 1]) as they were shown, the likeliest first.
        others: (program, names of the labels that it suggested), where there were such suggestions.
    """

    mode: SuggestionMode
    model: str = ""
    labels: tuple[tuple[str, float], ...] = ()
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Circumstances:
    """How a decision came about; each empty where nobody knows.

    Attributes:
        word: why no label was decided.
        seconds: how long it took.
        shown: what was seen of a model's opinion; None: not known.
        ref: where the tool keeps it, for example "annotation/17@2026-11-20T13:26:42Z".
        settles: decided to end a disagreement between annotators; holds against all of them.
    """

    word: Word = ""
    seconds: float | None = None
    shown: Shown | None = None
    ref: str = ""
    settles: bool = False

    def to_plain(self) -> dict[str, Any]:
        """As JSON can hold it, without what is empty; `from_plain` reads it."""
        found: dict[str, Any] = {
            name: value
            for name in ("word", "seconds", "ref", "settles")
            if (value := getattr(self, name)) not in ("", None, False)
        }
        if self.shown is not None:
            found["shown"] = shown_plain(self.shown)
        return found

    @classmethod
    def from_plain(cls, found: Mapping[str, Any]) -> Self:
        """What `to_plain` gave."""
        values = dict(found)
        if values.get("shown") is not None:
            shown = values["shown"]
            others = tuple((who, tuple(names)) for who, names in shown.get("others", {}).items())
            values["shown"] = Shown(
                shown["mode"], shown.get("model", ""), _pairs(shown.get("labels", {})), others
            )
        return cls(**values)


UNKNOWN = Circumstances()
"""Nothing is known of how a decision came about."""


def shown_plain(shown: Shown) -> dict[str, Any]:
    """As interchange files have it: model, mode, `labels` (name: probability), `others` (program: names)."""
    plain = {"model": shown.model, "mode": shown.mode, "labels": dict(shown.labels)}
    return plain | ({"others": {who: list(names) for who, names in shown.others}} if shown.others else {})


def shown_problems(found: Any) -> Sequence[str]:
    """What is wrong with `shown` as somebody wrote it; nothing where `Circumstances.from_plain` reads it."""
    if found is None:
        return ()
    if not isinstance(found, dict) or found.get("mode") not in SUGGESTION_MODES:
        return (f"shown must be an object whose mode is one of {', '.join(SUGGESTION_MODES)}, not {found!r}",)
    labels = found.get("labels", {})
    if not isinstance(found.get("model", ""), str):
        return (f"shown.model must be text, not {found['model']!r}",)
    if not (isinstance(labels, dict) and all(_is_number(p) and 0 <= p <= 1 for p in labels.values())):
        return (f"shown.labels must give each label a probability, not {labels!r}",)
    others = found.get("others", {})
    is_known = isinstance(others, dict) and all(map(_is_names, others.values()))
    return () if is_known else (f"shown.others must give each program a list of labels, not {others!r}",)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _pairs(labels: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple((name, float(p)) for name, p in labels.items())
