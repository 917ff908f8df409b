"""What the columns of a table are that people filled in: ours, and those of labels."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from text_al.formats.cells import unquoted
from text_al.registry import did_you_mean

EXTRA = ("annotator", "at", "comment", "text", "batch")
_TOLD = ("said", "reason", "in_doubt", "nearest", "rank", "score")  # written to be read by people only
_FILLED = ("id", "labels", "considered", "status", "seconds", "ref", "settles", "shown")
OWN = (*_FILLED, *EXTRA, *_TOLD)
"""Names of columns that are no label; a label of such a name stands in quotes."""


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are.

    Attributes:
        own: a name of `OWN` to its place.
        labels: a label's name to its place; empty where one column holds all names.
        problems: what is wrong with them, a sentence each, beginning with the row.
        strangers: names of columns that are nothing known.
    """

    own: Mapping[str, int]
    labels: Mapping[str, int]
    problems: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


def columns_of(header: Sequence[str], names: Sequence[str], *, unit: str, listed: Sequence[str]) -> Columns:
    """What the columns of a table are.

    Args:
        header: the cells of its first row.
        names: of the labels there are.
        unit: what a row is called: "row" or "line".
        listed: the labels that must have a column, where there is no column `labels`.
    """
    own: dict[str, int] = {}
    labels: dict[str, int] = {}
    problems: list[str] = []
    strangers: list[str] = []
    for place, cell in enumerate(header):
        word, label = cell.strip().casefold(), _label_of(cell, names)
        if not word:
            continue
        if word not in OWN and label is None:
            strangers.append(unquoted(cell))
            continue
        places, name = (own, word) if label is None else (labels, label)
        if name in places:
            problems.append(f"{unit} 1: two columns are called {name!r}; keep one")
        places[name] = place
    if "labels" in own:
        return Columns(own, {}, problems, [*strangers, *labels])
    problems += _missing(labels, listed, strangers, unit)
    return Columns(own, labels, problems, strangers)


def _label_of(cell: str, names: Sequence[str]) -> str | None:
    """The label of a column; blanks at its ends may be lost, as no two labels of a corpus differ by them."""
    name = unquoted(cell)
    if cell.strip().casefold() in OWN:
        return None
    alike = [one for one in names if one.strip() == name.strip()]
    return next((one for one in (name, cell, *alike[:1]) if one in names), None)


def _missing(
    labels: Mapping[str, int], listed: Sequence[str], strangers: Sequence[str], unit: str
) -> list[str]:
    missing = [name for name in listed if name not in labels]
    if not missing:
        return []
    problems = [
        f"{unit} 1: there is no column for the label {name!r}; its header is the label's name"
        + (f", here in quotes: {json.dumps(name)}" if name.casefold() in OWN else "")
        for name in missing
    ]
    return [
        *problems,
        *(f"{unit} 1: no label is called {name!r}. {did_you_mean(name, missing)}" for name in strangers),
    ]
