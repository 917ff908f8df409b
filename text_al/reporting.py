"""Who hears what goes on while it goes on; the records remain the truth."""

from typing import Protocol

from text_al.records import EvaluationRecord


class Reporter(Protocol):
    """Hears what goes on while it goes on; the records remain the truth."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins: tokenise, encode, head, train, evaluate, score; `total` in its own units."""
        ...

    def advance(self, amount: int = 1) -> None:
        """So many units of the stage are done."""
        ...

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:
        """The mean loss per known target since the last call, and the encoder's learning rate."""
        ...

    def evaluation(self, record: EvaluationRecord) -> None:
        """An evaluation inside the fit is done."""
        ...

    def note(self, sentence: str) -> None:
        """Something a user should read now."""
        ...


class Silent:
    """A reporter that says nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self, amount: int = 1) -> None:
        """Nothing."""

    def train_loss(self, global_step: int, loss: float, learning_rate: float) -> None:
        """Nothing."""

    def evaluation(self, record: EvaluationRecord) -> None:
        """Nothing."""

    def note(self, sentence: str) -> None:
        """Nothing."""
