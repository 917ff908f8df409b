"""The keys that the schema knows: where each section stands, and what a wrong key may have meant."""

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import takewhile
from typing import Annotated, Any, get_args, get_origin

from pydantic import Tag

from text_al.config.schema import RunConfig
from text_al.config.section import Section

Loc = tuple[int | str, ...]

# What other programs and older habits call our settings.
_SYNONYMS = {
    "acquisition_size": "active_learning.query_size",
    "classes": "data.labels",
    "dev": "data.validation",
    "early_stopping_patience": "training.early_stopping.patience",
    "epochs": "training.max_epochs",
    "eval": "data.validation",
    "head_lr": "training.head_learning_rate",
    "label_names": "data.labels",
    "lr": "training.learning_rate",
    "lr_scheduler": "training.lr_scheduler_type",
    "max_seq_length": "model.max_length",
    "metric_for_best_model": "training.early_stopping.metric",
    "model_name": "model.encoder",
    "model_name_or_path": "model.encoder",
    "n_epochs": "training.max_epochs",
    "n_initial": "active_learning.initial_size",
    "n_queries": "active_learning.query_size",
    "num_epochs": "training.max_epochs",
    "num_train_epochs": "training.max_epochs",
    "per_device_train_batch_size": "training.batch_size",
    "pretrained_model": "model.encoder",
    "query_batch_size": "active_learning.query_size",
    "query_strategy": "active_learning.strategy",
    "random_state": "seed",
    "scheduler": "training.lr_scheduler_type",
    "train_batch_size": "training.batch_size",
    "unlabeled": "data.pool",
    "unlabelled": "data.pool",
    "val": "data.validation",
    "warmup": "training.warmup_ratio",
}


def dotted(loc: Loc) -> str:
    """A place in pydantic's terms as a dotted key, without the tags that name a value's form."""
    return ".".join(str(part) for part in loc if not _is_tag(part))


def unknown_key(loc: Loc) -> str:
    """The sentence for a key that its section does not know."""
    siblings, word = ", ".join(_siblings(loc)), str(loc[-1])
    if "." in word:
        return f"unknown key. A dot is for the command line; here write {_nested(word)}."
    if _path(loc) in _all_keys():
        return f"does not belong to this kind of source, which has {siblings}."
    meant = meant_by(loc)
    if meant is None:
        return f"unknown key. It must be one of: {siblings}."
    home, _, name = meant.rpartition(".")
    if home == _path(loc[:-1]):
        return f"unknown key. Did you mean '{name}'?"
    return f"unknown key. Did you mean '{meant}'{'' if home else ', outside of any section'}?"


def meant_by(loc: Loc) -> str | None:
    """The key that was meant by an unknown one: a synonym, a key from elsewhere, a slip; or None."""
    section, word = _path(loc[:-1]), str(loc[-1]).lower().replace("-", "_")
    if word in _SYNONYMS:
        return _SYNONYMS[word]
    name = _near(word, {key.rpartition(".")[2] for key in _all_keys()}, 0.85)
    found = [key for key in _all_keys() if key.rpartition(".")[2] == name]
    if found:
        return min(found, key=lambda key: _distance(section, key))
    slip = _near(word, _siblings(loc), 0.6)
    return slip and f"{section}.{slip}".lstrip(".")


def _nested(key: str) -> str:
    parts = key.split(".")
    return ": {".join(parts) + ": ..." + "}" * (len(parts) - 1)


def _near(word: str, names: Iterable[str], cutoff: float) -> str | None:
    return next(iter(difflib.get_close_matches(word, sorted(names), n=1, cutoff=cutoff)), None)


def _distance(section: str, key: str) -> int:
    """Steps from a section up and down to the section of a key."""
    here, there = section.split(".") if section else [], key.split(".")[:-1]
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(here, there, strict=False))))
    return len(here) + len(there) - 2 * shared


def _siblings(loc: Loc) -> list[str]:
    section = _sections().get(tuple(part for part in loc[:-1] if isinstance(part, str)))
    return list(section.model_fields) if section is not None else []


def _path(loc: Loc) -> str:
    """The dotted key in the schema: the same for every item of a list."""
    return dotted(tuple(part for part in loc if isinstance(part, str)))


def _is_tag(part: int | str) -> bool:
    return isinstance(part, str) and re.fullmatch(r"<\w+>", part) is not None


@cache
def _all_keys() -> tuple[str, ...]:
    keys = (dotted((*loc, name)) for loc, section in _sections().items() for name in section.model_fields)
    return tuple(dict.fromkeys(keys))


@cache
def _sections() -> dict[tuple[str, ...], type[Section]]:
    """The place of each section, tags included and positions in lists left out, to its class."""
    return dict(_walk(RunConfig, ()))


def _walk(annotation: Any, loc: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], type[Section]]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield loc, annotation
        for name, field in annotation.model_fields.items():
            yield from _walk(field.annotation, (*loc, name))
    elif get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        yield from _walk(inner, (*loc, *(str(mark.tag) for mark in metadata if isinstance(mark, Tag))))
    else:
        for inner in get_args(annotation):
            yield from _walk(inner, loc)
