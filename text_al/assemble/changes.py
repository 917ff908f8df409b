"""A run that goes on under another configuration: what may change, with or without consent."""

from pathlib import Path
from typing import Any

from text_al.assemble.declared import as_it_began, missing_label_problems
from text_al.assemble.labels import RunLabels
from text_al.config import RunConfig, diff, load_config
from text_al.errors import ConfigError
from text_al.sentences import shown

FREE = (
    "active_learning.budget",
    "active_learning.query_size",
    "active_learning.stop",
    "annotation.blind_share",
    "annotation.guidelines",
    "annotation.overlap",
    "annotation.suggestions",
    "compute",
    "oracle",
    "output_dir",
    "plugins",
    "tracking",
)
"""How long, who answers, what is shown, on which machine: nothing that was measured becomes incomparable."""

NEVER = ("data", "name")
"""The rows of the pool are what all labels refer to."""

_MEND = "use another name for a new run"


def check_unchanged(stored: Path, config: RunConfig, labels: RunLabels, *, accept_changes: bool) -> None:
    """Compares with the configuration that the run began with.

    Args:
        stored: the run's config.yaml; a missing one was never written whole, and is no obstacle.
        config: the one to go on with.
        labels: of the run, as its store has them.
        accept_changes: whether changes that alter results are wanted.

    Raises:
        ConfigError: naming each key that stands in the way, both values, and what to do.
    """
    problems = missing_label_problems(config, labels, stored.parent)
    for key, old, new in _changes(stored, config, labels):
        is_fixed = _under(key, NEVER)
        if not _under(key, FREE) and (is_fixed or not accept_changes):
            mend = _MEND if is_fixed else f"{_MEND}, or --accept-changes to go on with this one"
            problems.append(f"{key}: this run has {shown(old)}, now it is {shown(new)}; {mend}")
    if problems:
        raise ConfigError(str(stored.parent), problems)


def _changes(stored: Path, config: RunConfig, labels: RunLabels) -> list[tuple[str, Any, Any]]:
    """What differs, but for labels that were added to the run."""
    if not stored.is_file():
        return []
    before = load_config(stored, environ={}).config
    return diff(as_it_began(before, labels), as_it_began(config, labels))


def _under(key: str, prefixes: tuple[str, ...]) -> bool:
    return any(key == prefix or key.startswith(f"{prefix}.") for prefix in prefixes)
