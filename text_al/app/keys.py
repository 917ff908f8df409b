"""Who may open the page: whoever has the link that the command printed, and from then on this browser."""

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from typing import Self

from text_al.data.tables import sync_folder

_SHORTEST = 40


class Keys:
    """The secrets of one server.

    The token stays valid while the server runs, so that a second annotator at this machine, or a browser
    that was started again, can use the same link; no address keeps it, as it is exchanged for a cookie.

    Args:
        secret: what the cookie holds.
    """

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.token = secrets.token_urlsafe(32)
        self._once: set[str] = set()

    def one_time(self) -> str:
        """A token for a single use: what starts a browser shows its arguments to everybody at the machine."""
        token = secrets.token_urlsafe(32)
        self._once.add(token)
        return token

    def opens(self, token: str) -> bool:
        """Whether this token lets somebody in; one for a single use never does again."""
        used = [known for known in self._once if _same(known, token)]
        self._once.difference_update(used)
        return _same(self.token, token) or bool(used)

    def knows(self, cookies: Iterable[str]) -> bool:
        """Whether one of these cookies is ours."""
        return any(_same(self.secret, cookie) for cookie in cookies)


@dataclass(frozen=True)
class Remembered:
    """What the next server of a run needs, so that a page that was left open goes on, its drafts included.

    Browsers keep drafts by address, port included.

    Attributes:
        port: that was listened on; 0 for none.
        secret: of the cookie.
    """

    port: int
    secret: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """From a file; what is not there, or not as it was written, is made anew."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            port, secret = int(found["port"]), str(found["secret"])
        except (OSError, ValueError, KeyError, TypeError):
            port, secret = 0, ""
        is_secret = len(secret) >= _SHORTEST
        return cls(port if 0 < port < 2**16 else 0, secret if is_secret else secrets.token_urlsafe(32))

    def write(self, path: Path) -> None:
        """Into a file that only its owner may read.

        Raises:
            OSError: it cannot be written.
        """
        aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        aside.unlink(missing_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a handle, no path
            json.dump({"port": self.port, "secret": self.secret}, file)
        aside.replace(path)
        sync_folder(path.parent)


def _same(known: str, given: str) -> bool:
    """In a time that tells nothing of where they differ."""
    return compare_digest(known.encode(), given.encode("utf-8", "surrogatepass"))
