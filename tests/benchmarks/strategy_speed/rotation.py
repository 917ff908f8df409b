"""A case run: its paths take turns in random order, with more texts as long as that takes a bearable time."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Self

import numpy as np

from tests.benchmarks.performance.scorer import NotHereError
from tests.benchmarks.strategy_speed.alone import LONG, Measured, in_own_process, read
from tests.benchmarks.strategy_speed.cases import CASES
from tests.benchmarks.strategy_speed.paths import Path


@dataclass(frozen=True)
class Outcome:
    """What a case came to, ours and peers in one run.

    Attributes:
        found: a process each.
        left_out: a sentence for what could not be measured.
    """

    found: tuple[Measured, ...]
    left_out: tuple[str, ...]

    def of(self, path: str, n: int) -> list[Measured]:
        """One path at one size, a process each."""
        return [one for one in self.found if (one.path, one.n) == (path, n)]

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """What `as_json` made."""
        return cls(tuple(read(one) for one in said["found"]), tuple(said["left_out"]))


class Rotation:
    """Measures a case.

    Args:
        case: its name.
        seed: of the input and of the order of the paths.
        patience: CPU seconds that a call may be expected to take; expected is growth in line with N.
        ours_only: leaves peers out.
    """

    def __init__(self, case: str, *, seed: int, patience: float, ours_only: bool) -> None:
        self._name, self._case = case, CASES[case]
        self._seed, self._patience = seed, patience
        self._going = [path for path in self._case.paths if path.is_ours or not ours_only]
        self._found: list[Measured] = []
        self._left_out: list[str] = []

    def run(self, sizes: Sequence[int]) -> Outcome:
        """Every path at every size within patience."""
        rng = np.random.default_rng([self._seed, len(sizes)])
        for n in sizes:
            self._going = [path for path in self._going if self._is_bearable(path, n)]
            names = ", ".join(path.name for path in self._going)
            print(f"{self._name}, {n:,} texts: {names}", file=sys.stderr, flush=True)
            for repetition in range(self._case.repetitions):
                for place in rng.permutation(len(self._going)):
                    path = self._going[place]
                    if repetition == 0 or self._seconds(path, n) <= LONG:
                        self._measure(path, n)
                self._going = [path for path in self._going if self._at(path, n)]
        return Outcome(tuple(self._found), tuple(self._left_out))

    def _measure(self, path: Path, n: int) -> None:
        timeout = 60 + 10 * self._patience  # of a process, with the making of its input
        try:
            one = in_own_process(self._name, path, n, seed=self._seed, timeout=timeout)
        except NotHereError as reason:
            self._left_out.append(f"Left out: {path.name}; {str(reason).rstrip('.')}.")
        else:
            self._found.append(one)

    def _is_bearable(self, path: Path, n: int) -> bool:
        earlier = [one.n for one in self._found if one.path == path.name]
        if not earlier:
            return True
        expected = self._seconds(path, max(earlier)) * n / max(earlier)
        if expected > self._patience:
            self._left_out.append(
                f"Not measured: {path.name} with {n:,} texts; in line with {max(earlier):,} "
                f"it would take {expected:,.0f} CPU seconds."
            )
        return expected <= self._patience

    def _at(self, path: Path, n: int) -> list[Measured]:
        return [one for one in self._found if (one.path, one.n) == (path.name, n)]

    def _seconds(self, path: Path, n: int) -> float:
        return median([one.seconds for one in self._at(path, n)] or [np.inf])
