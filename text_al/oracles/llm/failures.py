"""Is an endpoint down, or does it fail on a text? Only the second counts against the text."""

from text_al.errors import OracleError
from text_al.oracles.llm.client import TextsFailedError
from text_al.oracles.llm.journal import Kept

_TELLING = 3
"""So many requests in a row that fail after all tries mean that it is down, or set up wrongly."""


class Failures:
    """Requests without a reply, in the order in which they ended.

    Args:
        ever_answered: whether the endpoint has replied to anything before.
    """

    def __init__(self, *, ever_answered: bool) -> None:
        self._ever_answered = ever_answered
        self._answered_now = False
        self._in_a_row: list[Kept] = []
        self._of_texts: list[Kept] = []

    def answered(self) -> None:
        """A request got its reply, so those before it failed for their texts."""
        self._ever_answered = self._answered_now = True
        self._of_texts += self._in_a_row
        self._in_a_row = []

    def add(self, error: TextsFailedError, kept: Kept) -> None:
        """A request got none.

        Raises:
            OracleError: nor did those before it, after some time each: the endpoint is down.
        """
        self._in_a_row.append(kept)
        if error.is_slow and len(self._in_a_row) >= _TELLING:
            raise self._error()

    def end(self) -> None:
        """All requests have ended.

        Raises:
            OracleError: none of them got a reply, and their texts are hardly the cause.
        """
        is_telling = len(self._in_a_row) >= _TELLING and not self._answered_now
        if self._in_a_row and (is_telling or not self._ever_answered):
            raise self._error()
        self._of_texts += self._in_a_row
        self._in_a_row = []

    def taken(self) -> list[Kept]:
        """Those that failed for their texts, each given once."""
        taken, self._of_texts = self._of_texts, []
        return taken

    def _error(self) -> OracleError:
        n_failed, last = len(self._in_a_row), self._in_a_row[-1].failure
        requests = "the last request" if n_failed == 1 else f"the last {n_failed} requests"
        return OracleError(
            f"oracle llm: {requests} got no reply. {last}. What came before is kept; run again"
        )
