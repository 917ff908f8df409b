"""What every way of scoring takes and gives."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from text_al.types import FloatArray, Label


@dataclass(frozen=True)
class Saved:
    """One trained classifier on disk, from which every route loads its own copy.

    Attributes:
        ours: a model's folder of text_al; its encoder loads by itself too.
        twin: the same as a model of transformers, see `twin`.
        labels: L of them.
        sample: a few hundred texts like those to be scored. Ours compares its faster ways with the plain one
            on them before it is measured, as it does with a pool.
    """

    ours: Path
    twin: Path
    labels: tuple[Label, ...]
    sample: tuple[str, ...]


@dataclass(frozen=True)
class Scored:
    """Probabilities (n, L) in the order of the texts, and the CPU seconds they took.

    Attributes:
        probs: (n, L).
        tokenising: seconds, or None where they cannot be told from the scoring.
        scoring: seconds of everything else.
        notes: what the program said meanwhile.
    """

    probs: FloatArray
    tokenising: float | None
    scoring: float
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Tokenising and scoring together."""
        return self.scoring + (self.tokenising or 0.0)


Scorer = Callable[[list[str]], Scored]


class NotHereError(Exception):
    """This route cannot be measured here; the message says why."""
