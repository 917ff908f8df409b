"""The list of labels: declared or found, checked once, then frozen."""

from collections.abc import Iterable, Sequence

from text_al.data.findings import shown
from text_al.errors import CorpusError
from text_al.types import Label

_SUBJECT = "the list of labels"


def frozen_labels(declared: Sequence[Label | str] | None, found: Iterable[str]) -> tuple[Label, ...]:
    """The declared labels in their order; or, where none are declared, those found, sorted.

    Raises:
        CorpusError: there is no label, or the names cannot be told apart.
    """
    if declared is not None:
        return checked_labels([Label(label) if isinstance(label, str) else label for label in declared])
    labels = checked_labels([Label(name) for name in sorted(found)])
    if not labels:
        raise CorpusError(
            _SUBJECT, ["no row has a label and none is declared; write their names in data.labels"]
        )
    return labels


def checked_labels(labels: Sequence[Label]) -> tuple[Label, ...]:
    """The labels themselves.

    Raises:
        CorpusError: a name that is blank, stands twice, or differs from another by blanks around it only.
    """
    problems = [
        f"label {shown(label.name)} is blank; give it a name" for label in labels if not label.name.strip()
    ]
    first: dict[str, str] = {}
    for label in labels:
        other = first.setdefault(label.name.strip(), label.name)
        if other != label.name:
            problems.append(
                f"labels {shown(other)} and {shown(label.name)} differ by blanks only; write both alike"
            )
    names = [label.name for label in labels]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    problems += [f"label {shown(name)} stands {names.count(name)} times; write it once" for name in twice]
    if problems:
        raise CorpusError(_SUBJECT, problems)
    return tuple(labels)


def joined_names_notice(names: Sequence[str], separator: str) -> str | None:
    """A warning where a found label looks like several: a part of it, cut at another sign, is a label too."""
    signs = [sign for sign in ",;|/" if sign != separator]
    for name in names:
        for sign in signs:
            if sign in name and any(part.strip() in names for part in name.split(sign)):
                mend = f"if it is, set data.columns.separator to '{sign}'"
                return f"label {shown(name)} looks like several; {mend}"
    return None
