"""YAML text to plain values, with the line of every key; what a typist gets wrong is said, not guessed.

Keys are dotted, positions in a list included: "data.labels.2". Duplicate keys, keys that are no text, foreign
tags and aliases that contain themselves are refused, all of them at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import yaml

from text_al.config.yaml_core import MAPPING, MERGE, SCALARS, SEQUENCE, TEXT, CoreLoader
from text_al.config.yaml_syntax import syntax_problem

_MOST_VALUES = 200_000
_KINDS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "map": "a section",
    "null": "nothing",
    "seq": "a list",
}


class YamlSyntaxError(ValueError):
    """Text that is no YAML; `line` from 1, `sentence` says what to do."""

    def __init__(self, line: int, sentence: str) -> None:
        self.line = line
        self.sentence = sentence
        super().__init__(sentence)


@dataclass
class YamlDocument:
    """What was read.

    Attributes:
        value: mappings, lists, text, numbers, true, false and null; aliases are copies.
        lines: dotted key to its line, from 1.
        problems: (line, dotted key, sentence) of what is wrong although the syntax is right.
    """

    value: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[int, str, str]] = field(default_factory=list)


def read_yaml(text: str) -> YamlDocument:
    """Reads one document by the core schema of YAML 1.2.

    Raises:
        YamlSyntaxError: the text is no YAML, or too deep or too large once its aliases are copied.
    """
    try:
        return _Reading().document(yaml.compose(text, CoreLoader))
    except yaml.YAMLError as error:
        raise YamlSyntaxError(*syntax_problem(error, text)) from None
    except RecursionError:
        raise YamlSyntaxError(1, "is nested too deeply to be a configuration.") from None


class _Reading:
    """One walk over the nodes of a document."""

    def __init__(self) -> None:
        self._result = YamlDocument()
        self._open: set[int] = set()
        self._n_values = 0

    def document(self, node: yaml.Node | None) -> YamlDocument:
        if node is not None:
            self._result.value = self._value(node, "")
        return self._result

    def _value(self, node: yaml.Node, key: str) -> Any:
        self._n_values += 1
        if self._n_values > _MOST_VALUES:
            raise YamlSyntaxError(_line(node), f"holds over {_MOST_VALUES:,} values once aliases are copied.")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, key)
        if node.tag not in {MAPPING, SEQUENCE}:
            self._problem(node, key, _unknown_tag(node))
            return None
        with self._opened(node, key) as is_new:
            if not is_new:
                return None
            return self._mapping(node, key) if isinstance(node, yaml.MappingNode) else self._list(node, key)

    def _scalar(self, node: yaml.ScalarNode, key: str) -> Any:
        if node.tag not in SCALARS:
            self._problem(node, key, _unknown_tag(node))
            return None
        try:
            return SCALARS[node.tag](node.value)
        except (ValueError, KeyError):
            self._problem(node, key, f"'{node.value}' is not {_in_words(node.tag)}.")
            return None

    def _list(self, node: yaml.Node, key: str) -> list[Any]:
        values = []
        for position, item in enumerate(node.value):
            child = _join(key, str(position))
            self._result.lines[child] = _line(item)
            values.append(self._value(item, child))
        return values

    def _mapping(self, node: yaml.MappingNode, key: str) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        self._fill(mapping, node, key)
        return mapping

    def _fill(self, mapping: dict[str, Any], node: yaml.MappingNode, key: str) -> None:
        """Adds the node's keys that the mapping has not yet; then those it merges in by <<."""
        own: dict[str, int] = {}
        for key_node, value_node in self._plain_pairs(node, key):
            name, line = key_node.value, _line(key_node)
            if name in own:
                sentence = f"is set twice, in lines {own[name]} and {line}; remove one of the two."
                self._problem(key_node, _join(key, name), sentence)
                continue
            own[name] = line
            if name not in mapping:
                self._result.lines[_join(key, name)] = line
                mapping[name] = self._value(value_node, _join(key, name))
        for source in self._merged(node, key):
            with self._opened(source, key) as is_new:
                if is_new:
                    self._fill(mapping, source, key)

    def _plain_pairs(self, node: yaml.MappingNode, key: str) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        for key_node, value_node in node.value:
            is_word = isinstance(key_node, yaml.ScalarNode)
            if is_word and key_node.tag == TEXT:
                yield key_node, value_node
            elif key_node.tag != MERGE:
                what = f"the key {key_node.value} is" if is_word else "a key is"
                self._problem(key_node, key, f"{what} read as {_in_words(key_node.tag)}; put it in quotes.")

    def _merged(self, node: yaml.MappingNode, key: str) -> Iterator[yaml.MappingNode]:
        for key_node, value_node in node.value:
            if key_node.tag != MERGE:
                continue
            for source in value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]:
                if isinstance(source, yaml.MappingNode):
                    yield source
                else:
                    self._problem(source, key, "<< merges sections; give it an alias such as *name.")

    @contextmanager
    def _opened(self, node: yaml.Node, key: str) -> Iterator[bool]:
        """Whether the node is not being read already; then it is, for the length of the block."""
        if id(node) in self._open:
            self._problem(node, key, "an alias contains itself; write its content out.")
            yield False
            return
        self._open.add(id(node))
        yield True
        self._open.remove(id(node))

    def _problem(self, node: yaml.Node, key: str, sentence: str) -> None:
        problem = (_line(node), key, sentence)
        if not any(problem[::2] == known[::2] for known in self._result.problems):
            self._result.problems.append(problem)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _unknown_tag(node: yaml.Node) -> str:
    tag = node.tag.replace("tag:yaml.org,2002:", "!!")
    return f"the tag {tag} is not known here; remove it, or put the text in quotes."


def _in_words(tag: str) -> str:
    name = tag.rpartition(":")[2]
    return _KINDS.get(name, f"!!{name}")
