"""A file, the environment and the command line to one RunConfig, or to one error with every problem."""

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from text_al.config.check import Check, check_tree
from text_al.config.overrides import apply, from_arguments, from_environment
from text_al.config.places import Place, Places, Problem, in_order
from text_al.config.plain import plain_tree
from text_al.config.schema import RunConfig
from text_al.config.yaml_reader import YamlDocument, YamlSyntaxError, read_yaml
from text_al.errors import ConfigError
from text_al.sentences import shown


@dataclass(frozen=True)
class LoadedConfig:
    """A configuration, and where each of its values comes from.

    Attributes:
        config: the settings.
        path: the file.
        origins: dotted key to its place, for every key that is not a default.
    """

    config: RunConfig
    path: Path
    origins: Mapping[str, str]

    def origin(self, dotted_key: str) -> str:
        """Where a value was set: "configs/x.yaml:12", "TEXT_AL__A__B", "command line" or "default"."""
        return self.origins.get(dotted_key, "default")


def load_config(
    path: Path | str,
    overrides: Sequence[str] = (),
    *,
    environ: Mapping[str, str] | None = None,
    checks: Sequence[Check] = (),
) -> LoadedConfig:
    """Reads a configuration file and lays the environment, then the command line over it.

    Args:
        path: a YAML file in UTF-8.
        overrides: `section.key=value` each, the value as in YAML; `section.key=` sets null.
        environ: variables TEXT_AL__SECTION__KEY are taken from here; None takes os.environ.
        checks: what else must hold; see `Check`.

    Raises:
        ConfigError: with every problem of file, variables, command line and checks.
    """
    name = str(path)
    document = _read(Path(path), name)
    tree: dict[str, Any] = document.value
    places = Places(name, document.lines)
    problems = [Problem(Place(line=line, name=name), key, words) for line, key, words in document.problems]
    settings = from_environment(os.environ if environ is None else environ, problems.append)
    for override in [*settings, *from_arguments(overrides, problems.append)]:
        problems += apply(override, tree, places)
    config, found = check_tree(tree, checks)
    # What could not be read stands in the tree as null, which is no second problem.
    unread = {(problem.place, problem.key) for problem in problems}
    located = [places.problem(key, sentence) for key, sentence in found]
    problems += [problem for problem in located if (problem.place, problem.key) not in unread]
    if config is None or problems:
        raise ConfigError(name, in_order(problems))
    return LoadedConfig(config, Path(path), places.in_words())


def config_from_dict(mapping: Mapping[str, Any], checks: Sequence[Check] = ()) -> RunConfig:
    """The configuration that a file with these keys would give; for use from Python.

    Args:
        mapping: as in a file; tuples, paths and sections of the schema may stand for lists, text, mappings.
        checks: what else must hold; see `Check`.

    Raises:
        ConfigError: with every problem.
    """
    places = Places("", {})
    tree, unfit = plain_tree(mapping)
    config, found = check_tree(tree, checks)
    problems = [places.problem(key, sentence) for key, sentence in [*unfit, *found]]
    if config is None or problems:
        raise ConfigError("the configuration", in_order(problems))
    return config


def _read(path: Path, name: str) -> YamlDocument:
    try:
        document = read_yaml(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(name, [f"{name}: {_unreadable(path, error)}"]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        sentence = f"byte 0x{error.object[error.start]:02X} is not UTF-8; save the file as UTF-8."
        raise ConfigError(name, [f"{name}:{line}: {sentence}"]) from None
    except YamlSyntaxError as error:
        raise ConfigError(name, [f"{name}:{error.line}: {error.sentence}"]) from None
    if not isinstance(document.value, dict):
        raise ConfigError(name, [f"{name}: {_no_mapping(document.value)}"])
    return document


def _unreadable(path: Path, error: OSError) -> str:
    if path.is_dir():
        return "is a folder; name a file in it."
    if path.exists():
        return f"cannot be read: {error.strerror}."
    near = difflib.get_close_matches(path.name, [other.name for other in path.parent.glob("*.y*ml")], n=1)
    hint = f" Did you mean '{path.parent / near[0]}'?" if near else ""
    return f"there is no such file.{hint}"


def _no_mapping(value: Any) -> str:
    if value is None:
        return "is empty; 'text-al init' writes a commented configuration to begin with."
    return f"holds {shown(value)} and no keys; write 'key: value' lines, beginning with name and data."
