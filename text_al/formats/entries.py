"""From what stands in a file to decisions: the one place that says what blank, null and each status mean."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from text_al.annotators import annotator_name
from text_al.circumstances import Circumstances, shown_problems
from text_al.formats.batch import Decision
from text_al.registry import did_you_mean

NOTHING_WORDS = ("none", "empty")
LABELLED_WORDS = ("labelled", "labeled", "done")
KEPT_WORDS = ("unsure", "rejected", "withdrawn")  # skips of a kind that is kept
SKIPPED_WORDS = ("skipped", "skip", *KEPT_WORDS)
SUGGESTED = "suggested"  # a machine's proposal, which decides nothing
_WORDS = ("", *LABELLED_WORDS, *NOTHING_WORDS, *SKIPPED_WORDS, SUGGESTED)


@dataclass(frozen=True)
class Entry:
    """One text's line in a file, as it stands there.

    Attributes:
        line: the number of its line, row or record, from 1.
        id: should be text.
        labels: should be a list of names, or None where none is given.
        status: should be text; "" where none is given.
        considered: should be a list of names, or None where the file does not say.
        is_log: a line of a log, in which a later line replaces an earlier one of the same annotator; else a
            line to fill in, of which there is one a text.
        extra: annotator, at, comment, text and batch, where given.
        how: seconds, shown (as interchange files have it), ref and settles, where given; unchecked.
    """

    line: int
    id: Any
    labels: Any
    status: Any
    considered: Any = None
    is_log: bool = False
    extra: tuple[tuple[str, str], ...] = ()
    how: Mapping[str, Any] = field(default_factory=dict)


def decisions_of(
    entries: Iterable[Entry], names: Sequence[str], *, unit: str = "line"
) -> tuple[list[Decision], list[str]]:
    """The decisions in a file, in its order, and all that is wrong with it, one sentence each.

    Args:
        entries: as they stand in the file.
        names: of the labels there are.
        unit: what the numbers of entries count: "line", "row", "task" or "record".
    """
    taken: dict[tuple[str, str], Decision] = {}
    problems: list[str] = []
    for entry in entries:
        found = _problems(entry, names)
        problems += [f"{unit} {entry.line}, id {entry.id!r}: {problem}" for problem in found]
        decision = None if found else _decision(entry)
        if decision is None:
            continue
        key = (decision.id, decision.annotator)
        if key in taken and not entry.is_log:
            problems.append(
                f"{unit}s {taken[key].line} and {entry.line} both decide on id {entry.id!r}; keep one"
            )
        taken.pop(key, None)
        taken[key] = decision
    return list(taken.values()), problems


def _decision(entry: Entry) -> Decision | None:
    """The decision of an entry without problems; None where it holds none yet."""
    word = entry.status.strip().lower()
    if word == SUGGESTED or (not word and entry.labels is None):
        return None
    skipped = word in SKIPPED_WORDS
    how = dict(entry.how) | ({"word": word} if word in KEPT_WORDS else {})
    about = dict(entry.extra)
    if name := about.pop("annotator", "").strip():
        about["annotator"] = annotator_name(name)
    return Decision(
        id=entry.id,
        status="skipped" if skipped else "labelled",
        labels=() if skipped else tuple(dict.fromkeys(entry.labels or ())),
        considered=None if entry.considered is None else tuple(entry.considered),
        line=entry.line,
        how=Circumstances.from_plain(how),
        **about,
    )


def _problems(entry: Entry, names: Sequence[str]) -> list[str]:
    problems = [] if isinstance(entry.id, str) and entry.id else ["the id must be text, in quotes"]
    problems += _name_problems("labels", entry.labels, names) + _name_problems(
        "considered", entry.considered, names
    )
    word = entry.status.strip().lower() if isinstance(entry.status, str) else None
    if word not in _WORDS:
        problems.append(
            f"the status {entry.status!r} is not known. {did_you_mean(str(entry.status), _WORDS[1:])}"
        )
    elif entry.labels is None and word in LABELLED_WORDS:
        problems.append(f"the status is {word!r}, but labels is null; write [] where no label applies")
    elif entry.labels and word in (*NOTHING_WORDS, *SKIPPED_WORDS):
        problems.append(f"the status is {word!r}, but there are labels; keep one of the two")
    about = dict(entry.extra)
    problems += _annotator_problems(about.get("annotator", "")) + _time_problems(about.get("at"))
    problems += _how_problems(entry.how)
    if not problems and entry.labels and entry.considered is not None:
        beyond = [name for name in entry.labels if name not in entry.considered]
        problems += [f"the label {name!r} is given, but not among those considered" for name in beyond]
    return problems


def _how_problems(how: Mapping[str, Any]) -> list[str]:
    problems = list(shown_problems(how.get("shown")))
    seconds = how.get("seconds")
    is_time = (
        isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < float("inf")
    )
    if seconds is not None and not is_time:
        problems.append(f"seconds must be a number from 0 on, not {seconds!r}")
    return problems


def _annotator_problems(name: str) -> list[str]:
    try:
        annotator_name(name.strip() or "nobody")
    except ValueError as error:
        return [str(error)]
    return []


def _time_problems(at: str | None) -> list[str]:
    try:
        datetime.fromisoformat(at or "2000-01-01")
    except ValueError:
        return [f"the time {at!r} is not ISO 8601; write it as in 2026-11-20T13:26:39Z"]
    return []


def _name_problems(what: str, found: Any, names: Sequence[str]) -> list[str]:
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        return [f"{what} must be a list of names, not {found!r}"]
    return [
        f"no label is called {name!r}. {did_you_mean(name, names)}" for name in found if name not in names
    ]
