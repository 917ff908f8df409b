"""Files that are there whole or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, content: str) -> None:
    """`write_whole_bytes` of text, as UTF-8."""
    write_whole_bytes(path, content.encode())


def write_whole_bytes(path: Path, content: bytes) -> None:
    """Write a file aside, make sure it is on the disk, and give it its name.

    Raises:
        OSError: the folder is missing, full, or cannot be written.
    """
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
