"""What every learner promises, and the names that learners are known by. Free of torch."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from text_al.errors import NothingLearnedError, TrainingError
from text_al.records import FitReport
from text_al.registry import Registry
from text_al.reporting import Reporter
from text_al.types import Candidates, FloatArray, IntArray, LabelledTexts, TargetArray, Texts


class Learner(Protocol):
    """A model of a fixed list of labels over one pool of texts.

    A fit is a function of (settings, seed, round, rows, targets), so that a round that was cut short can be
    done again with the same end. Only a warm start also depends on the weights of the round before, which
    `restore` brings back.
    """

    @property
    def thresholds(self) -> FloatArray:
        """(L,) in [0, 1]: where each label is predicted; 0.5 before the first fit."""
        ...

    def fit(
        self,
        rows: IntArray,
        targets: TargetArray,
        validation: LabelledTexts | None,
        *,
        round_number: int,
        global_step: int,
        reporter: Reporter,
    ) -> FitReport:
        """Learns from pool rows (n,) and targets (n, L); chooses weights and thresholds on `validation`."""
        ...

    def look(self, rows: IntArray, needs: frozenset[str], reporter: Reporter) -> Candidates:
        """What a strategy may see of these rows (M,), in their order."""
        ...

    def frozen(self, rows: IntArray, reporter: Reporter) -> FloatArray:
        """(M, E) float32 vectors of pool rows (M,), in which no label has a say: the same every round."""
        ...

    def logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) float32 logits of all texts, in their order."""
        ...

    def save(self, folder: Path) -> None:
        """Writes the model into a folder that does not exist yet: whole, or not at all."""
        ...

    def restore(self, folder: Path) -> None:
        """Takes back what `save` wrote, to the bit."""
        ...


def check_learnable(targets: TargetArray) -> None:
    """Looks whether targets (n, L) hold anything to learn.

    Raises:
        TrainingError: none of them is known.
    """
    if not (targets >= 0).any():
        raise TrainingError("there is nothing to learn from: no text has a known target")


def check_given(kind: str, needs: frozenset[str]) -> None:
    """Looks whether a learner gives what a strategy needs.

    Raises:
        TrainingError: it does not.
    """
    lacks = needs - {"probs", "embeddings", "passes"}
    if lacks:
        raise TrainingError(
            f"learner {kind} does not give {', '.join(sorted(lacks))}, which the strategy needs; "
            "take another of either"
        )


def knows_nothing(kind: str) -> NothingLearnedError:
    """The error of a learner that is asked about texts before it learned anything."""
    return NothingLearnedError(
        f"learner {kind} knows nothing of these labels before its first fit; call fit or restore first, "
        "or in a run begin with initial: random"
    )


LEARNERS: Registry[Callable[..., Learner]] = Registry("learner")
