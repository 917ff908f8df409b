"""Label Studio's two kinds of token: from the environment or a file, and into no sentence, log or picture.

A legacy token is sent as it is. A personal access token is a JWT that only buys access tokens, which are
sent instead and are good for some minutes.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

from text_al.errors import OracleError

_WHERE = "Label Studio shows it under Account & Settings"


class Token:
    """A token that nothing shows by accident.

    Args:
        value: the token.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return f"Token({'personal' if self.is_personal else 'legacy'})"

    @property
    def is_personal(self) -> bool:
        """Whether it is a personal access token, which must be exchanged."""
        return bool(claims_of(self._value))

    def header(self, kind: str) -> str:
        """What a request must carry in `Authorization`.

        Args:
            kind: "Token" for a legacy token, "Bearer" for an access token.
        """
        return f"{kind} {self._value}"

    def to_exchange(self) -> dict[str, str]:
        """What buys an access token; of a personal access token."""
        return {"refresh": self._value}

    def hidden_in(self, sentence: str) -> str:
        """The sentence without the token: servers may repeat what they refuse."""
        return sentence.replace(self._value, "[token]") if self._value else sentence


def read_token(variable: str, file: str) -> Token:
    """The token that the file holds, or else the environment variable.

    Args:
        variable: an environment variable's name.
        file: a file that holds nothing else; "" for none.

    Raises:
        OracleError: there is no such variable or file, or what it holds cannot be a token.
    """
    if file:
        place, value = f"token file {file}", _content(file)
        missing = f"{place} is empty; write the token there, and nothing else. {_WHERE}"
    else:
        place, value = f"environment variable {variable}", os.environ.get(variable, "").strip()
        missing = f"{place} is not set; set it to the token, or name a file with token_file. {_WHERE}"
    if not value:
        raise OracleError(f"Label Studio: the {missing}")
    if not all("!" <= character <= "~" for character in value):
        raise OracleError(
            f"Label Studio: the {place} holds spaces, or letters no token has; put the token alone there"
        )
    return Token(value)


def claims_of(value: str) -> dict[str, Any]:
    """What a JWT says of itself, unchecked; {} where it is none."""
    parts = value.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _content(file: str) -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise OracleError(f"Label Studio: the token file {file} cannot be read: {why}") from None
