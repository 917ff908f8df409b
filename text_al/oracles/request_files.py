"""What the files of a request are called."""

import hashlib
import re
from pathlib import Path

from text_al.formats.interchange import FORMATS


def file_name(request_id: str) -> str:
    """A file's name, the same for the same id; ids that the program makes stay as they are."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", request_id)
    return safe if safe == request_id else f"{safe}-{hashlib.sha256(request_id.encode()).hexdigest()[:8]}"


def query_file(folder: Path, request_id: str, kind: str) -> Path:
    """Where a request's file of this format is; formats of one suffix differ by their name before it."""
    own = FORMATS[kind]
    is_first = next(one for one in FORMATS.values() if one.suffix == own.suffix) is own
    return folder / f"{file_name(request_id)}{own.suffix if is_first else f'.{kind}{own.suffix}'}"
