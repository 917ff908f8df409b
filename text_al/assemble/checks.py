"""What a configuration must satisfy beyond its schema: the names in it exist, and their settings fit them."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from text_al.config import load as loading
from text_al.config.schema import ActiveLearning, RunConfig
from text_al.loop.sub_pools import SUB_POOLS
from text_al.oracles import ORACLES
from text_al.registry import Entry, Registry, SettingsError, UnknownNameError
from text_al.strategies import PAIRS, SELECTIONS, STRATEGIES
from text_al.training.learners import LEARNERS
from text_al.training.losses import LOSSES

_REGISTRIES: dict[str, Registry[Any]] = {
    "active_learning.strategy": STRATEGIES,
    "active_learning.selection": SELECTIONS,
    "active_learning.sub_pool": SUB_POOLS,
    "active_learning.initial": STRATEGIES,
    "active_learning.preselect": STRATEGIES,
    "learner": LEARNERS,
    "oracle": ORACLES,
    "training.loss": LOSSES,
}


def load_config(
    path: Path | str, overrides: Sequence[str] = (), *, environ: Mapping[str, str] | None = None
) -> RunConfig:
    """Reads and checks a configuration, down to the settings of each strategy; no model is loaded.

    Args:
        path: a YAML file.
        overrides: `section.key=value` each.
        environ: variables TEXT_AL__SECTION__KEY are taken from here; None takes os.environ.

    Raises:
        ConfigError: with every problem, each with its file and line, its value and what to do.

    Example:
        >>> import text_al
        >>> config = text_al.load_config("configs/quickstart.yaml", ["active_learning.budget=200"])
        >>> config.active_learning.budget
        200
    """
    return loading.load_config(path, overrides, environ=environ, checks=[check_components]).config


def check_components(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Problems, as (dotted key, sentence), of everything in the tree that is named and has settings."""
    yield from _import_plugins(tree.get("plugins"))
    for key, registry in _REGISTRIES.items():
        component = _at(tree, key)
        if isinstance(component, Mapping) and isinstance(component.get("type"), str):
            yield from _component_problems(key, registry, component["type"], component.get("args") or {})
    yield from _first_batch_problems(tree)
    yield from _sub_pool_problems(tree)
    yield from _preselect_problems(tree)
    yield from _selection_problems(tree)
    yield from _rare_label_problems(tree)
    yield from _ask_problems(tree)
    yield from _watched_metric_problems(tree)


def _component_problems(key: str, registry: Registry[Any], name: str, args: Any) -> Iterator[tuple[str, str]]:
    try:
        entry = registry.entry(name)
        if isinstance(args, Mapping):
            entry.check(args)
    except UnknownNameError as error:
        yield f"{key}.type", f"{error}"
    except SettingsError as error:
        for setting, sentence in error.problems:
            yield f"{key}.args.{setting}", sentence


def _first_batch_problems(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The first batch is chosen before there is a model, or by one that was never fitted."""
    initial = _at(tree, "active_learning.initial")
    name = initial.get("type") if isinstance(initial, Mapping) else None
    if name not in STRATEGIES.names() or "before_fit" in STRATEGIES.entry(name).claims:
        return
    if STRATEGIES.entry(name).needs:
        needs = ", ".join(sorted(STRATEGIES.entry(name).needs))
        yield (
            "active_learning.initial.type",
            f"'{name}' needs {needs}, and there is no model yet; use random, or one such as typiclust.",
        )


def _sub_pool_problems(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A sub-pool that goes by scores needs a strategy that gives some; any other holds a whole query."""
    name, args = _at(tree, "active_learning.sub_pool.type"), _at(tree, "active_learning.sub_pool.args")
    if name not in SUB_POOLS.names():
        return
    strategy = _at(tree, "active_learning.strategy.type")
    if "scores" not in SUB_POOLS.entry(name).needs:
        yield from _small_sub_pool_problems(args if isinstance(args, Mapping) else {}, tree)
    elif strategy in STRATEGIES.names() and not _scores_by_text(STRATEGIES.entry(strategy)):
        mend = "use sub_pool random or anchor, which go with any strategy, or a strategy such as margin"
        sentence = f"'{name}' goes by the score of each text, but strategy '{strategy}' gives none; {mend}."
        yield "active_learning.sub_pool.type", sentence


def _selection_problems(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A rule makes a batch of scores; a strategy that chooses texts together has none."""
    key, rule = "active_learning.selection.type", _at(tree, "active_learning.selection.type")
    name = _at(tree, "active_learning.strategy.type")
    if rule in (None, "best") or name not in STRATEGIES.names() or STRATEGIES.entry(name).kind == "score":
        return
    yield (
        key,
        f"strategy '{name}' chooses texts together and leaves nothing to '{rule}'; leave selection out.",
    )


def _preselect_problems(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Texts are preselected window by window, so each must be scored by itself."""
    key = "active_learning.preselect.type"
    name = _at(tree, key)
    if name != "random" and name in STRATEGIES.names() and not _scores_by_text(STRATEGIES.entry(name)):
        yield key, f"'{name}' compares texts with each other; use random, or one such as multilabel_entropy."


def _scores_by_text(entry: Entry) -> bool:
    return entry.kind == "score" and "relative" not in entry.claims


def _rare_label_problems(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A share for rare labels leaves no strategy a score of each text: all are chosen together."""
    key, name = "active_learning.rare_labels", _at(tree, "active_learning.sub_pool.type")
    if _at(tree, key) is not None and name in SUB_POOLS.names() and "scores" in SUB_POOLS.entry(name).needs:
        mend = "use sub_pool random or anchor, or leave rare_labels out"
        yield key, f"chooses texts together, but sub_pool '{name}' goes by the score of each text; {mend}."


def _small_sub_pool_problems(args: Mapping[str, Any], tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    query_size = _at(tree, "active_learning.query_size")
    if query_size is None:
        query_size = ActiveLearning.model_fields["query_size"].default
    for setting in ("size", "neighbours"):
        value = args.get(setting)
        if isinstance(value, int) and isinstance(query_size, int) and 0 < value < query_size:
            yield (
                f"active_learning.sub_pool.args.{setting}",
                f"{value} texts cannot hold a query of {query_size}; raise it, or lower query_size.",
            )


def _ask_problems(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Asking about single labels takes a strategy that values them one by one, and chooses alone."""
    if _at(tree, "active_learning.ask") != "labels":
        return
    name = _at(tree, "active_learning.strategy.type")
    if name is None:
        name = ActiveLearning.model_fields["strategy"].default.type
    if name in STRATEGIES.names() and name not in PAIRS.names():
        able = ", ".join(PAIRS.names())
        sentence = f"strategy '{name}' does not value single labels; use {able}, or ask: texts."
        yield "active_learning.ask", sentence
    if _at(tree, "active_learning.rare_labels") is not None:
        mend = "leave it out with ask: labels; there rare labels weigh more"
        yield "active_learning.rare_labels", f"it chooses whole texts; {mend}."


def _watched_metric_problems(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Thresholds are tuned on the validation set, and plugged in where there is none: never both."""
    has_validation = any(_at(tree, f"data.{key}") is not None for key in ("validation", "split.validation"))
    watched = {"active_learning.stop.goal.metric": True}
    watched["active_learning.stop.metric"] = _at(tree, "active_learning.stop.patience") is not None
    for key, is_watched in watched.items():
        metric = _at(tree, key)
        if is_watched and isinstance(metric, str):
            problem = _plug_in_problem(metric) if has_validation else _tuned_problem(metric)
            yield from [(key, problem)] if problem else []


def _tuned_problem(metric: str) -> str:
    """What is wrong with a metric where there is no validation set; the schema speaks of those of the set."""
    if metric.startswith("val_") or not metric.endswith("_tuned"):
        return ""
    other = metric.replace("_tuned", "_plug_in")
    return f"'{metric}' needs data.validation, on which thresholds are tuned; give one, or use {other}."


def _plug_in_problem(metric: str) -> str:
    """What is wrong with a metric where there is a validation set."""
    if not metric.endswith("_plug_in"):
        return ""
    other = metric.replace("_plug_in", "_tuned").replace("oof_", "val_")
    return f"'{metric}' is only there without data.validation: with it, thresholds are tuned; use {other}."


def _import_plugins(plugins: Any) -> Iterator[tuple[str, str]]:
    """Imports the user's modules, from the current folder too, so that what they register is known."""
    names = plugins if isinstance(plugins, list) else []
    if names and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    for place, name in enumerate(names):
        try:
            import_module(str(name))
        except Exception as error:  # noqa: BLE001 - a user's module may fail in any way; the sentence says how
            yield f"plugins.{place}", f"'{name}' cannot be imported: {type(error).__name__}: {error}."


def _at(tree: Mapping[str, Any], key: str) -> Any:
    value: Any = tree
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
