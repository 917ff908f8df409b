"""Requests as the run's database keeps them."""

import json
from dataclasses import asdict
from typing import Any

from text_al.types import LabelRequest, Why

_NESTED = ("considered", "probs")


def to_json(request: LabelRequest) -> str:
    """As text; numbers of arrays become plain ones."""
    return json.dumps(asdict(request), ensure_ascii=False, default=lambda number: number.item())


def from_json(text: str) -> LabelRequest:
    """What `to_json` was given."""
    values: dict[str, Any] = json.loads(text)
    for name, value in values.items():
        values[name] = tuple(value) if isinstance(value, list) else value
    for name in _NESTED:
        if values.get(name) is not None:
            values[name] = tuple(map(tuple, values[name]))
    if values.get("whys") is not None:
        values["whys"] = tuple(
            Why(**{name: tuple(map(tuple, pairs)) for name, pairs in why.items()}) for why in values["whys"]
        )
    return LabelRequest(**values)
