"""A process of its own for each measurement: CPU seconds, and memory beyond the input.

    python -m tests.benchmarks.strategy_speed.alone entropy small-text 100000 0

It prints what it found as a line of JSON.
"""

import ctypes
import gc
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path as FilePath
from statistics import median

import numpy as np

from tests.benchmarks.performance.measuring import Stopwatch, peak_memory
from tests.benchmarks.performance.scorer import NotHereError
from tests.benchmarks.strategy_speed.cases import CASES, Case
from tests.benchmarks.strategy_speed.inputs import made
from tests.benchmarks.strategy_speed.paths import Call, Path
from text_al.errors import StrategyError

CALLS, LONG = 5, 5.0
"""So many calls follow each other, of which the median is taken, until they have taken so many seconds."""

WARM_UP = 200
"""Texts of a first call that is not measured: it imports and allocates what is there once."""


@dataclass(frozen=True)
class Measured:
    """One path in one process.

    Attributes:
        path: its name.
        n: N.
        seconds: of CPU, the median over the calls.
        wall: seconds that passed, likewise.
        beyond: MiB that the first call took at most beyond what the process held before it.
        whole: MiB that the process held at most, from its start to the end of the first call.
        chosen: positions that a batch strategy chose.
    """

    path: str
    n: int
    seconds: float
    wall: float
    beyond: float
    whole: float
    chosen: tuple[int, ...] | None = None


def in_own_process(case: str, path: Path, n: int, *, seed: int, timeout: float) -> Measured:
    """Measures a path in a new process with the threads that it may have.

    Raises:
        NotHereError: it cannot be measured here, or not in `timeout` seconds; says why.
        RuntimeError: the process failed; with what it said.
    """
    threads = {f"{library}_NUM_THREADS": str(path.threads) for library in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, "-m", __name__, case, path.name, str(n), str(seed)]
    try:
        done = subprocess.run(
            command, env=os.environ | threads, timeout=timeout, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotHereError(f"{n:,} texts take more than {timeout:,.0f} seconds") from None
    if done.returncode:
        raise RuntimeError(f"{case}, {path.name}, {n:,} texts: {done.stderr}")
    said = json.loads(done.stdout.splitlines()[-1])
    if "missing" in said:
        raise NotHereError(said["missing"])
    return read(said)


def read(said: dict[str, object]) -> Measured:
    """What was written as JSON."""
    chosen = said.pop("chosen")
    return Measured(**said, chosen=None if chosen is None else tuple(chosen))  # type: ignore[arg-type]


def measured(case: Case, path: Path, n: int, *, seed: int) -> Measured:
    """Measures a path in this process.

    Raises:
        NotHereError: its package is not installed, or the strategy refuses so many texts.
    """
    batch = case.shape.batch
    path.prepare(made(max(WARM_UP, 2 * batch), case.shape, path.needs, seed=seed), batch)()
    call = path.prepare(made(n, case.shape, path.needs, seed=seed), batch)
    built, before = peak_memory(), _fresh_mark()
    try:
        first, cpu, wall = _timed(call)
    except StrategyError as refusal:
        raise NotHereError(f"{n:,} texts: {refusal}") from refusal
    after = peak_memory()
    times = [(cpu, wall)]
    while len(times) < CALLS and sum(cpu for cpu, _ in times) < LONG:
        times.append(_timed(call)[1:])
    seconds, passed = (median(values) for values in zip(*times, strict=True))
    is_choice = np.issubdtype(np.asarray(first).dtype, np.integer)
    chosen = tuple(np.asarray(first).tolist()) if is_choice else None
    return Measured(path.name, n, seconds, passed, after - before, max(built, after), chosen)


def _timed(call: Call) -> tuple[object, float, float]:
    began = time.monotonic()
    with Stopwatch() as watch:
        found = call()
    return found, watch.seconds, time.monotonic() - began


def _fresh_mark() -> float:
    """MiB held now, from where the high-water mark starts again; where it cannot, the mark as it stands."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # what is free but kept would hide what a call takes
        FilePath("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak_memory()


def main() -> None:
    """One measurement, by names."""
    name, path_name, n, seed = sys.argv[1:]
    case = CASES[name]
    path = next(path for path in case.paths if path.name == path_name)
    try:
        found = asdict(measured(case, path, int(n), seed=int(seed)))
    except NotHereError as reason:
        found = {"missing": str(reason)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
