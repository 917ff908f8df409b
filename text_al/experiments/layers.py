"""What one cell's configuration is made of: parts of a comparison, laid over each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from text_al.assemble.checks import check_components
from text_al.config import RunConfig
from text_al.config.check import check_tree
from text_al.experiments.comparison_config import FULL_DATA, RANDOM, Comparison, DataSet, Part
from text_al.experiments.comparison_file import merged


@dataclass(frozen=True)
class Layers:
    """The parts of a configuration.

    Attributes:
        data: the name of the data set.
        own: what the data set says of itself beside.
        learner: the name of the learner.
        strategy: the name of the strategy.
        parts: key in the comparison to what stands there; a later one has the last word.
    """

    data: str
    own: DataSet
    learner: str
    strategy: str
    parts: Mapping[str, Part]

    def config(self, comparison: Comparison) -> RunConfig | list[tuple[str, str]]:
        """The configuration with seed 0, or problems by their keys in the comparison."""
        tree: Part = {}
        for part in self.parts.values():
            tree = merged(tree, part)
        config, found = check_tree(self._completed(tree, comparison), [check_components])
        problems = [(self._home(key), sentence) for key, sentence in found]
        return problems if config is None or problems else config

    def _completed(self, tree: Part, comparison: Comparison) -> Part:
        """With what the comparison decides: name, folder, seed, threads, and what is shown."""
        if self.strategy == FULL_DATA:
            tree["active_learning"] = _at_once(_section(tree, "active_learning"))
        folder = comparison.folder / "cells" / self.data / self.learner / self.strategy
        cache = {"cache": str(Path(comparison.output_dir) / ".cache")}
        return tree | {
            "name": "seed-00",
            "output_dir": str(folder),
            "seed": 0,
            "compute": merged({"threads": comparison.threads, **cache}, _section(tree, "compute")),
            "tracking": merged(_section(tree, "tracking"), {"progress": "none"}),
        }

    def _home(self, key: str) -> str:
        """The key in the comparison: of the part that says most of it, the last of equals."""
        depth, home = 0, "base"
        for name, part in self.parts.items():
            found = _depth(part, key)
            if found and found >= depth:
                depth, home = found, name
        if home.startswith("strategies."):
            key = key.removeprefix("active_learning").removeprefix(".")
        return f"{home}.{key}" if key else home


def layers_of(comparison: Comparison, data_sets: Mapping[str, DataSet]) -> Iterator[Layers]:
    """Of every data set with each of its learners and every strategy."""
    strategies = {**comparison.all_strategies, **({FULL_DATA: {}} if comparison.full_data else {})}
    for data, own in data_sets.items():
        said = {k: v for k, v in comparison.data[data].items() if k not in DataSet.model_fields}
        for learner in comparison.learners if own.learners is None else own.learners:
            for strategy, section in strategies.items():
                parts = {
                    "base": comparison.base,
                    f"data.{data}": said,
                    f"learners.{learner}": comparison.learners[learner],
                    f"strategies.{strategy}": {"active_learning": section},
                }
                yield Layers(data, own, learner, strategy, parts)


def _at_once(section: Part) -> Part:
    """One batch of all texts; how many they are is known once they are read."""
    kept = {"price": section["price"]} if "price" in section else {}
    return {**kept, "strategy": {"type": RANDOM}}


def _section(tree: Part, name: str) -> Part:
    found = tree.get(name)
    return dict(found) if isinstance(found, Mapping) else {}


def _depth(part: Any, key: str) -> int:
    """How many parts of a dotted key stand in this tree."""
    depth = 0
    for name in key.split("."):
        if not isinstance(part, Mapping) or name not in part:
            return depth
        part, depth = part[name], depth + 1
    return depth
