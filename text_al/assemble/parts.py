"""Sections of the configuration as the plain values that each room understands."""

import json
from collections.abc import Sequence
from pathlib import Path

from text_al.config import schema
from text_al.data import sources
from text_al.data.cache import Cache
from text_al.data.resolution import Resolution
from text_al.errors import ConfigError, CorpusError
from text_al.loop.people import People
from text_al.loop.run import Plan, Price
from text_al.loop.stopping import Goal, StopRules
from text_al.loop.sub_pools import SubPool, sub_pool
from text_al.strategies import Chooser, PairWorth, RareShare, pair_worth, selection, strategy
from text_al.training.settings import (
    ComputeSettings,
    EarlyStoppingSettings,
    EncoderSettings,
    LoraSettings,
    TrainingSettings,
)
from text_al.types import Label


def source_of(section: schema.Source) -> sources.Source:
    """Where texts come from."""
    match section:
        case schema.HubSource():
            return sources.HubSource(
                section.hub, section.config, section.split, section.revision, section.sample
            )
        case schema.GeneratedSource():
            return sources.GeneratedSource(section.generated, section.size, section.part, section.sample)
        case schema.FileSource():
            return sources.FileSource(_paths(section.path), section.sample)
    return sources.FileSource(_paths(section))


def _paths(path: str | Sequence[str]) -> tuple[str, ...]:
    return (path,) if isinstance(path, str) else tuple(path)


def sources_of(data: schema.Data) -> dict[str, sources.Source]:
    """All sources by name; those that are not set are left out."""
    named = {"pool": data.pool, "labelled": data.labelled, "validation": data.validation, "test": data.test}
    return {name: source_of(section) for name, section in named.items() if section is not None}


def columns_of(section: schema.Columns) -> sources.Columns:
    """How rows are read."""
    values = section.model_dump()
    columns = values.pop("label_columns")
    return sources.Columns(**values, label_columns=None if columns is None else tuple(columns))


def labels_of(data: schema.Data) -> list[Label] | None:
    """The declared labels, from the configuration or from the file it names.

    Raises:
        CorpusError: the file is not there, or holds something else than a list of labels.
    """
    declared = _labels_file(Path(data.labels)) if isinstance(data.labels, str) else data.labels
    if declared is None:
        return None
    specs = [item if isinstance(item, schema.LabelSpec) else schema.LabelSpec(name=item) for item in declared]
    return [Label(spec.name, spec.description, tuple(spec.examples)) for spec in specs]


def _labels_file(path: Path) -> list[str | schema.LabelSpec]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        items = found["labels"] if isinstance(found, dict) else found
        specs = [schema.LabelSpec(**item) if isinstance(item, dict) else str(item) for item in items]
    except OSError as error:
        raise CorpusError(str(path), [f"{path}: {error.strerror}; data.labels names this file"]) from None
    except (ValueError, KeyError, TypeError) as error:
        raise CorpusError(str(path), [_no_labels(path, str(error))]) from None
    if not specs:
        raise CorpusError(str(path), [_no_labels(path, "it is empty")])
    return specs


def _no_labels(path: Path, why: str) -> str:
    return f'{path}: is no list of labels ({why}); write ["name", ...] or [{{"name": ...}}, ...]'


def split_of(section: schema.Split) -> sources.Split:
    """What is set aside."""
    return sources.Split(section.validation, section.test)


def plan_of(config: schema.RunConfig) -> Plan:
    """The numbers of the run."""
    section, stopping = config.active_learning, config.training.early_stopping
    goal = section.stop.goal
    return Plan(
        seed=config.seed,
        initial_size=section.initial_size,
        query_size=section.query_size,
        stop=StopRules(
            budget=section.budget,
            goal=None if goal is None else Goal(goal.metric, goal.value),
            max_rounds=section.stop.max_rounds,
            patience=section.stop.patience,
            metric=section.stop.metric,
            min_gain=section.stop.min_gain,
        ),
        absent_labels=config.evaluation.absent_labels,
        best_metric=stopping.metric if stopping is not None else "val_macro_f1_tuned",
        warm_start=config.training.start == "warm",
        price=Price(section.price.text, section.price.label),
        max_candidates=section.max_candidates,
        people=people_of(config),
    )


def people_of(config: schema.RunConfig) -> People | None:
    """How people are asked; None where hidden labels answer."""
    section = config.annotation
    if config.oracle.type == "simulated":
        return None
    if section.overlap is None:
        return People(blind=section.blind_share)
    return People(section.overlap.share, section.overlap.annotators, section.blind_share)


def resolution_of(section: schema.Annotation) -> Resolution:
    """What holds where annotators differ."""
    return Resolution(section.resolution.rule, section.resolution.trusted or "")


def guidelines_of(section: schema.Annotation) -> str:
    """What annotators are told; "" where nothing is.

    Raises:
        ConfigError: the file cannot be read.
    """
    if section.guidelines is None:
        return ""
    try:
        return Path(section.guidelines).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(
            section.guidelines,
            [f"annotation.guidelines: {section.guidelines}: {why}; name a text or Markdown file"],
        ) from None


def chooser_of(section: schema.ActiveLearning, labels: Sequence[str]) -> Chooser:
    """What chooses the texts of a round.

    Args:
        section: names the strategy, the rule of selection, and the share for rare labels.
        labels: L names.
    """
    rule, rare = selection(section.selection.type, **section.selection.args), section.rare_labels
    chosen = strategy(section.strategy.type, **section.strategy.args).with_selection(rule)
    return chosen if rare is None else RareShare(chosen, tuple(labels), rare.share, rare.min_positives)


def pairs_of(section: schema.ActiveLearning) -> PairWorth | None:
    """What asking about each label of a text is worth; None: texts are asked about as a whole."""
    chosen = section.strategy
    return None if section.ask == "texts" else pair_worth(chosen.type, chosen.args)


def preselect_of(section: schema.ActiveLearning) -> Chooser | None:
    """What scores texts where too many compete to be compared with each other; None: chance decides."""
    chosen = section.preselect
    return None if chosen.type == "random" else strategy(chosen.type, **chosen.args)


def sub_pool_of(section: schema.ActiveLearning) -> SubPool | None:
    """Which open texts compete in a round; None: all of them."""
    chosen = section.sub_pool
    return None if chosen is None else sub_pool(chosen.type, **chosen.args)


def encoder_of(section: schema.Model) -> EncoderSettings:
    """Which encoder, and how it is used."""
    return EncoderSettings(**section.model_dump())


def training_of(section: schema.Training) -> TrainingSettings:
    """How it is trained."""
    values = section.model_dump()
    loss, stopping, lora = values.pop("loss"), values.pop("early_stopping"), values.pop("lora")
    return TrainingSettings(
        **values,
        loss=loss["type"],
        loss_args=loss["args"],
        early_stopping=None if stopping is None else EarlyStoppingSettings(**stopping),
        lora=None if lora is None else LoraSettings(**lora),
    )


def compute_of(section: schema.Compute) -> ComputeSettings:
    """Where, and how precisely."""
    return ComputeSettings(**section.model_dump(exclude={"cache"}))


def cache_of(config: schema.RunConfig) -> Cache:
    """Where tokens and embeddings are kept."""
    named = config.compute.cache
    if named is None:
        return Cache()
    return Cache(Path(config.output_dir) / ".cache" if named == "auto" else Path(named))
