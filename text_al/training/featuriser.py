"""Texts as numbers that no label has a say in, so that they are made once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from text_al.reporting import Reporter
from text_al.types import FloatArray, Label, Texts


class Featuriser(Protocol):
    """Makes the features of any texts, the same whatever is labelled."""

    @property
    def kind(self) -> str:
        """What text_al.json calls a learner on these features."""
        ...

    @property
    def stage(self) -> str:
        """What making features is called in records: tokenise or encode."""
        ...

    @property
    def description(self) -> Mapping[str, Any]:
        """What text_al.json says of it."""
        ...

    def features(self, texts: Texts, reporter: Reporter) -> Any:
        """(N, D) what a head sees: scipy sparse, or dense and maybe memory-mapped."""
        ...

    def scale(self, pool: Any) -> float:
        """What a head's features are multiplied by, so that one penalty suits any; `pool` are the pool's."""
        ...

    def vectors(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, E) what strategies see: dense, of unit length (or zero), and maybe memory-mapped."""
        ...

    def directions(self, labels: Sequence[Label], pool: Any) -> FloatArray | None:
        """(L, D) where the label names lie among the features; None where that says nothing."""
        ...

    def notes(self, reporter: Reporter) -> tuple[str, ...]:
        """Sentences a user should read."""
        ...

    def save(self, folder: Path) -> Mapping[str, FloatArray]:
        """Writes what it needs into a model's folder; arrays that belong beside the head are returned."""
        ...

    def restore(self, folder: Path, said: Mapping[str, Any], arrays: Mapping[str, FloatArray]) -> None:
        """Takes back what `save` wrote; `said` is the model's description, `arrays` what was returned."""
        ...
