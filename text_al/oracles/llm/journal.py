"""Every reply as it came, on the disk before anything else happens: none is paid for twice."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from threading import Lock

from text_al.errors import OracleError
from text_al.oracles.llm.budget import Usage
from text_al.oracles.request_files import file_name

FORMAT = "text_al.llm_reply/1"


@dataclass(frozen=True)
class Kept:
    """A reply, or why there is none.

    Attributes:
        ids: of the texts that it is about.
        asked: names of the labels that they may have.
        annotator: who replied, with the hash of the prompt.
        at: ISO 8601 time, UTC.
        content: what the model wrote, as it came.
        finish: why it ended, in the endpoint's word.
        refusal: the model's refusal, where the endpoint tells it from an answer.
        failure: why the endpoint gave no reply about these texts; "" where it did.
        ref: the endpoint's id of the reply.
        seconds: how long it took.
        tokens_in: read, for the reply.
        tokens_out: written.
        cost: by the prices of that time.
        estimated: whether the tokens are a guess, as the endpoint tells none.
        settings: the hash of those that it was asked with; with others a text may be asked about anew.
    """

    ids: tuple[str, ...]
    asked: tuple[str, ...]
    annotator: str
    at: str
    content: str = ""
    finish: str = ""
    refusal: str = ""
    failure: str = ""
    ref: str = ""
    seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    estimated: bool = False
    settings: str = ""

    @property
    def usage(self) -> Usage:
        """What it took."""
        n_replies = 0 if self.failure else 1
        return Usage(self.tokens_in, self.tokens_out, self.cost, n_replies, int(self.estimated))


_FIELDS = {field.name for field in fields(Kept)}


def short_hash(*settings: object) -> str:
    """Eight hexadecimal digits that change with any of the settings, and tell none of them."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:8]


class Journal:
    """The replies of a run, a file a request, a line a reply; lines are added and never changed.

    Args:
        folder: where the files are; made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._mended: set[Path] = set()

    def path(self, request_id: str) -> Path:
        """The file of a request; whatever its id holds, it stays in the folder."""
        return self._folder / f"{file_name(request_id)}.jsonl"

    def read(self, request_id: str) -> list[Kept]:
        """The replies to a request, in the order in which they came.

        Raises:
            OracleError: a whole line is not one of ours.
        """
        path = self.path(request_id)
        return list(_kept(path)) if path.exists() else []

    def spent(self) -> Usage:
        """What all replies of the run have taken."""
        every = (kept.usage for path in sorted(self._folder.glob("*.jsonl")) for kept in _kept(path))
        return sum(every, Usage())

    def append(self, request_id: str, replies: Sequence[Kept]) -> None:
        """Puts replies on the disk, behind the others.

        Raises:
            OSError: the folder is full, or cannot be written.
        """
        if not replies:
            return
        lines = (json.dumps({"format": FORMAT, **asdict(kept)}, ensure_ascii=False) for kept in replies)
        content = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self.path(request_id)
            with path.open("ab") as file:
                if path not in self._mended:
                    file.truncate(path.read_bytes().rfind(b"\n") + 1)  # a kill may have torn a line off
                    self._mended.add(path)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())


def _kept(path: Path) -> Iterator[Kept]:
    *whole, _ = path.read_bytes().split(
        b"\n"
    )  # behind the last line's end: nothing, or a line torn by a kill
    for number, line in enumerate(whole, start=1):
        try:
            found = json.loads(line)
            values = {name: value for name, value in found.items() if name in _FIELDS}
            yield Kept(**values | {"ids": tuple(found["ids"]), "asked": tuple(found["asked"])})
        except (ValueError, TypeError, KeyError, AttributeError):
            raise OracleError(
                f"{path}, line {number}: it is no reply that text_al kept; put the line back as it was, "
                "or take it out: its texts are asked about again"
            ) from None
