"""A tree of plain values to a RunConfig, or to everything that is wrong with it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from text_al.config.keys import dotted, meant_by, unknown_key
from text_al.config.schema import RunConfig
from text_al.sentences import problem_sentence

Check = Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]]
"""Looks at the merged tree before it is a RunConfig, and yields (dotted key, sentence) problems, such as a
strategy that is not registered. It runs on trees that the schema refuses, so it must expect any shape."""


def check_tree(
    tree: Mapping[str, Any], checks: Sequence[Check]
) -> tuple[RunConfig | None, list[tuple[str, str]]]:
    """The configuration, or None where the schema refuses it; and all problems as (dotted key, sentence)."""
    found = [problem for check in checks for problem in check(tree)]
    try:
        return RunConfig.model_validate(tree), found
    except ValidationError as error:
        return None, [*_in_words(error), *found]


def _in_words(error: ValidationError) -> Iterator[tuple[str, str]]:
    """(dotted key, sentence) of each problem; one slip of the pen is one problem."""
    items = error.errors(include_url=False)
    unknown = [item["loc"] for item in items if item["type"] == "extra_forbidden"]
    misspelt = {(loc[:-1], (meant_by(loc) or "").rpartition(".")[2]) for loc in unknown}
    for item in items:
        loc = item["loc"]
        if item["type"] == "extra_forbidden":
            yield dotted(loc), unknown_key(loc)
        elif item["type"] != "missing" or (loc[:-1], loc[-1]) not in misspelt:
            yield dotted(loc), problem_sentence(item)
