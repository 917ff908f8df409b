"""One process at a time may advance a run."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from text_al.errors import RunLockedError


class RunLock:
    """A lock on a run, as a context manager; the kernel frees it when its process ends, also by `kill -9`.

    Args:
        path: the run's database. The lock is a file beside it, and so is the holder's process id, because a
            file that is locked cannot be read everywhere.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._lock = FileLock(f"{path}.lock", timeout=0.5)  # `is_locked` may look at this very moment
        self._holder = Path(f"{path}.pid")

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            RunLockedError: another process holds it.
        """
        try:
            self._lock.acquire()
        except Timeout:
            raise RunLockedError(self._sentence()) from None
        self._holder.write_text(str(os.getpid()), encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        self._holder.unlink(missing_ok=True)
        self._lock.release()

    def _sentence(self) -> str:
        try:
            holder = f" (process {self._holder.read_text(encoding='utf-8')})"
        except OSError:
            holder = ""
        return (
            f"the run {self._path.parent} is being advanced by another process{holder}; "
            "wait until it ends, or stop it, and try again"
        )


def is_locked(path: Path | str) -> bool:
    """Whether another process is advancing the run whose database is at `path`; leaves nothing behind."""
    if not Path(f"{path}.lock").exists():
        return False
    lock = FileLock(f"{path}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False
