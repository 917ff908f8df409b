"""The labels that a configuration declares, beside those of a run that has begun and may have more since."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from text_al.assemble import parts
from text_al.assemble.labels import RunLabels
from text_al.config import RunConfig
from text_al.types import Label, label_names


def as_it_began(config: RunConfig, labels: RunLabels) -> RunConfig:
    """The configuration without what stands in data.labels behind the labels that the run began with.

    Labels that were added may stand there or not, so that a configuration need not be changed, but may.
    """
    if not isinstance(config.data.labels, list) or _later(config, labels) is None:
        return config
    began = config.data.labels[: len(labels.names) - len(labels.added)]
    return config.model_copy(update={"data": config.data.model_copy(update={"labels": began})})


def missing_label_problems(config: RunConfig, labels: RunLabels, run: Path) -> list[str]:
    """A sentence for each label at the end of data.labels, or of the file it names, that a run does not have.

    Args:
        config: the one to go on with.
        labels: of the run.
        run: its folder.
    """
    missing = (_later(config, labels) or [])[len(labels.added) :]
    return [
        f"data.labels: this run has no label '{label.name}'; add it with: {_command(label, run)}"
        for label in missing
    ]


def _later(config: RunConfig, labels: RunLabels) -> Sequence[Label] | None:
    """What is declared behind the labels that the run began with; None where other labels are declared."""
    declared = config.data.labels
    if declared is None or (isinstance(declared, str) and not Path(declared).is_file()):
        return None
    given, n_began = parts.labels_of(config.data) or [], len(labels.names) - len(labels.added)
    later = given[n_began:]
    is_alike = all(one in (two, Label(two.name)) for one, two in zip(later, labels.added, strict=False))
    return later if is_alike and label_names(given[:n_began]) == labels.names[:n_began] else None


def _command(label: Label, run: Path) -> str:
    """What adds a label as it is declared."""
    described = ["--description", label.description] if label.description else []
    examples = [word for example in label.examples for word in ("--example", example)]
    return shlex.join(["text-al", "labels", "add", label.name, str(run), *described, *examples])
