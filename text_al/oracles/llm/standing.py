"""What is known of each text from the replies that were kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from text_al.oracles.llm.journal import Kept
from text_al.oracles.llm.replies import Reading, read_reply


@dataclass(frozen=True)
class Standing:
    """Where a text stands.

    Attributes:
        kept: the reply that decides it, or else the last one.
        labels: those it gives; None where there is no decision.
        n_attempts: how often it was asked about in vain, with the settings in force.
        why: why there is no decision, by the last reply.
    """

    kept: Kept
    labels: tuple[str, ...] | None = None
    n_attempts: int = 0
    why: str = ""


def standings(replies: Iterable[Kept], settings: str = "") -> Mapping[str, Standing]:
    """Id to standing, in the order of their last replies; the first decision on a text holds.

    Args:
        replies: in the order in which they came.
        settings: the hash of those in force; a reply in vain under others says nothing of a text.
    """
    found: dict[str, Standing] = {}
    for kept in replies:
        for text_id, reading in zip(kept.ids, readings(kept), strict=True):
            if isinstance(reading, str) and kept.settings != settings:
                continue
            before = found.get(text_id)
            if before is None or before.labels is None:
                found.pop(text_id, None)
                found[text_id] = _next(before, kept, reading)
    return found


def readings(kept: Kept) -> tuple[Reading, ...]:
    """What a reply says of each of its texts."""
    n_texts = len(kept.ids)
    if kept.failure:
        return (kept.failure,) * n_texts
    return read_reply(kept.content, kept.asked, n_texts, finish=kept.finish, refusal=kept.refusal)


def _next(before: Standing | None, kept: Kept, reading: Reading) -> Standing:
    n_attempts = 0 if before is None else before.n_attempts
    if isinstance(reading, str):
        return Standing(kept, None, n_attempts + 1, reading)
    return Standing(kept, reading, n_attempts)
