"""Hidden labels answer at once: for experiments, where the whole pool is labelled already."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.oracles.base import ORACLES, Oracle
from text_al.seeds import generator
from text_al.types import Answer, Answers, IntArray, LabelRequest, TargetArray

HiddenTargets = Callable[[IntArray], TargetArray]
"""Takes rows (n,), returns their targets (n, L)."""


class SimulatedOracle:
    """Answers every row with its hidden targets; a row of which nothing is known is skipped.

    Args:
        targets: gives the hidden targets of rows.
        seed: the run's seed.
        noise: probability in [0, 0.5] that a known target is answered wrongly. Which ones depends on seed and
            row alone, so that a row gets the same answer however, and however often, it is asked.
    """

    def __init__(self, targets: HiddenTargets, *, seed: int, noise: float = 0.0) -> None:
        self._targets = targets
        self._seed = seed
        self._noise = noise

    def ask(self, request: LabelRequest) -> None:
        """Nothing: the answers are there already."""

    def collect(self, request: LabelRequest) -> Answers:
        """An answer for every row of the request, in its order, about the labels that it asks about."""
        hidden = self._targets(np.array(request.rows, dtype=np.int64))
        considered = request.considered or (None,) * len(request.rows)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        answers = (
            self._answer(row, targets, asked, now)
            for row, targets, asked in zip(request.rows, hidden, considered, strict=True)
        )
        return Answers(request.id, tuple(answers))

    def _answer(self, row: int, targets: TargetArray, asked: tuple[int, ...] | None, at: str) -> Answer:
        wrong = generator(self._seed, row, "noise").random(len(targets)) < self._noise
        answered = np.where(wrong & (targets >= 0), 1 - targets, targets)
        if asked is not None:
            answered[np.setdiff1d(np.arange(len(targets)), asked)] = -1
        if np.all(answered == -1):
            comment = "none of its hidden labels is known"
            return Answer(row, "skipped", None, "simulated", "simulated", at, comment, asked)
        given = tuple(answered.tolist())
        return Answer(row, "labelled", given, "simulated", "simulated", at, considered=asked)


@ORACLES.register("simulated")
def simulated(
    *,
    noise: Annotated[float, Field(ge=0, le=0.5)] = 0.0,
    _targets: HiddenTargets,
    _seed: int,
) -> Oracle:
    """The labels that stand beside the pool's texts answer, hidden from the learner until asked for.

    Args:
        noise: probability that a label decision is wrong, 0 to 0.5.
        _targets: gives the hidden targets of rows.
        _seed: the run's seed.
    """
    return SimulatedOracle(_targets, seed=_seed, noise=noise)
