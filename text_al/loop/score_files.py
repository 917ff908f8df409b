"""Scores on disk: those that a query is making, and the last one of every row where a sub-pool keeps them."""

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from text_al.data.growing import Column, Growing, GrowingInMemory, GrowingOnDisk
from text_al.types import FloatArray

About = Mapping[str, Any]
_PART = {"scores": Column("float64"), "seconds": Column("float64")}
_LAST = {"scores": Column("float64")}


class ScoreFiles:
    """The folder of a run's scores; it is there only while it holds some.

    Args:
        folder: saved/<name>/scores.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def part(self, name: str, about: About, *, on_disk: bool) -> Growing:
        """Scores to be made, or to go on with: `scores` (M,), and `seconds`, one figure a window.

        Args:
            name: of these scores within the query.
            about: all they depend on; what is there of others is thrown away.
            on_disk: whether they shall survive this process.
        """
        if not on_disk:
            return GrowingInMemory(_PART)
        return GrowingOnDisk(self.folder / f"part-{name}", _PART, about)

    def last(self, request_id: str, about: About) -> FloatArray | None:
        """The scores (N,) that `keep_last` kept; None where there are none, or they are about others."""
        folder = self._last(request_id)
        if not folder.is_dir():
            return None
        kept = GrowingOnDisk(folder, _LAST, about)
        return kept.read("scores") if kept.is_whole else None

    def keep_last(self, request_id: str, about: About, scores: FloatArray) -> None:
        """Keeps the last score of every row (N,) as of this request, instead of any kept for it before."""
        folder = self._last(request_id)
        if folder.is_dir():
            shutil.rmtree(folder)
        kept = GrowingOnDisk(folder, _LAST, about)
        kept.append(scores=scores)
        kept.finish()

    def tidy(self, *, keep_last_of: Collection[str], keep_parts: bool) -> None:
        """Removes what no query needs any more.

        Args:
            keep_last_of: requests whose last scores stay.
            keep_parts: whether a query is still going on.
        """
        kept = {self._last(request_id) for request_id in keep_last_of}
        gone = set(self.folder.glob("last-*")) - kept
        if not keep_parts:
            gone |= set(self.folder.glob("part-*"))
        for folder in sorted(gone):
            shutil.rmtree(folder)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _last(self, request_id: str) -> Path:
        return self.folder / f"last-{request_id}"
