"""Answers that came while the model was training: kept on disk at once, taken into the pool when it is done.

`data.page_journal` reads the same file, so that whoever opens the run next takes what a closed page left.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from text_al.app.given import Given
from text_al.data.database import sync_folder
from text_al.data.page_journal import read_journal
from text_al.types import Answer


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
        _cut_torn_line(path)
        self._waiting = [(number, answer) for number, answer in read_journal(path, names) if number > taken]
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
            self._waiting.append((self._last, given.answer(len(self._names))))

    def waiting(self) -> list[tuple[int, Answer]]:
        """Number and answer of those that wait, in order."""
        with self._lock:
            return list(self._waiting)

    def forget(self, taken: int) -> None:
        """The lines up to this number are in the pool; a file without any others is removed."""
        with self._lock:
            self._waiting = [(number, answer) for number, answer in self._waiting if number > taken]
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


def _cut_torn_line(path: Path) -> None:
    """Removes what comes after the last line's end: the next line would be joined to it."""
    if not path.exists():
        return
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        os.truncate(path, end)
