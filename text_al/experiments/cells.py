"""The cells of a comparison: one run for each data set, learner, strategy and seed, paired by seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from text_al.config import RunConfig
from text_al.config.keys import dotted
from text_al.experiments.comparison_config import Comparison, DataSet
from text_al.experiments.comparison_file import Loaded
from text_al.experiments.layers import layers_of
from text_al.sentences import did_you_mean, problem_sentence

_DECIDED = ("name", "output_dir", "seed")


@dataclass(frozen=True)
class Cell:
    """One run of a comparison.

    Attributes:
        data: the name of its data set.
        learner: the name of its learner.
        strategy: the name of its strategy, or "full_data".
        seed: its seed index.
        config: its configuration as declared: its texts are still those of the sources that are named.
        opaque_labels: whether its labels are called x000, x001, ...
        source_folder: the folder of its data set in `data_root`.
    """

    data: str
    learner: str
    strategy: str
    seed: int
    config: RunConfig
    opaque_labels: bool = False
    source_folder: str = ""

    @property
    def setting(self) -> str:
        """In what its strategy is compared, such as "goemotions/linear"."""
        return f"{self.data}/{self.learner}"

    @property
    def id(self) -> str:
        """Unique in the comparison."""
        return f"{self.setting}/{self.strategy}/{self.config.name}"

    @property
    def folder(self) -> Path:
        """Where its run is."""
        return Path(self.config.output_dir) / self.config.name


def cells_of(loaded: Loaded) -> list[Cell]:
    """All cells, those of one seed together.

    Raises:
        ConfigError: a cell's configuration cannot be used; every problem with its line in the file.
    """
    comparison = loaded.comparison
    problems: dict[tuple[str, str], None] = dict.fromkeys(_decided_elsewhere(comparison))
    data_sets, found = _data_sets(comparison)
    problems |= dict.fromkeys(found)
    cells: list[Cell] = []
    for layers in layers_of(comparison, data_sets):
        config = layers.config(comparison)
        if isinstance(config, list):
            problems |= dict.fromkeys(config)
        else:
            where = (layers.data, layers.learner, layers.strategy, 0)
            folder = layers.own.folder or layers.data
            cells.append(Cell(*where, config, layers.own.opaque_labels, folder))
    if problems:
        raise loaded.error(list(problems))
    return [_of_seed(cell, seed, comparison) for seed in range(comparison.seeds) for cell in cells]


def _of_seed(cell: Cell, seed: int, comparison: Comparison) -> Cell:
    """The seed fixes what is random in the run, and what is drawn of the data where that is drawn anew."""
    data = cell.config.data
    if comparison.resample:
        data = data.model_copy(update={"seed": seed})
    changes = {"seed": seed, "name": f"seed-{seed:02d}", "data": data}
    return replace(cell, seed=seed, config=cell.config.model_copy(update=changes))


def _data_sets(comparison: Comparison) -> tuple[dict[str, DataSet], list[tuple[str, str]]]:
    """What each data set says of itself, and what is wrong with it."""
    found: dict[str, DataSet] = {}
    problems: list[tuple[str, str]] = []
    for name, part in comparison.data.items():
        try:
            own = DataSet.model_validate({k: v for k, v in part.items() if k in DataSet.model_fields})
        except ValidationError as error:
            problems += [
                (f"data.{name}.{dotted(item['loc'])}", problem_sentence(dict(item)))
                for item in error.errors(include_url=False)
            ]
            continue
        unknown = [learner for learner in own.learners or () if learner not in comparison.learners]
        for learner in unknown:
            mend = did_you_mean(learner, comparison.learners)
            problems.append((f"data.{name}.learners", f"no learner is called '{learner}'. {mend}"))
        if not unknown:
            found[name] = own
    return found, problems


def _decided_elsewhere(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """What the comparison says of each run itself."""
    parts = {"base": comparison.base}
    parts |= {f"data.{name}": part for name, part in comparison.data.items()}
    parts |= {f"learners.{name}": part for name, part in comparison.learners.items()}
    for place, part in parts.items():
        for key in (key for key in _DECIDED if key in part):
            yield f"{place}.{key}", "is decided by the comparison for each of its runs; remove it."
