"""What a language model suggests to whoever answers; a suggestion decides nothing."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from text_al.errors import OracleError
from text_al.formats.entries import SUGGESTED
from text_al.formats.objects import DECISION
from text_al.formats.whole_file import write_whole
from text_al.oracles.request_files import file_name


@dataclass(frozen=True)
class Suggestion:
    """What a language model would answer.

    Attributes:
        id: the text's id.
        labels: names of the labels that it gives; none is a suggestion too.
        annotator: the model's name, with the hash of its prompt.
        at: ISO 8601 time, UTC.
        considered: names of the labels that it was asked about.
    """

    id: str
    labels: tuple[str, ...]
    annotator: str
    at: str
    considered: tuple[str, ...]


def suggestions_file(folder: Path, request_id: str) -> Path:
    """Where the suggestions for a request are."""
    return folder / f"{file_name(request_id)}.suggestions.jsonl"


def write_suggestions(folder: Path, request_id: str, suggestions: Iterable[Suggestion]) -> None:
    """Keeps the suggestions for a request, as interchange lines that decide nothing where they are imported.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(_plain(one, request_id), ensure_ascii=False) + "\n" for one in suggestions)
    write_whole(suggestions_file(folder, request_id), "".join(lines))


def suggestions(folder: Path, request_id: str) -> Mapping[str, Suggestion]:
    """Text id to suggestion, for a request; empty where none was made.

    Args:
        folder: where the run's files for people are.
        request_id: the request.

    Raises:
        OracleError: the file is not as it was written.
    """
    path = suggestions_file(folder, request_id)
    if not path.exists():
        return {}
    try:
        content = path.read_text(encoding="utf-8")
        found = [_suggestion(json.loads(line)) for line in content.split("\n") if line]
    except (ValueError, KeyError, TypeError):
        raise OracleError(
            f"{path}: it is not as text_al wrote it; remove it, and it is made again without asking again"
        ) from None
    return {one.id: one for one in found}


def _plain(one: Suggestion, request_id: str) -> dict[str, Any]:
    return {
        "format": DECISION,
        "id": one.id,
        "status": SUGGESTED,
        "labels": list(one.labels),
        "considered": list(one.considered),
        "annotator": one.annotator,
        "at": one.at,
        "batch": request_id,
    }


def _suggestion(found: dict[str, Any]) -> Suggestion:
    labels, considered = tuple(found["labels"]), tuple(found["considered"])
    return Suggestion(found["id"], labels, found["annotator"], found["at"], considered)
