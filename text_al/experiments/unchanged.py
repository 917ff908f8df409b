"""A comparison that goes on: more cells may come, but none that has begun may become another."""

from collections.abc import Sequence
from pathlib import Path

from text_al.config import diff
from text_al.errors import ConfigError
from text_al.experiments.cell_state import STATE
from text_al.experiments.cells import Cell, cells_of
from text_al.experiments.comparison_config import Comparison
from text_al.experiments.comparison_file import load_comparison
from text_al.loop.run_folder import RunFolder
from text_al.sentences import shown

FILE = "comparison.yaml"
FREE = ("compute", "tracking", "output_dir", "plugins")
"""On which machine, and what is written: nothing that was measured becomes incomparable."""
_MEND = "use another name for a new comparison"


def with_what_is_there(new: Comparison, cells: Sequence[Cell]) -> Comparison:
    """The comparison with the parts of an earlier one in its folder, whose cells stay in its tables.

    Args:
        new: what is asked for now.
        cells: its cells.

    Raises:
        ConfigError: a cell that has begun would be another; names each key, both values, and what to do.
    """
    stored = new.folder / FILE
    if not stored.exists():
        return new
    before = load_comparison(stored)
    began = {cell.id: cell for cell in cells_of(before) if _has_begun(cell.folder)}
    problems: dict[str, str] = {}
    for cell in cells:
        for key, old, now in _changes(began.get(cell.id), cell):
            said = f"{key}: this run has {shown(old)}, now it is {shown(now)}; {_MEND}"
            problems.setdefault(said, cell.id)
    if problems:
        raise ConfigError(str(new.folder), [f"{where}: {said}" for said, where in problems.items()])
    old = before.comparison
    return new.model_copy(
        update={
            "seeds": max(new.seeds, old.seeds),
            "full_data": new.full_data or old.full_data,
            "data": {**old.data, **new.data},
            "learners": {**old.learners, **new.learners},
            "strategies": {**old.strategies, **new.strategies},
        }
    )


def _changes(old: Cell | None, new: Cell) -> list[tuple[str, object, object]]:
    if old is None:
        return []
    found = [change for change in diff(old.config, new.config) if not _is_free(change[0])]
    if old.opaque_labels != new.opaque_labels:
        found.append(("opaque_labels", old.opaque_labels, new.opaque_labels))
    return found


def _is_free(key: str) -> bool:
    return any(key == free or key.startswith(f"{free}.") for free in FREE)


def _has_begun(folder: Path) -> bool:
    return RunFolder(folder).state.exists() or (folder / STATE).exists()
