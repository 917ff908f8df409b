"""What a server's refusals mean, in sentences that say what to do."""

import json
from typing import Any

from text_al.errors import OracleError


class ServerAwayError(OracleError):
    """The server cannot be reached, or not now: the same may do well later."""


class UncertainError(Exception):
    """A request that makes something was sent, and nobody knows whether the server has done it."""


def sentence_of(status: int, body: bytes, *, is_personal: bool) -> str:
    """What an answer that is no success means.

    Args:
        status: of HTTP, from 300 on.
        body: of the answer.
        is_personal: whether the request went out under a personal access token.
    """
    said = _detail(body)
    quoted = f" ({said})" if said else ""
    if status == 401 and "legacy" in said.lower():
        return (
            f"it takes no legacy tokens any more{quoted}; make a personal access token under "
            "Account & Settings, and use that one"
        )
    if status == 401:
        kind = "personal access token" if is_personal else "token"
        return (
            f"it does not take the {kind}{quoted}; copy a valid one from Account & Settings, whole and alone"
        )
    if status == 403:
        return f"the token's user may not do this{quoted}; use one who may change the project"
    if status == 404 and not said:
        return "it has no such page, and may be no Label Studio; check the url"
    if status == 413:
        return f"the texts are too large for it{quoted}; raise its limit for uploads"
    return f"it answers HTTP {status}{quoted}"


def _detail(body: bytes) -> str:
    """The server's words; "" where it is a page for people."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(found, dict):
        return ""
    wrong = found.get("validation_errors") or {key: found[key] for key in found if key not in _ENVELOPE}
    parts = [str(found.get("detail", "")).strip(), _flat(wrong)]
    return ": ".join(part for part in parts if part)[:400]


_ENVELOPE = {"id", "status_code", "version", "detail", "exc_info", "validation_errors"}


def _flat(wrong: Any) -> str:
    if isinstance(wrong, dict):
        return "; ".join(f"{key}: {_flat(value)}" for key, value in wrong.items())
    return " ".join(map(str, wrong)) if isinstance(wrong, list) else str(wrong)
