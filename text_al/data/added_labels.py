"""Labels that are added to a pool in use. The store alone says which labels there are.

A label comes last, so that the places of the others stay. Events are never changed: those from before it say
nothing of it, and `AddedLabel.after` tells which they are. A corpus on disk stays as it was prepared.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from text_al.data.findings import CellError, shown
from text_al.data.store import RunStore
from text_al.data.texts import refuse_lone_surrogates
from text_al.errors import PoolError
from text_al.types import Label

LABELS, _ADDED = "pool.labels", "pool.added"
"""The store's facts: the names of all labels, and what is known of those that came later."""


@dataclass(frozen=True)
class AddedLabel:
    """A label that came later, and the id of the last event before it; 0: there was none."""

    label: Label
    after: int


def stored_names(store: RunStore) -> tuple[str, ...]:
    """(L,) the names of all labels, those that were added last; none where the store holds no pool."""
    return tuple(json.loads(store.meta(LABELS) or "[]"))


def added_labels(store: RunStore) -> tuple[AddedLabel, ...]:
    """Those that were added, in order."""
    return tuple(_read(**item) for item in json.loads(store.meta(_ADDED) or "[]"))


def add_label(store: RunStore, label: Label) -> int:
    """Adds a label, of which nothing is known yet. Pools that are open do not see it; open them anew.

    Args:
        store: with a pool.
        label: its name is the pool's last from now on.

    Returns:
        Its place among all labels.

    Raises:
        PoolError: the store holds no pool, or the name is blank, no text, or there already.
    """
    with store.transaction():
        names = stored_names(store)
        if not names:
            raise PoolError("this store holds no pool yet; run it first, or write the label in data.labels")
        if problem := _name_problem(label.name, names):
            raise PoolError(f"label {shown(label.name)} cannot be added: {problem}")
        last_event = int(store.fetch("SELECT COALESCE(MAX(id), 0) FROM events")[0][0])
        added = [asdict(one.label) | {"after": one.after} for one in added_labels(store)]
        added.append(asdict(label) | {"after": last_event})
        store.set_meta(LABELS, json.dumps([*names, label.name], ensure_ascii=False))
        store.set_meta(_ADDED, json.dumps(added, ensure_ascii=False))
    return len(names)


def _read(name: str, description: str, examples: Sequence[str], after: int) -> AddedLabel:
    return AddedLabel(Label(name, description, tuple(examples)), after)


def _name_problem(name: str, names: Sequence[str]) -> str:
    """Why a name cannot be another label's, or ""."""
    try:
        refuse_lone_surrogates(name, "name")
    except CellError as error:
        return str(error)
    if not name.strip():
        return "its name is blank; give it one"
    if name in names:
        return "there is one of this name already"
    alike = [other for other in names if other.strip() == name.strip()]
    return f"it differs from {shown(alike[0])} by blanks only; give it another name" if alike else ""
