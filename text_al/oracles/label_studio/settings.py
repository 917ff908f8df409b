"""Where the server is, how it is entered, and for whom."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from text_al.oracles.variables import checked_variable


def checked_url(url: str) -> str:
    """A server's address, without a slash at its end; one with credentials is not repeated.

    Raises:
        ValueError: it is no address, or holds a name or a password.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        raise ValueError("the url is no address; write it as in https://labels.example.org") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("the url holds a name or a password; leave it out: a token is all that is needed")
    if not is_address or parts.query or parts.fragment:
        raise ValueError("the url is no server's address; write it as in https://labels.example.org")
    return url.rstrip("/")


Url = Annotated[str, AfterValidator(checked_url)]
Variable = Annotated[str, AfterValidator(checked_variable)]


@dataclass(frozen=True)
class Settings:
    """Where the server is, and how it is entered.

    Attributes:
        url: the server's address.
        project: its project's title; "" for the run's name.
        token_env: the environment variable that holds the token.
        token_file: a file that holds it instead; "" for none.
        annotators: how many people each text is to be labelled by.
        timeout_seconds: of silence, until a request counts as failed.
    """

    url: str
    project: str = ""
    token_env: str = "LABEL_STUDIO_TOKEN"  # noqa: S105 - a name, not a token
    token_file: str = ""
    annotators: int = 1
    timeout_seconds: float = 30.0


@dataclass(frozen=True)
class Owner:
    """Whose project it is.

    Attributes:
        name: the run's.
        fingerprint: of its corpus.
        guidelines: what its annotators are told.
    """

    name: str
    fingerprint: str
    guidelines: str = ""

    @property
    def marker(self) -> str:
        """What tells the run's project from all others on a server."""
        return f"text_al:{self.name}:{self.fingerprint[:16]}"
