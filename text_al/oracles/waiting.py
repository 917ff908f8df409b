"""How long to leave an endpoint alone before it is asked again."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_to_wait(retry_after: str, n_tries: int, *, share: float, longest: float) -> float:
    """What the endpoint asks for, or else twice as long each time; in [0, longest].

    Args:
        retry_after: the header of this name: seconds, or a date; "" where there is none.
        n_tries: how often it was asked in vain before this time; 0 for the first.
        share: in [0, 1): drawn, so that not all come back at the same moment.
        longest: the limit.
    """
    asked = _asked_for(retry_after)
    if asked is not None:
        return min(longest, max(0.0, asked) + share)
    return min(longest, 2.0**n_tries) * (1 + share) / 2


def _asked_for(retry_after: str) -> float | None:
    try:
        return float(retry_after) if retry_after.strip() else None
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
