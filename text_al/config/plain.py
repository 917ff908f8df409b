"""Values made in Python as the plain values that YAML can hold."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel


def plain_tree(mapping: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The mapping with lists for tuples, text for paths and mappings for sections.

    Returns:
        The tree, a copy; and (dotted key, sentence) for every value that YAML cannot hold.
    """
    problems: list[tuple[str, str]] = []
    tree = {str(name): _plain(value, str(name), problems) for name, value in mapping.items()}
    return tree, problems


def _plain(value: Any, key: str, problems: list[tuple[str, str]]) -> Any:
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_unset=True)
    if isinstance(value, Mapping):
        return {str(name): _plain(item, f"{key}.{name}", problems) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{key}.{position}", problems) for position, item in enumerate(value)]
    if isinstance(value, PurePath):
        return str(value)
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if value is not None:
        problems.append((key, f"is a {type(value).__name__}; give text, a number, a list or a mapping."))
    return None
