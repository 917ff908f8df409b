"""Round records as JSON, without loss: what is read back equals what was written, to the last bit."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from text_al.records import EvaluationRecord, QueriedText, Reliability, RoundRecord
from text_al.tracking.atomic import write_atomically

# JSON leaves these bare inside strings, but many readers of lines take them for the end of one
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


def to_json(record: RoundRecord) -> dict[str, Any]:
    """The record in JSON's own types; nan becomes None, an infinite number becomes "inf" or "-inf"."""
    plain: dict[str, Any] = _plain(dataclasses.asdict(record))
    return plain


def from_json(data: Mapping[str, Any]) -> RoundRecord:
    """The record that `to_json` was given; those of former versions lack the last fields.

    Raises:
        TypeError: a field is missing, or one is there that a record does not have.
    """
    values = dict(data)
    for name in ("metrics", "per_label_f1", "thresholds", "seconds"):
        values[name] = _numbers(values[name])
    values["best_epoch"] = _number(values["best_epoch"])
    values["evaluations"] = tuple(_evaluation(item) for item in values["evaluations"])
    values["queried"] = tuple(_queried(item) for item in values["queried"])
    values["notes"] = tuple(values["notes"])
    values["texts"] = {stage: int(count) for stage, count in values.get("texts", {}).items()}
    values["reliability"] = {name: _reliability(item) for name, item in values.get("reliability", {}).items()}
    return RoundRecord(**values)


def rewrite_jsonl(path: Path, records: Sequence[RoundRecord]) -> None:
    """Replaces `path` by one line of JSON a record, atomically; texts stay readable in every script.

    Raises:
        OSError: the file cannot be written; it is as it was before.
    """
    lines = [json.dumps(to_json(record), ensure_ascii=False, allow_nan=False) for record in records]
    write_atomically(path, "".join(line.translate(_LINE_ENDS) + "\n" for line in lines).encode())


def _evaluation(data: Mapping[str, Any]) -> EvaluationRecord:
    numbers = _numbers({name: data[name] for name in ("epoch", "learning_rate", "seconds")})
    return EvaluationRecord(**{**data, **numbers, "metrics": _numbers(data["metrics"])})


def _queried(data: Mapping[str, Any]) -> QueriedText:
    # None is a score's own "there is none", and no strategy may score nan
    nearest = tuple((name, _number(cosine)) for name, cosine in data.get("nearest", ()))
    return QueriedText(
        **{
            **data,
            "score": None if data["score"] is None else _number(data["score"]),
            "at_stake": _numbers(data.get("at_stake", {})),
            "nearest": nearest,
        }
    )


def _reliability(data: Mapping[str, Any]) -> Reliability:
    rates = {name: tuple(map(_number, data[name])) for name in ("edges", "predicted", "observed")}
    return Reliability(**{**data, **rates, "counts": tuple(data["counts"])})


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float | str | None) -> float:
    return math.nan if value is None else float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
