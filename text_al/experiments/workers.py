"""The worker processes of a comparison: how many, with which threads, and what they say."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from text_al.experiments.cells import Cell
from text_al.experiments.comparison_config import Comparison

_QUOTAS = (Path("/sys/fs/cgroup/cpu.max"), Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"))
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


@dataclass(frozen=True)
class Message:
    """What a worker says.

    Attributes:
        worker: its number.
        said: {"event": "round" | "done" | "failed" | "died", ...}.
    """

    worker: int
    said: Mapping[str, Any]


def n_workers(comparison: Comparison) -> int:
    """How many processes, so that their threads are no more than there are cores for them."""
    if comparison.workers != "auto":
        return comparison.workers
    return max(1, cores() // comparison.threads)


def cores(quotas: tuple[Path, Path] = _QUOTAS) -> int:
    """Cores that this process may use: those it is bound to, or fewer by the quota of its container."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(bound, _quota(*quotas) or bound)


def _quota(second: Path, first: Path) -> int | None:
    """Whole cores by the quota of control groups, version 2 or 1; None where there is none."""
    try:
        if second.exists():
            allowed, period = second.read_text().split()
        else:
            allowed, period = first.read_text(), first.with_name("cpu.cfs_period_us").read_text()
        return max(1, int(allowed) // int(period)) if int(allowed) > 0 else None
    except (OSError, ValueError):  # no quota: "max", or no such file
        return None


class Worker:
    """One process, and a thread that passes on what it says.

    Args:
        number: its own.
        comparison: what the cells are of.
        heard: takes its messages.
    """

    def __init__(self, number: int, comparison: Comparison, heard: "queue.SimpleQueue[Message]") -> None:
        self.number, self._comparison, self._heard = number, comparison, heard
        self.cell: Cell | None = None
        log = comparison.folder / "logs" / f"worker-{number}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "text_al.experiments.worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=_environment(comparison),
            )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def give(self, cell: Cell) -> None:
        """Has it run a cell; its end comes as a message."""
        self.cell = cell
        fields = ("data", "learner", "strategy", "seed", "opaque_labels", "source_folder")
        job = {
            "cell": {name: getattr(cell, name) for name in fields},
            "config": cell.config.model_dump(),
            "comparison": str(self._comparison.folder),
            "data_root": self._comparison.data_root,
            "keep_models": self._comparison.keep_models,
        }
        with suppress(BrokenPipeError):  # it has died, which its thread tells
            _pipe(self._process.stdin).write(json.dumps(job).encode() + b"\n")
            _pipe(self._process.stdin).flush()

    def end(self) -> None:
        """Ends it at once, whatever it does: a run survives any end."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):  # of what it did not read any more
                _pipe(pipe).close()

    def _listen(self) -> None:
        for line in _pipe(self._process.stdout):
            self._heard.put(Message(self.number, json.loads(line)))
        status = self._process.wait()
        self._heard.put(Message(self.number, {"event": "died", "status": status}))


def _environment(comparison: Comparison) -> dict[str, str]:
    """Threads are limited before any library is loaded, which reads their number once."""
    return {
        **os.environ,
        **dict.fromkeys(_THREADS, str(comparison.threads)),
        "TOKENIZERS_PARALLELISM": "false",
    }


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe
