"""What was computed from texts once, kept for every run that needs it again.

An entry is addressed by a hash of all it depends on (the texts, the tokenizer, the encoder, ...), so it is
never stale; the folder may be deleted whenever no run uses it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock

from text_al.data.growing import Array, Column, Growing, GrowingInMemory, GrowingOnDisk

Parts = Iterable[Mapping[str, Array]]


class Cache:
    """Arrays by what they were made of.

    Args:
        folder: where they are kept, shared by all runs that name it; None keeps them in this process only.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    @contextmanager
    def entry(
        self, kind: str, about: Mapping[str, object], columns: Mapping[str, Column]
    ) -> Iterator[Growing]:
        """An entry, whole or to be grown by this process alone; others that want it wait here.

        Args:
            kind: "tokens", "embeddings", ...: the folder within the folder.
            about: all that the arrays depend on, as JSON can hold it.
            columns: name to type and row of each array.

        Raises:
            OSError: the folder cannot be written; the message says what to do.
        """
        if self.folder is None:
            yield GrowingInMemory(columns)
            return
        digest = hashlib.sha256(json.dumps([about, str(columns)], sort_keys=True).encode()).hexdigest()
        folder = self.folder / kind / digest[:32]
        with ExitStack() as held:
            with _explained(folder):
                folder.parent.mkdir(parents=True, exist_ok=True)
                held.enter_context(FileLock(f"{folder}.lock"))
                growing = GrowingOnDisk(folder, columns, about)
            yield growing

    def arrays(
        self,
        kind: str,
        about: Mapping[str, object],
        columns: Mapping[str, Column],
        make: Callable[[int], Parts],
    ) -> dict[str, Array]:
        """The arrays of an entry, made where they are not there; what a killed process made is gone on from.

        Args:
            kind: see `entry`.
            about: see `entry`.
            columns: see `entry`.
            make: called with the number of parts that are there already; gives the others, in order.

        Returns:
            Name to array, read-only; memory-mapped where the cache has a folder.

        Raises:
            OSError: the folder cannot be written, or is full; what was kept before stays.
        """
        with self.entry(kind, about, columns) as growing:
            if not growing.is_whole:
                for part in make(growing.n_parts):
                    with _explained(self.folder):
                        growing.append(**part)
                with _explained(self.folder):
                    growing.finish()
            return {name: growing.read(name) for name in columns}


@contextmanager
def _explained(folder: Path | None) -> Iterator[None]:
    """Within it, an error of the file system names its place, and what to do."""
    try:
        yield
    except OSError as error:
        mend = "free its disk, or set compute.cache to a folder that can be written, or to null"
        raise OSError(error.errno, f"{error.strerror}; {mend}", str(error.filename or folder)) from error
