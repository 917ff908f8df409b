"""Texts that stand on several rows: found, told with the labels that contradict each other, never merged."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from text_al.data.drafts import Draft
from text_al.data.findings import plural
from text_al.data.texts import folded
from text_al.types import IntArray, TargetArray

_GROUPS_AT_ONCE = 1000
_GROUPS_SHOWN, _IDS_SHOWN = 5, 4


def equal_groups(keys: IntArray, strings: Callable[[IntArray], list[str]]) -> list[IntArray]:
    """Positions that hold equal strings, two or more a group; groups and positions in the order of the rows.

    Args:
        keys: (N,) a hash of each row's string; only rows whose key stands twice are looked at.
        strings: gives the strings at some positions.
    """
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    suspects = np.flatnonzero(counts[inverse] > 1)
    groups: dict[str, list[int]] = {}
    for position, string in zip(suspects.tolist(), strings(suspects), strict=True):
        groups.setdefault(string, []).append(position)
    return [np.array(group) for group in groups.values() if len(group) > 1]


def same_texts(draft: Draft) -> list[IntArray]:
    """The rows that share a text but for blanks, case and how accents are encoded; not empty texts."""
    visible = np.flatnonzero(draft.visible)
    keys = draft.array("folded_key")[visible]
    groups = equal_groups(keys, lambda at: [folded(text) for text in draft.strings("text", visible[at])])
    return [visible[group] for group in groups]


def group_numbers(n_rows: int, groups: Sequence[IntArray]) -> IntArray:
    """(N,) a number a row, equal for the rows of one group."""
    numbers = np.arange(n_rows)
    for group in groups:
        numbers[group] = group[0]
    return numbers


def duplicate_notices(draft: Draft, groups: Sequence[IntArray], labels: Sequence[str]) -> list[str]:
    """What a user should know of texts that stand on several rows: all are kept, and none is chosen.

    Args:
        draft: the rows.
        groups: the rows of it that share a text, as `same_texts` gives them.
        labels: the label names, in order.
    """
    opposed = [group for group, targets in _with_targets(draft, groups, labels) if contradict(targets)]
    known = {int(group[0]) for group in opposed}
    alike = [group for group in groups if int(group[0]) not in known]
    notices = []
    if opposed:
        notices.append(
            f"{draft.name}: {plural(len(opposed), 'text')} on several rows whose labels contradict "
            f"(ids {_in_words(draft, opposed)}); all are kept as they are, so correct the wrong ones"
        )
    if alike:
        ids = _in_words(draft, alike)
        notices.append(
            f"{draft.name}: {plural(len(alike), 'text')} on several rows (ids {ids}); all are kept"
        )
    return notices


def contradict(targets: TargetArray) -> bool:
    """Whether rows (n, L) of one text disagree on a label: one says yes, another no."""
    return bool(((targets == 1).any(axis=0) & (targets == 0).any(axis=0)).any())


def _with_targets(
    draft: Draft, groups: Sequence[IntArray], labels: Sequence[str]
) -> Iterator[tuple[IntArray, TargetArray]]:
    for start in range(0, len(groups), _GROUPS_AT_ONCE):
        some = groups[start : start + _GROUPS_AT_ONCE]
        targets = draft.targets(np.concatenate(some), labels)
        yield from zip(some, np.split(targets, np.cumsum([len(group) for group in some])[:-1]), strict=True)


def _in_words(draft: Draft, groups: Sequence[IntArray]) -> str:
    """The groups' ids, as in "a/b, c/d but for blanks or case"; of many groups the first."""
    text_keys = draft.array("text_key")
    words = []
    for group in groups[:_GROUPS_SHOWN]:
        ids = "/".join(draft.strings("id", group[:_IDS_SHOWN]))
        more = f"/{len(group) - _IDS_SHOWN} more" if len(group) > _IDS_SHOWN else ""
        words.append(
            ids + more + ("" if len(np.unique(text_keys[group])) == 1 else " but for blanks or case")
        )
    rest = len(groups) - _GROUPS_SHOWN
    return ", ".join(words) + (f" and {rest} more" if rest > 0 else "")
