"""What a request must carry to be let in, bought ahead of time where a token only buys others."""

import time
from collections.abc import Callable
from typing import Any

from text_al.oracles.label_studio.tokens import Token, claims_of

_FRESH_SHARE = 0.8  # of an access token's time; the rest is for requests that take long


class Access:
    """The header for each request.

    Args:
        token: of either kind.
        clock: seconds, which only grow.
    """

    def __init__(self, token: Token, clock: Callable[[], float] = time.monotonic) -> None:
        self.token = token
        self._clock = clock
        self._bought = Token("")
        self._until = float("-inf")

    @property
    def is_there(self) -> bool:
        """Whether `header` can be given without buying anything."""
        return not self.token.is_personal or self._clock() < self._until

    def header(self) -> str:
        """For `Authorization`."""
        return self._bought.header("Bearer") if self.token.is_personal else self.token.header("Token")

    def keep(self, reply: Any, began: float) -> bool:
        """Whether there is an access token in what the server gave for the token, which is used from now on.

        Args:
            reply: out of JSON.
            began: the clock before it was asked for.
        """
        access = reply.get("access") if isinstance(reply, dict) else None
        if not isinstance(access, str):
            return False
        self._bought = Token(access)
        self._until = began + _FRESH_SHARE * _lifetime(access)
        return True

    def drop(self) -> None:
        """The server does not take what was bought any more."""
        self._until = float("-inf")

    def now(self) -> float:
        """By the clock."""
        return self._clock()

    def hidden_in(self, sentence: str) -> str:
        """The sentence without any token."""
        return self._bought.hidden_in(self.token.hidden_in(sentence))


def _lifetime(access: str) -> float:
    """Seconds for which an access token is good, by what it says of itself."""
    claims = claims_of(access)
    try:
        return float(claims["exp"]) - float(claims["iat"])
    except (KeyError, TypeError, ValueError):
        return 0.0
