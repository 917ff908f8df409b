"""What an endpoint takes: many speak the same protocol, and each leaves out something else."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from text_al.oracles.llm.prompt import Message

_FORMATS = ("json_schema", "json_object", "")
_ABOUT_FORM = re.compile(
    "response_format|json_schema|json_object|json mode|schema|structured|guided|grammar|requested parameters",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Dialect:
    """How to put a question so that an endpoint takes it.

    Attributes:
        model: the model's name.
        max_tokens: most tokens of an answer.
        temperature: 0 for the likeliest answer.
        extra: further keys of the request's body.
        form: how JSON is asked for: "json_schema", "json_object", or "" for in words only.
        limit_key: the key of `max_tokens`.
        has_temperature: whether the temperature is sent.
    """

    model: str
    max_tokens: int
    temperature: float = 0.0
    extra: tuple[tuple[str, Any], ...] = field(default=())
    form: str = "json_schema"
    limit_key: str = "max_tokens"
    has_temperature: bool = True

    def body(self, messages: Sequence[Message], schema: dict[str, Any]) -> bytes:
        """The body of a request, as JSON."""
        found: dict[str, Any] = {**dict(self.extra), "model": self.model, "messages": list(messages)}
        found[self.limit_key] = self.max_tokens
        if self.has_temperature:
            found["temperature"] = self.temperature
        if self.form == "json_schema":
            named = {"name": "labels", "strict": True, "schema": schema}
            found["response_format"] = {"type": "json_schema", "json_schema": named}
        elif self.form == "json_object":
            found["response_format"] = {"type": "json_object"}
        return json.dumps(found).encode()

    def without(self, complaint: str) -> "Dialect | None":
        """The dialect that leaves out what an endpoint complains of; None where that is nothing of it."""
        if self.limit_key == "max_tokens" and "max_completion_tokens" in complaint:
            return replace(self, limit_key="max_completion_tokens")
        if self.form and _ABOUT_FORM.search(complaint):
            return replace(self, form=_FORMATS[_FORMATS.index(self.form) + 1])
        if self.has_temperature and "temperature" in complaint:
            return replace(self, has_temperature=False)
        return None


def complaint_of(body: bytes) -> str:
    """What an endpoint says is wrong, without the request that some repeat in it."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return " ".join(body[:2000].decode("utf-8", "replace").split())
    error = found.get("error", found) if isinstance(found, dict) else found
    if not isinstance(error, dict):
        return str(error)[:2000]
    said = [error.get(key) for key in ("message", "code", "param", "type")]
    said += _details(error.get("detail"))
    return "; ".join(str(part) for part in said if part)[:2000]


def _details(detail: Any) -> list[Any]:
    """As FastAPI lists what is wrong; it repeats the whole input beside it."""
    if not isinstance(detail, list):
        return [detail]
    found = [one for one in detail if isinstance(one, dict)]
    return [f"{'.'.join(map(str, one.get('loc') or ()))} {one.get('msg', '')}".strip() for one in found]
