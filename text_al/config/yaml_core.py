"""The core schema of YAML 1.2: which plain words are numbers, true, false or null. All others are text.

`yes`, `no`, `on`, `off`, dates, `1_000` and `12:30` are text; `2e-5` and `.5` are numbers; `0777` is 777.

Source: YAML 1.2.2, section 10.3.2.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

_PREFIX = "tag:yaml.org,2002:"
MERGE, MAPPING, SEQUENCE, TEXT = (_PREFIX + name for name in ("merge", "map", "seq", "str"))

# Tag, pattern, and the first characters that a word of the kind may have ("" is the empty word).
_RESOLVERS: tuple[tuple[str, str, list[str]], ...] = (
    (_PREFIX + "null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    (_PREFIX + "bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (_PREFIX + "int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        _PREFIX + "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    (MERGE, r"<<", ["<"]),
)


class CoreLoader(yaml.SafeLoader):
    """PyYAML's parser, with plain words read by the core schema of YAML 1.2."""


def add_core_resolvers(kind: Any) -> None:
    """Teaches a PyYAML loader or dumper which plain words are no text."""
    for tag, pattern, first in _RESOLVERS:
        kind.add_implicit_resolver(tag, re.compile(rf"(?:{pattern})\Z"), first)


CoreLoader.yaml_implicit_resolvers = {}
add_core_resolvers(CoreLoader)


def _whole_number(word: str) -> int:
    return int(word, 0) if word.startswith(("0o", "0x")) else int(word)


def _number(word: str) -> float:
    return float(word.lower().replace(".inf", "inf").replace(".nan", "nan"))


SCALARS: Mapping[str, Callable[[str], Any]] = {
    _PREFIX + "null": lambda word: {"null": None, "~": None, "": None}[word.lower()],
    _PREFIX + "bool": lambda word: {"true": True, "false": False}[word.lower()],
    _PREFIX + "int": _whole_number,
    _PREFIX + "float": _number,
    TEXT: str,
    MERGE: str,
}
"""How the word of each tag becomes a value; ValueError or KeyError where an explicit tag does not fit."""
