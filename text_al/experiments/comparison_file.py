"""A comparison's file to a Comparison, or to one error with every problem and its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from text_al.config.dump import write_yaml
from text_al.config.keys import dotted
from text_al.config.overrides import apply, from_arguments
from text_al.config.places import Place, Places, Problem, in_order
from text_al.config.yaml_reader import YamlDocument, YamlSyntaxError, read_yaml
from text_al.errors import ConfigError
from text_al.experiments.comparison_config import Comparison
from text_al.sentences import problem_sentence, shown

_KINDS = {"type", "path", "hub", "generated"}
"""Keys that say which kind of thing a section is: one with such a key replaces another whole."""


@dataclass(frozen=True)
class Loaded:
    """A comparison, and where each of its settings was made.

    Attributes:
        comparison: the settings, with what they name of other files in them.
        name: the file's.
        places: of its keys, for problems that are found later.
    """

    comparison: Comparison
    name: str
    places: Places

    def error(self, problems: Sequence[tuple[str, str]]) -> ConfigError:
        """The error with these (dotted key, sentence) problems, each with its place."""
        return ConfigError(self.name, in_order(self.places.problem(*problem) for problem in problems))


def load_comparison(path: Path | str, overrides: Sequence[str] = ()) -> Loaded:
    """Reads a comparison; the environment has no say in it.

    Args:
        path: a YAML file in UTF-8.
        overrides: `key=value` each, such as seeds=3 or base.active_learning.budget=500.

    Raises:
        ConfigError: with every problem of the file and the overrides.
    """
    name, document = str(path), _document(Path(path))
    tree: dict[str, Any] = document.value
    places = Places(name, document.lines)
    problems = [Problem(Place(line=line, name=name), key, words) for line, key, words in document.problems]
    for override in from_arguments(overrides, problems.append):
        problems += apply(override, tree, places)
    problems += [places.problem(*problem) for problem in _take_in(tree, Path(path).parent)]
    try:
        comparison = Comparison.model_validate(tree)
    except ValidationError as error:
        problems += [places.problem(*problem) for problem in _in_words(error)]
    if problems:
        raise ConfigError(name, in_order(problems))
    return Loaded(comparison, name, places)


def to_yaml(comparison: Comparison) -> str:
    """The comparison with every default written out; `load_comparison` reads it back equal."""
    return write_yaml(comparison.model_dump())


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """One part of a configuration laid over another: sections are joined, all else is replaced.

    A component ({type: ...}) and a source of texts replace what was there whole. Where no more is said of a
    source than how many texts to `sample`, the texts stay those that were there.
    """
    found = dict(under)
    for key, value in over.items():
        before = found.get(key)
        if isinstance(before, str | list) and isinstance(value, Mapping) and set(value) == {"sample"}:
            before = {"path": before}
        is_joined = isinstance(before, Mapping) and isinstance(value, Mapping) and not _KINDS & set(value)
        found[key] = merged(before, value) if is_joined else value  # type: ignore[arg-type]
    return found


def _take_in(tree: dict[str, Any], beside: Path) -> Iterator[tuple[str, str]]:
    """Lays what a data set says over the run's configuration that it names, if it names one."""
    parts = tree.get("data")
    if not isinstance(parts, dict):
        return
    for name, part in parts.items():
        if not isinstance(part, dict) or "config" not in part:
            continue
        if not isinstance(part["config"], str):
            yield f"data.{name}.config", f"{shown(part['config'])} is no file; name a run's configuration."
            continue
        try:
            named = _document(beside / part["config"]).value
        except ConfigError as error:
            yield f"data.{name}.config", " ".join(error.problems)
            continue
        said = {key: value for key, value in part.items() if key != "config"}
        parts[name] = merged({key: named[key] for key in ("data", "model") if key in named}, said)


def _in_words(error: ValidationError) -> Iterator[tuple[str, str]]:
    known = list(Comparison.model_fields)
    for item in error.errors(include_url=False):
        yield dotted(item["loc"]), problem_sentence(item, known)


def _document(path: Path) -> YamlDocument:
    try:
        document = read_yaml(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(str(path), [f"{path}: cannot be read: {error.strerror}."]) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), [f"{path}: is not UTF-8; save the file as UTF-8."]) from None
    except YamlSyntaxError as error:
        raise ConfigError(str(path), [f"{path}:{error.line}: {error.sentence}"]) from None
    if not isinstance(document.value, dict):
        raise ConfigError(
            str(path), [f"{path}: holds no keys; write 'key: value' lines, beginning with name."]
        )
    return document
