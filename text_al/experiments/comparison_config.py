"""A comparison as it is written down: what is held against what, how often, and what all runs share."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from text_al.config.section import Count, Section, Text
from text_al.sentences import shown

FULL_DATA, RANDOM, CONTROL = "full_data", "random", "random_2"
"""Strategies of every comparison: all of the pool at once, chance, and chance again with other draws."""

_NAME = re.compile(r"^\w[\w.\-]*$")
Part = dict[str, Any]
Parts = Annotated[dict[str, Part], Field(min_length=1)]
AutoOrCount = Annotated[
    Annotated[Literal["auto"], Tag("<auto>")] | Annotated[Count, Tag("<count>")],
    Discriminator(lambda value: "<auto>" if isinstance(value, str) else "<count>"),
]


class DataSet(Section):
    """What is said of a data set beside a part of a run's configuration."""

    folder: Text | None = None
    """Its folder in `data_root`, if it has another name there."""
    learners: Annotated[list[Text], Field(min_length=1)] | None = None
    """The names of the learners that it is tried with; null: all."""
    opaque_labels: bool = False
    """Whether its labels are called x000, x001, ..., so that their names say nothing."""


class Comparison(Section):
    """A grid of runs: every data set with every learner, every strategy and every seed."""

    name: str
    """The comparison's folder under output_dir."""
    output_dir: Text = "saved"
    """Where the folders of all comparisons and runs are."""
    seeds: Count = 10
    """How many; strategies are compared in pairs of one seed. Fewer than 6 can show no difference."""
    resample: bool = True
    """Each seed draws its own samples and splits of the data; false: all seeds share those of data.seed."""
    workers: AutoOrCount = "auto"
    """Processes that run at a time; auto: as many as there are cores for, each with so many `threads`."""
    threads: Count = 1
    """CPU threads of each process."""
    data_root: Text | None = None
    """A folder with copies of the data sets, read in place of what they name: <data_root>/<folder>/<file>.
    The folder is the data set's name here, or its key `folder`; the file is that of its path, or
    <split>.jsonl of one of the Hub."""
    full_data: bool = True
    """Whether each data set, learner and seed is also fitted once on the whole pool."""
    keep_models: bool = False
    """Whether runs that are done keep their models, which take far more room than all else."""
    base: Part = Field(default={})
    """What all runs share: a part of a run's configuration."""
    data: Parts
    """Name to a part of a run's configuration, its section data above all. Further keys: `config`, a run's
    configuration beside this file, whose sections data and model are taken; and those of `DataSet`."""
    learners: Parts
    """Name to a part of a run's configuration, such as {learner: {type: tfidf}}."""
    strategies: Parts
    """Name to a part of the section active_learning, such as {strategy: {type: badge}}; random and its
    control are there by themselves."""

    @field_validator("name")
    @classmethod
    def _name_is_a_folder(cls, name: str) -> str:
        return _checked_name(name)

    @field_validator("data", "learners", "strategies", mode="before")
    @classmethod
    def _nothing_said_is_empty(cls, parts: Any) -> Any:
        if not isinstance(parts, Mapping):
            return parts
        return {_checked_name(str(name)): {} if part is None else part for name, part in parts.items()}

    @field_validator("strategies")
    @classmethod
    def _no_name_is_taken(cls, parts: Any) -> Any:
        for name in (FULL_DATA, CONTROL):
            if name in parts:
                raise ValueError(f"'{name}' is there by itself; give yours another name.")
        return parts

    @property
    def folder(self) -> Path:
        """Where everything of the comparison is."""
        return Path(self.output_dir) / self.name

    @property
    def all_strategies(self) -> Mapping[str, Part]:
        """Those that query, in order: chance, its control, and the others."""
        chance = {"strategy": {"type": RANDOM}}
        again = {"strategy": {"type": RANDOM, "args": {"draw": 1}}}
        return {RANDOM: chance, CONTROL: again, **self.strategies}


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{shown(name)} is no folder's name: use letters, digits, and . _ - after the first."
        )
    return name
