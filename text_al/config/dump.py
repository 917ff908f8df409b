"""A configuration out again: YAML that loads back equal, a JSON schema for editors, and what differs."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from text_al.config.schema import RunConfig
from text_al.config.yaml_core import TEXT, add_core_resolvers


class _CoreDumper(yaml.SafeDumper):
    """Quotes every text that YAML 1.1 or 1.2 would read as something else; writes aliases out."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  PyYAML's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML reads some line ends back as others (U+0085 as a space) unless they are escaped.
    style = '"' if text and text.splitlines() != [text] else None
    return dumper.represent_scalar(TEXT, text, style=style)


_CoreDumper.add_representer(str, _text)
add_core_resolvers(_CoreDumper)


def to_yaml(config: RunConfig) -> str:
    """The configuration with every default written out; `load_config` reads it back equal."""
    return write_yaml(config.model_dump())


def write_yaml(value: Any) -> str:
    """Plain values as YAML that reads back the same: one item a line, letters of all scripts as they are."""
    # No folding: a text stays on its line, whatever its spaces.
    return yaml.dump(value, Dumper=_CoreDumper, sort_keys=False, allow_unicode=True, width=float("inf"))


def json_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a configuration file, with the help of every key.

    Editors use it through a first line such as `# yaml-language-server: $schema=text-al.schema.json`.
    """
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | RunConfig.model_json_schema() | {"title": "text_al configuration"}


def diff(old: RunConfig, new: RunConfig) -> list[tuple[str, Any, Any]]:
    """What differs, as (dotted key, old value, new value) in the order of the schema.

    Mappings with other keys than before, such as the settings of another strategy, are given whole.
    """
    return list(_differences("", old.model_dump(), new.model_dump()))


def _differences(key: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old.keys() == new.keys():
        for name in old:
            yield from _differences(f"{key}.{name}" if key else name, old[name], new[name])
    elif old != new:
        yield key, old, new
