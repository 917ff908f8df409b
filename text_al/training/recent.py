"""What was made of the last few sets of texts: made once, and a server's memory stays bounded."""

from collections.abc import Callable
from typing import Generic, TypeVar

from text_al.types import Texts

SETS = 4
"""Pool, validation and test stay; one more is for what a user asks about."""

T = TypeVar("T")


class Recent(Generic[T]):
    """The last few sets of texts in the form in which a learner reads them, by their fingerprints."""

    def __init__(self) -> None:
        self._made: dict[str, T] = {}

    def of(self, texts: Texts, make: Callable[[], T]) -> T:
        """What was made of these texts; `make` is called where nothing was, or no longer is."""
        key = texts.text_fingerprint
        made = self._made.pop(key) if key in self._made else make()
        self._made[key] = made
        for oldest in list(self._made)[:-SETS]:
            del self._made[oldest]
        return made

    def forget(self) -> None:
        """Drops everything."""
        self._made.clear()
