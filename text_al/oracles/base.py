"""What an oracle is, and how one is registered.

A registered function makes one. Its keyword-only parameters are its settings in YAML; those that begin with
an underscore are handed in by the program, each only to the oracles that name it:

    _targets   (rows) -> (n, L) int8, the hidden labels     _seed     the run's seed
    _corpus    the pool's texts, ids and labels             _folder   where files for people go
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from text_al.registry import Registry
from text_al.types import Answers, IntArray, Label, LabelRequest


class Oracle(Protocol):
    """Whoever answers requests. Neither method waits for anybody."""

    def ask(self, request: LabelRequest) -> None:
        """Put a request to whoever answers; asking twice with one id asks once."""
        ...

    def collect(self, request: LabelRequest) -> Answers:
        """What has come in for a request: all, a part, or nothing yet; calling again is harmless."""
        ...


class TextsToLabel(Protocol):
    """Texts and their ids by row, rows by id, and the labels that the texts may have."""

    @property
    def labels(self) -> Sequence[Label]:
        """(L,) the labels, in the order of all targets."""
        ...

    def texts(self, rows: IntArray) -> Sequence[str]:
        """The texts of these rows, in order."""
        ...

    def ids(self, rows: IntArray) -> Sequence[str]:
        """The ids of these rows, in order."""
        ...

    def rows_of(self, ids: Sequence[str]) -> Sequence[int | None]:
        """The rows of these ids, in order; None for an id there is not."""
        ...


ORACLES: Registry[Callable[..., Oracle]] = Registry("oracle")
