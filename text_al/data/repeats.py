"""Ids that stand on several rows: a row repeated whole is kept once, anything else is a problem."""

from typing import TypeAlias

import numpy as np
import pyarrow as pa

from text_al.data.drafts import Draft
from text_al.data.duplicates import equal_groups
from text_al.data.findings import Findings, listed, plural, shown
from text_al.data.marks import State
from text_al.data.tables import PartedTable
from text_al.types import BoolArray, IntArray

_Content: TypeAlias = tuple[int, int, frozenset[tuple[str, int]]]
"""What makes two rows the same: the text's key, the state, and the marks in whatever order."""


def without_repeats(draft: Draft, findings: Findings) -> Draft:
    """The draft with each repeated row once; rows that share an id and differ are a problem each."""
    keep = np.ones(len(draft), np.bool_)
    groups = _same_ids(draft)
    contents = _contents(draft, groups)
    for group in groups:
        if len({contents[row] for row in group.tolist()}) == 1:
            keep[group[1:]] = False
        else:
            findings.problem(_clash(draft, group))
    if keep.all():
        return draft
    number = plural(int((~keep).sum()), "row")
    return draft.keep(
        keep, f"{draft.name}: {number} repeated word for word and kept once (ids {draft.listed(~keep)})"
    )


def joined(pool: Draft, labelled: Draft, findings: Findings) -> tuple[Draft, BoolArray]:
    """The pool with the labelled rows at its end, and which of the rows (N,) these are.

    A text that stands in both under one id is kept once, as labelled; rows that share an id and differ are a
    problem.
    """
    both = Draft(
        pool.name,
        PartedTable(pa.concat_tables([pool.table.arrow, labelled.table.arrow])),
        np.concatenate([pool.states, labelled.states]),
        np.concatenate([pool.rows, labelled.rows + len(pool.table)]),
        pool.notices + labelled.notices,
    )
    given = np.arange(len(both)) >= len(pool)
    keep = np.ones(len(both), np.bool_)
    groups = _same_ids(both)
    contents = _contents(both, groups)
    for group in groups:
        in_pool, in_labelled = (contents[row] for row in group.tolist())
        unlabelled_copy = in_pool[0] == in_labelled[0] and in_pool[1] == State.UNLABELLED
        keep[group[0]] = False
        if in_pool != in_labelled and not unlabelled_copy:
            findings.problem(_clash(both, group))
    if keep.all():
        return both, given
    number = plural(int((~keep).sum()), "row")
    notice = f"labelled: {number} of it in the pool too and kept once, as labelled (ids {both.listed(~keep)})"
    return both.keep(keep, notice), given[keep]


def _same_ids(draft: Draft) -> list[IntArray]:
    return equal_groups(draft.array("id_key"), lambda at: draft.strings("id", at))


def _contents(draft: Draft, groups: list[IntArray]) -> dict[int, _Content]:
    """What the rows of the groups say, by row."""
    if not groups:
        return {}
    at = np.concatenate(groups)
    text_keys, states = draft.array("text_key")[at].tolist(), draft.states[draft.rows[at]].tolist()
    names, values = draft.lists("names", at), draft.lists("values", at)
    marks = [frozenset(zip(some, ones, strict=True)) for some, ones in zip(names, values, strict=True)]
    return dict(zip(at.tolist(), zip(text_keys, states, marks, strict=True), strict=True))


def _clash(draft: Draft, group: IntArray) -> str:
    row_id = shown(draft.strings("id", group[:1])[0])
    places = listed(draft.strings("where", group))
    mend = "give each text an id of its own"
    return f"id {row_id} stands on rows that differ in text or labels ({places}); {mend}"
