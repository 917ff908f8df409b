"""Sentences for errors: what was found, quoted as YAML writes it, and what to do about it."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

_NUMBER = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?")

_TRUTHS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}

_WANTED = {
    "bool": "true or false",
    "dict": "a section",
    "float": "a number",
    "finite_number": "a finite number",
    "int": "a whole number",
    "list": "a list",
    "model": "a section",
    "string": "text",
}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error's sentence: the nearest known word, or the list of all that exist."""
    names = {str(name).casefold().replace("-", "_"): str(name) for name in known}
    near = difflib.get_close_matches(str(word).casefold().replace("-", "_"), names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{names[near[0]]}'?"
    if not names:
        return "Nothing is known under this kind."
    return f"It must be one of: {', '.join(names.values())}."


def problem_sentence(error: Mapping[str, Any], known_keys: Iterable[str] = ()) -> str:
    """One pydantic error as a sentence that names the value found and what to do.

    Args:
        error: one of `ValidationError.errors()`.
        known_keys: the keys of the section that the error is about, for "did you mean".
    """
    value, kind, message = error.get("input"), str(error["type"]), str(error["msg"])
    wanted = _WANTED.get(kind.removesuffix("_type").removesuffix("_parsing").removesuffix("_from_float"))
    if wanted is not None:
        return _wrong_kind(value, wanted)
    match kind:
        case "extra_forbidden":
            known = list(known_keys)
            mend = (
                did_you_mean(str(error["loc"][-1]), known)
                if known
                else "There are no settings here; remove it."
            )
            return f"unknown key. {mend}"
        case "missing":
            return "is missing; add it."
        case "literal_error":
            return f"{shown(value)} is not known. {did_you_mean(str(value), _literals(error))}"
        case "value_error":
            return message.removeprefix("Value error, ")
        case "too_short" | "string_too_short":
            return "is empty; give it a value, or remove the line."
    message = message.replace("Input should be", "it must be")
    return f"{shown(value)} cannot be used: {message[0].lower()}{message[1:]}."


def _wrong_kind(value: Any, wanted: str) -> str:
    if value is None and wanted == "text":
        return "is empty (null), not text; write the text, in quotes, or remove the line."
    if value is None:
        return f"is empty; it must be {wanted}. Give it a value, or remove the line."
    if isinstance(value, str):
        mend = _mend_of_text(value, wanted)
        return f"{shown(value)} is text; {mend or f'it must be {wanted}'}."
    if wanted == "text" and isinstance(value, bool | int | float):
        return f"{shown(value)} is read as {_kind_of(value)}, not as text; put it in quotes."
    if wanted == "a whole number" and isinstance(value, float) and value.is_integer():
        return f"{shown(value)} is a number with a point; write {int(value)}."
    return f"{shown(value)} is {_kind_of(value)}; it must be {wanted}."


def _mend_of_text(text: str, wanted: str) -> str:
    plain = text.strip().replace("_", "")
    if "number" in wanted and _NUMBER.fullmatch(plain):
        return "remove the quotes" if plain == text else f"write {plain}, without quotes"
    if wanted == "true or false" and plain.casefold() in _TRUTHS:
        return f"write {_TRUTHS[plain.casefold()]}, without quotes"
    return ""


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "a yes/no value"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, Mapping):
        return "a section"
    return "a list" if isinstance(value, list | tuple) else f"a {type(value).__name__}"


def shown(value: Any, width: int = 60) -> str:
    """A value as an error quotes it: as YAML writes it, and cut to about `width` characters."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 4]} ..."


def _literals(error: Mapping[str, Any]) -> list[str]:
    expected = str(error.get("ctx", {}).get("expected", ""))
    return [word.strip(" '\"") for part in expected.split(" or ") for word in part.split(",")]
