"""CPU seconds, the machine's own limit measured beside them, and paths in random rotation."""

import resource
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import numpy as np

SIZE, TRIES = 2048, 3
"""Rows and columns of the matrices whose product is the limit; the best of so many products."""

T = TypeVar("T")


def cpu_seconds() -> float:
    """Of this process with all its threads, and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Stopwatch:
    """`with Stopwatch() as watch:` leaves the CPU seconds spent inside in `watch.seconds`."""

    seconds = 0.0

    def __enter__(self) -> Self:
        self._began = cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = cpu_seconds() - self._began


def peak_memory() -> float:
    """MiB this process has held at most since it was started.

    From the kernel's own mark, as getrusage also counts what the parent held when it forked.
    """
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM; peaks are measured on Linux only")


@dataclass(frozen=True)
class Limit:
    """GFLOP per CPU-second of a 2048^3 matrix product: no path can do more with plain matrix products."""

    fp32: float
    bf16: float

    @classmethod
    def now(cls) -> "Limit":
        """Measured at this moment: on a shared machine it moves."""
        import torch

        rates = []
        for dtype in (torch.float32, torch.bfloat16):
            left, right = (torch.ones(SIZE, SIZE, dtype=dtype) for _ in range(2))
            rates.append(max(_rate(left, right) for _ in range(TRIES)))
        return cls(*rates)


def _rate(left: Any, right: Any) -> float:
    with Stopwatch() as watch:
        left @ right
    return 2e-9 * SIZE**3 / watch.seconds


@dataclass(frozen=True)
class Measured(Generic[T]):
    """One repetition of one path: what it returned, and the limit beside it."""

    path: str
    repetition: int
    limit: Limit
    found: T


def in_rotation(
    paths: Mapping[str, Callable[[int], T]], repetitions: int, rng: np.random.Generator
) -> Iterator[Measured[T]]:
    """Every path once a repetition, in an order drawn anew each time, the limit measured before each.

    Args:
        paths: by name; called with the repetition, from 0.
        repetitions: of all.
        rng: draws the orders.
    """
    names = list(paths)
    for repetition in range(repetitions):
        for place in rng.permutation(len(names)):
            limit = Limit.now()
            yield Measured(names[place], repetition, limit, paths[names[place]](repetition))
