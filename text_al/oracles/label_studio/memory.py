"""What is known of a server between two commands. Lost, it is found again, or asked for again."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from text_al.formats.whole_file import write_whole

FILE = "label_studio.json"


@dataclass(frozen=True)
class Memory:
    """What is known of a server.

    Attributes:
        url: of the server.
        project: the number of the run's project; 0: not known.
        config: the hash of the labelling config as it was written; "": not known.
        seen: the time, by the server's clock, up to which all answers were taken; "": of none.
    """

    url: str = ""
    project: int = 0
    config: str = ""
    seen: str = ""

    @classmethod
    def read(cls, path: Path, url: str) -> Self:
        """What the file says of this server; nothing where there is none, or it speaks of another."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            known = cls(str(found["url"]), int(found["project"]), str(found["config"]), str(found["seen"]))
            datetime.fromisoformat(known.seen or "2000-01-01")
        except (OSError, ValueError, KeyError, TypeError):
            return cls(url)
        return known if known.url == url else cls(url)

    def write(self, path: Path) -> None:
        """Keeps it, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(asdict(self), indent=1) + "\n")
