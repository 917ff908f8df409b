"""Answers that came while the model was training: kept on disk at once, taken into the pool when it is done.

A line each, as interchange files have decisions, so that `text-al import` could read it too. Lines are
numbered, and the run's database keeps the number of the last one that was taken: one is never taken twice.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from text_al.app.given import Given, given_again
from text_al.data.database import sync_folder
from text_al.errors import AnswersError


class Journal:
    """An append-only file; several threads may use it.

    Args:
        path: the file; it is there only while it holds something.
        names: of all labels.
        taken: the number of the last line that was taken.

    Raises:
        AnswersError: a line but the last, which may be torn, cannot be read.
    """

    def __init__(self, path: Path, names: Sequence[str], taken: int) -> None:
        self._path = path
        self._names = tuple(names)
        self._lock = Lock()
        self._waiting = [(number, given) for number, given in self._read() if number > taken]
        self._last = max([taken, *(number for number, _ in self._waiting)])

    def append(self, given: Given) -> None:
        """Keeps an answer; it is on disk when this returns.

        Raises:
            OSError: it cannot be written.
        """
        with self._lock:
            line = {"n": self._last + 1, **given.to_plain(self._names)}
            self._write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
            self._last += 1
            self._waiting.append((self._last, given))

    def waiting(self) -> list[tuple[int, Given]]:
        """Number and answer of those that wait, in order."""
        with self._lock:
            return list(self._waiting)

    def forget(self, taken: int) -> None:
        """The lines up to this number are in the pool; a file without any others is removed."""
        with self._lock:
            self._waiting = [(number, given) for number, given in self._waiting if number > taken]
            if not self._waiting:
                self._path.unlink(missing_ok=True)

    def _write(self, line: str) -> None:
        is_new = not self._path.exists()
        with self._path.open("ab") as file:
            end = file.tell()
            try:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)  # half a line before another one would make both unreadable
                raise
        if is_new:
            sync_folder(self._path.parent)

    def _read(self) -> list[tuple[int, Given]]:
        if not self._path.exists():
            return []
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]  # what comes after the last line's end was torn by a kill
        if len(whole) < len(content):
            os.truncate(self._path, len(whole))
        return [self._line(number, line) for number, line in enumerate(whole.split(b"\n")[:-1], start=1)]

    def _line(self, number: int, line: bytes) -> tuple[int, Given]:
        try:
            found: dict[str, Any] = json.loads(line)
            return int(found["n"]), given_again(found, self._names)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problem = (
                f"line {number} is not as the page wrote it ({error!r}); mend it, or move the file away: "
                "it holds answers that are not in the run yet"
            )
            raise AnswersError(str(self._path), [problem]) from None
