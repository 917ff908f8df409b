"""From the body of a response to what the model replied."""

import json
from dataclasses import dataclass
from typing import Any

from text_al.oracles.llm.dialect import complaint_of


@dataclass(frozen=True)
class Completion:
    """A reply as it came; tokens are None where the endpoint does not count them."""

    content: str
    finish: str
    refusal: str
    ref: str
    tokens_in: int | None
    tokens_out: int | None
    seconds: float


class ErrorInsideError(Exception):
    """A response that is fine and holds an error: some gateways pass on a model server's like this."""


def completion_of(body: bytes, seconds: float) -> Completion:
    """What the model replied; empty where the body tells no reply.

    Args:
        body: of a response with status 200.
        seconds: that it took.

    Raises:
        ErrorInsideError: it holds an error in place of a reply.
        ValueError: it is no JSON object.
    """
    try:
        found = json.loads(body)
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004
    choices = found.get("choices")
    if not choices and found.get("error"):
        raise ErrorInsideError(complaint_of(body))
    first = _dict(choices[0]) if isinstance(choices, list) and choices else {}
    message, usage = _dict(first.get("message")), _dict(found.get("usage"))
    return Completion(
        content=_text(message.get("content")),
        finish=_text(first.get("finish_reason")),
        refusal=_text(message.get("refusal")),
        ref=_text(found.get("id")),
        tokens_in=_count(usage.get("prompt_tokens")),
        tokens_out=_count(usage.get("completion_tokens")),
        seconds=round(seconds, 3),
    )


def _dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _text(found: Any) -> str:
    return found if isinstance(found, str) else ""


def _count(found: Any) -> int | None:
    return found if type(found) is int and found >= 0 else None
