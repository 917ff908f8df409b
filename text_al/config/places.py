"""Where each value of a configuration was set: a line of the file, a variable, or the command line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any


@dataclass(frozen=True, order=True)
class Place:
    """A place; places sort as the layers are read: the file by line, the environment, the command line."""

    layer: int = 0
    line: int = 0
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name}:{self.line}" if self.line else self.name


@dataclass(frozen=True)
class Problem:
    """What is wrong with the value of a dotted key, and where; the key "" is the whole."""

    place: Place
    key: str
    sentence: str

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.place), self.key, self.sentence) if part)


def in_order(problems: Iterable[Problem]) -> list[str]:
    """The problems as lines of an error, each once, by place."""
    return [str(problem) for problem in sorted(dict.fromkeys(problems), key=attrgetter("place"))]


class Places:
    """Dotted key to the place that set it.

    Args:
        name: the file's name, for keys that nobody set; "" where there is no file.
        lines: dotted key to its line in the file.
    """

    def __init__(self, name: str, lines: Mapping[str, int]) -> None:
        self._name = name
        self._places = {key: Place(line=line, name=name) for key, line in lines.items()}

    def set(self, key: str, value: Any, place: Place) -> None:
        """A later layer sets the key to this value; the places of what it held before are forgotten."""
        under = f"{key}."
        self._places = {known: at for known, at in self._places.items() if not known.startswith(under)}
        self._places |= dict.fromkeys(_keys(key, value), place)

    def in_words(self) -> dict[str, str]:
        """Dotted key to "configs/x.yaml:12", "TEXT_AL__A__B" or "command line"."""
        return {key: str(place) for key, place in self._places.items()}

    def problem(self, key: str, sentence: str) -> Problem:
        """A problem at the key's place, or that of the section it should stand in."""
        return Problem(self._nearest(key), key, sentence)

    def _nearest(self, key: str) -> Place:
        while key:
            if key in self._places:
                return self._places[key]
            key = key.rpartition(".")[0]
        return Place(name=self._name)


def _keys(key: str, value: Any) -> Iterable[str]:
    yield key
    items = (
        value.items() if isinstance(value, Mapping) else enumerate(value if isinstance(value, list) else ())
    )
    for name, item in items:
        yield from _keys(f"{key}.{name}", item)
