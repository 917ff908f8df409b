"""From what a language model wrote to the labels it gave, or to why there is no decision.

An empty list is a decision. Refused, cut, not the JSON that was asked for, or with a label that does not
exist: no decision, never an empty one.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

Reading = tuple[str, ...] | str
"""The labels of a text, or a sentence: why there is no decision on it."""

_THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)  # some servers leave them in the answer
_FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)```", re.DOTALL)
_ENDINGS = {
    "length": "the answer was cut off; raise oracle.max_tokens",
    "content_filter": "the endpoint's filter held the answer back",
}


def read_reply(
    content: str, names: Sequence[str], n_texts: int, *, finish: str = "stop", refusal: str = ""
) -> tuple[Reading, ...]:
    """What a reply says of each of its texts, in order.

    Args:
        content: what the model wrote.
        names: the labels that it was asked about.
        n_texts: how many texts it was asked about; one is asked about in a simpler form.
        finish: why it ended, in the endpoint's word.
        refusal: the model's refusal, where the endpoint tells it from an answer.
    """
    if refusal or finish in _ENDINGS:
        why = f"the model refused: {_short(refusal)}" if refusal else _ENDINGS[finish]
        return (why,) * n_texts
    try:
        found = json.loads(_json_in(content), object_pairs_hook=_without_doubles)
        return (_labels(found, names),) if n_texts == 1 else _of_many(found, names, n_texts)
    except (ValueError, RecursionError) as error:
        return (str(error) if isinstance(error, NoDecisionError) else _no_json(content),) * n_texts


class NoDecisionError(ValueError):
    """Why there is none, in a sentence."""


def _no_json(content: str) -> str:
    return f"the answer is no JSON: {_short(content)!r}" if content.strip() else "the answer is empty"


def _json_in(content: str) -> str:
    """The answer without thoughts before it, and out of the one fence that it may stand in."""
    said = _THOUGHTS.sub("", content, count=1)
    fenced = _FENCE.findall(said)
    return fenced[0] if len(fenced) == 1 else said


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NoDecisionError("the answer says the same thing twice, in different ways")
    return found


def _labels(found: Any, names: Sequence[str]) -> Reading:
    labels = found.get("labels") if isinstance(found, dict) else None
    if not isinstance(labels, list) or not all(isinstance(name, str) for name in labels):
        return f"the answer has no list of labels: {_short(json.dumps(found, ensure_ascii=False))}"
    unknown = [name for name in labels if name not in names]
    if unknown:
        return f"the answer names {_short(unknown[0])!r}, which is none of the labels asked about"
    return tuple(name for name in names if name in labels)


def _of_many(found: Any, names: Sequence[str], n_texts: int) -> tuple[Reading, ...]:
    listed = found.get("texts") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise NoDecisionError("the answer has no list of texts")
    readings: dict[int, Reading] = {}
    for one in listed:
        number = one.get("id")
        if type(number) is not int or not 1 <= number <= n_texts:
            # Counted from 0, say: then every id may stand for another text.
            raise NoDecisionError(
                f"the answer is about a text {_short(str(number))!r} that was not asked about"
            )
        twice = "the answer is about this text twice"
        readings[number] = twice if number in readings else _labels(one, names)
    missing = "the answer leaves this text out"
    return tuple(readings.get(number, missing) for number in range(1, n_texts + 1))


def _short(said: str) -> str:
    said = " ".join(said.split())
    return said if len(said) <= 80 else f"{said[:80]}…"
