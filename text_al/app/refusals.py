"""What the page is told when something cannot be done: a status, a code it can act on, and a sentence."""

from typing import Literal

Code = Literal["stale", "unknown", "invalid", "busy", "gone", "internal"]
"""stale: overtaken by events; unknown: no such thing; invalid: will never be taken; busy: try again soon."""

_STATUS: dict[Code, int] = {
    "stale": 409,
    "unknown": 404,
    "invalid": 400,
    "busy": 503,
    "gone": 410,
    "internal": 500,
}


class Refusal(Exception):  # noqa: N818 - an answer to the page, no failure of ours
    """Why something was not done.

    Args:
        code: what kind of reason.
        sentence: for the person at the page.
        status: of HTTP; None takes that of the code.
    """

    def __init__(self, code: Code, sentence: str, *, status: int | None = None) -> None:
        self.code = code
        self.sentence = sentence
        self.status = _STATUS[code] if status is None else status
        super().__init__(sentence)

    def to_plain(self) -> dict[str, str]:
        """As the page reads it."""
        return {"error": self.sentence, "code": self.code}
