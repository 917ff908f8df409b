"""Names of environment variables, told from the keys and tokens that are put in their place by mistake."""

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
_LONG = 20  # letters of a word in a name; keys have far longer runs, of both cases or with digits


def is_variable(name: str) -> bool:
    """Whether it is plausibly the name of an environment variable, and so may be repeated."""
    return bool(_NAME.fullmatch(name)) and not any(_is_random(part) for part in name.split("_"))


def checked_variable(name: str) -> str:
    """The name of an environment variable; what looks like a key or a token instead is not repeated.

    Raises:
        ValueError: it is no such name.
    """
    if not is_variable(name):
        raise ValueError(
            "this is no name of an environment variable; give the name of the variable that holds the key or "
            "token, never the key or token itself"
        )
    return name


def _is_random(part: str) -> bool:
    is_word = part.isalpha() and (part.isupper() or part.islower())
    return len(part) >= _LONG and not is_word
