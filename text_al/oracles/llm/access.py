"""The key of an endpoint: from the environment or a file, and into no sentence, log or repr."""

import os
from pathlib import Path

from text_al.errors import OracleError
from text_al.oracles.variables import is_variable

_HIDDEN = "[key]"


class Key:
    """A key that nothing shows by accident.

    Args:
        value: the key; "" where the endpoint asks for none.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def __repr__(self) -> str:
        return f"Key({_HIDDEN if self._value else 'none'})"

    def headers(self) -> dict[str, str]:
        """What a request must carry."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def hidden_in(self, sentence: str) -> str:
        """The sentence without the key: servers repeat it when they refuse it."""
        return sentence.replace(self._value, _HIDDEN) if self._value else sentence


def read_key(variable: str, file: str) -> Key:
    """The key that one of the two names.

    Args:
        variable: an environment variable; "" for none.
        file: a file that holds nothing else; "" for none.

    Raises:
        OracleError: there is no such variable or file, or what it holds cannot be a key.
    """
    if variable:
        place = f"the environment variable {variable if is_variable(variable) else 'of that name'}"
        value = os.environ.get(variable, "").strip()
        mend = "set it to the key; oracle.api_key_env holds its name, never the key itself"
        return _checked(value, f"oracle.api_key_env: {place} is not set", mend)
    if file:
        mend = "write the key there, and nothing else"
        return _checked(_content(file), f"oracle.api_key_file: {file} is empty", mend)
    return Key()


def _content(file: str) -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise OracleError(f"oracle.api_key_file: {file} cannot be read: {why}") from None


def _checked(value: str, missing: str, mend: str) -> Key:
    if not value:
        raise OracleError(f"{missing}; {mend}")
    if not all("!" <= character <= "~" for character in value):
        where = missing.split(":", 1)[0]
        raise OracleError(
            f"{where}: what it names is no key, as it holds spaces or letters beyond ASCII; {mend}"
        )
    return Key(value)
