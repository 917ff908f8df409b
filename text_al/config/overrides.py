"""Settings from the environment and the command line, laid over what a file says.

`TEXT_AL__TRAINING__MAX_EPOCHS=5` in the environment, `training.max_epochs=5` on the command line, which is
read last and wins. Values are read as in the file: `a=[x, y]` is a list, `a={b: 1}` a section, `a=` is null.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from text_al.config.places import Place, Places, Problem
from text_al.config.yaml_reader import YamlSyntaxError, read_yaml
from text_al.sentences import shown

PREFIX = "TEXT_AL__"
_ENVIRONMENT, _COMMAND_LINE = 1, 2


@dataclass(frozen=True)
class Override:
    """A value for a key, given as its parts from the outermost section on, and who says so."""

    keys: tuple[str, ...]
    text: str
    place: Place

    @property
    def key(self) -> str:
        """The dotted key."""
        return ".".join(self.keys)

    def problem(self, sentence: str) -> Problem:
        """A problem with this override."""
        return Problem(self.place, self.key, sentence)


def from_environment(environ: Mapping[str, str], report: Callable[[Problem], None]) -> list[Override]:
    """The variables that begin with TEXT_AL__, in the order of their names; their case does not matter."""
    overrides = []
    for name in sorted(environ):
        if not name.startswith(PREFIX):
            continue
        place = Place(_ENVIRONMENT, 0, name)
        keys = tuple(name.removeprefix(PREFIX).lower().split("__"))
        if all(keys):
            overrides.append(Override(keys, environ[name], place))
        else:
            report(Problem(place, "", "has an empty part; write it as in TEXT_AL__TRAINING__MAX_EPOCHS."))
    return overrides


def from_arguments(arguments: Sequence[str], report: Callable[[Problem], None]) -> list[Override]:
    """Arguments of the form section.key=value, in order; of two for one key the later wins."""
    overrides = []
    for argument in arguments:
        place = Place(_COMMAND_LINE, 0, "command line")
        name, equals, text = argument.partition("=")
        keys = tuple(name.strip().split("."))
        if equals and all(keys) and not name.startswith("-"):
            overrides.append(Override(keys, text, place))
        else:
            report(
                Problem(place, "", f"{shown(argument)} is no setting; write it as in training.max_epochs=5.")
            )
    return overrides


def apply(override: Override, tree: dict[str, Any], places: Places) -> list[Problem]:
    """Sets the value in the tree, making sections on the way; says what is wrong instead where it cannot."""
    value, problems = _value(override)
    if problems:
        return problems
    section = tree
    for depth, name in enumerate(override.keys[:-1], start=1):
        key = ".".join(override.keys[:depth])
        inner = section.get(name)
        if inner is None:
            inner = section[name] = {}
            places.set(key, inner, override.place)
        if not isinstance(inner, dict):
            sentence = f"{key} is {shown(inner)}, which has no keys; set it whole, as in {key}=..."
            return [override.problem(sentence)]
        section = inner
    section[override.keys[-1]] = value
    places.set(override.key, value, override.place)
    return []


def _value(override: Override) -> tuple[Any, list[Problem]]:
    try:
        document = read_yaml(override.text)
    except YamlSyntaxError as error:
        return None, [override.problem(error.sentence)]
    return document.value, [override.problem(sentence) for _, _, sentence in document.problems]
