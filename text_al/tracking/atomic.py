"""Files that are whole or as they were before, whenever the process dies."""

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Puts `content` into the file `path`, all of it or none: written aside, flushed to disk, then renamed.

    Args:
        path: the file; what it held before is replaced. Its folder must exist.
        content: the new content.

    Raises:
        OSError: the disk is full or the folder cannot be written; the file is as it was before.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
