"""The texts a round chose, as a Markdown table that shows any text as it is and runs none of it."""

import html
import re

from text_al.records import QueriedText, RoundRecord
from text_al.tracking.whys import in_doubt, like

_TITLES = ("rank", "id", "score", "reason", "in doubt", "most like", "text")


def queried_table(record: RoundRecord) -> str:
    """A Markdown table of `record.queried`, best first: score, why, and the beginning of each text."""
    rows = [
        (str(rank), text.id, _score(text), text.reason, in_doubt(text), like(text), text.text)
        for rank, text in enumerate(record.queried, start=1)
    ]
    lines = [_TITLES, ("---",) * len(_TITLES), *(tuple(map(plain_cell, row)) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _score(text: QueriedText) -> str:
    return "" if text.score is None else f"{text.score:.6g}"


def plain_cell(text: str) -> str:
    """`text` as a cell that reads as the text itself: no line breaks, HTML, links, images or emphasis."""
    one_line = html.escape(" ".join(text.split()))
    return re.sub(r"[|\\`*_\[\]!]", lambda found: f"&#{ord(found.group())};", one_line)
