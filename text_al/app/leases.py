"""Which text is on whose desk, so that two people do not do the same one unless it is wanted."""

import time
from collections.abc import Callable, Iterable


class Leases:
    """In memory only, and soft: a text that nobody answers is handed out again.

    Args:
        seconds: how long a text counts as being on somebody's desk.
        clock: seconds that only grow.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: dict[int, dict[str, float]] = {}

    def take(self, rows: Iterable[int], annotator: str) -> None:
        """These texts are on this annotator's desk from now on."""
        until = self._clock() + self._seconds
        for row in rows:
            self._until.setdefault(row, {})[annotator] = until

    def end(self, row: int, annotator: str) -> None:
        """This annotator has answered."""
        self._until.get(row, {}).pop(annotator, None)

    def n_others(self, row: int, annotator: str) -> int:
        """On how many other desks the text is."""
        now = self._clock()
        return sum(until > now and who != annotator for who, until in self._until.get(row, {}).items())

    def clear(self) -> None:
        """Another batch."""
        self._until.clear()
