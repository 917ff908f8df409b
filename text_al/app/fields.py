"""What the page sends, field by field: each is there, of its kind and within bounds, or is refused."""

import json
import math
from collections.abc import Collection, Sequence
from typing import Any, NoReturn

from text_al import annotators
from text_al.app.refusals import Refusal
from text_al.circumstances import SUGGESTION_MODES, Shown, is_machine

MAX_BODY = 64 * 1024
LONGEST_NAME, LONGEST_COMMENT, LONGEST_ID = 60, 2_000, 4_096
LONGEST_SECONDS = 86_400.0
MOST_SHOWN = 12
RESERVED = ("corpus", "simulated")
"""Annotators that are the program itself."""


def invalid(sentence: str) -> NoReturn:
    """Refuses what was sent.

    Raises:
        Refusal: always.
    """
    raise Refusal("invalid", sentence)


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body.

    Raises:
        Refusal: it is no JSON, or no object.
    """
    try:
        found = json.loads(body, parse_constant=lambda word: invalid(f"{word} is no number"))
    except (ValueError, RecursionError):
        invalid("the body is not JSON")
    if not isinstance(found, dict):
        invalid("the body must be a JSON object")
    return found


def check_keys(found: dict[str, Any], known: Collection[str]) -> None:
    """Refuses keys that nobody reads, so that nothing is dropped in silence.

    Raises:
        Refusal: there is one.
    """
    strange = sorted(set(found) - set(known))
    if strange:
        invalid(f"the field {strange[0][:40]!r} is not known; known are {', '.join(known) or 'none'}")


def text(found: dict[str, Any], key: str, longest: int, *, default: str | None = None) -> str:
    """A field that is text.

    Raises:
        Refusal: it is missing without a default, no text, too long, or not what UTF-8 can hold.
    """
    value = found.get(key, default)
    if not isinstance(value, str):
        invalid(f"{key} must be text")
    if len(value) > longest:
        invalid(f"{key} has {len(value):,} characters; at most {longest:,} are taken")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        invalid(f"{key} holds half a character, which cannot be saved")
    return value


def annotator_name(name: str) -> str:
    """An annotator's name, without blanks around it, in one spelling of its accents.

    Raises:
        Refusal: it is empty, too long, holds what cannot be seen, or is the name of a program.
    """
    try:
        clean = annotators.annotator_name(name)
    except ValueError as error:
        invalid(str(error))
    if len(clean) > LONGEST_NAME:
        invalid(f"an annotator's name has 1 to {LONGEST_NAME} characters")
    if is_machine(clean.casefold()) or clean.casefold() in RESERVED:
        invalid(f"the name {clean!r} is kept for programs; choose another one")
    return clean


def label_indices(found: Any, what: str, asked: Collection[int]) -> tuple[int, ...]:
    """Label indices, ascending.

    Args:
        found: as it was sent.
        what: its name.
        asked: the labels that may be among them.

    Raises:
        Refusal: it is no list of different indices, or one is not among `asked`.
    """
    if not isinstance(found, list) or any(type(label) is not int for label in found):
        invalid(f"{what} must be a list of label numbers")
    if len(set(found)) != len(found):
        invalid(f"{what} names a label twice")
    strange = sorted(set(found) - set(asked))
    if strange:
        invalid(f"{what}: this text is not asked about a label {strange[0]}")
    return tuple(sorted(found))


def seconds_taken(found: dict[str, Any]) -> float | None:
    """How long the decision took; None where the page does not say.

    Raises:
        Refusal: it is no number from 0 to a day.
    """
    value = found.get("seconds")
    if value is None:
        return None
    if not _is_number(value) or not 0 <= value <= LONGEST_SECONDS:
        invalid(f"seconds must be a number from 0 to {LONGEST_SECONDS:g}")
    return float(value)


def shown_to(found: Any, names: Sequence[str], asked: Collection[int]) -> Shown | None:
    """What the page showed of the model's opinion, without whose it was; None where it does not say.

    Args:
        found: as it was sent: {"mode", "labels": [[index, probability], ...]}.
        names: of all labels.
        asked: the labels that the text is asked about.

    Raises:
        Refusal: it is not of this form.
    """
    if found is None:
        return None
    if not isinstance(found, dict) or found.get("mode") not in SUGGESTION_MODES:
        invalid(f"shown must be an object whose mode is one of {', '.join(SUGGESTION_MODES)}")
    check_keys(found, ("mode", "labels"))
    pairs = found.get("labels", [])
    if not isinstance(pairs, list) or len(pairs) > MOST_SHOWN or not all(map(_is_pair, pairs)):
        invalid(f"shown.labels must be at most {MOST_SHOWN} pairs of a label's number and a probability")
    label_indices([label for label, _ in pairs], "shown.labels", asked)
    mode = found["mode"]
    if mode == "none" and pairs:
        invalid("shown.labels must be empty where shown.mode is none")
    return Shown(mode, labels=tuple((names[label], float(p)) for label, p in pairs))


def flag(found: dict[str, Any], key: str) -> bool:
    """A field that is true or false, false where it is left out.

    Raises:
        Refusal: it is neither.
    """
    value = found.get(key, False)
    if not isinstance(value, bool):
        invalid(f"{key} must be true or false")
    return value


def _is_pair(pair: Any) -> bool:
    if not isinstance(pair, list) or len(pair) != 2:
        return False
    return type(pair[0]) is int and _is_number(pair[1]) and 0 <= pair[1] <= 1


def _is_number(value: Any) -> bool:
    """Whether it is a number that is finite; a whole one may be larger than any float."""
    return type(value) is int or (isinstance(value, float) and math.isfinite(value))
