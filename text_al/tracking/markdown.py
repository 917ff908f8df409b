"""The texts a round chose, as a Markdown table that shows any text as it is and runs none of it."""

import html
import re

from text_al.records import RoundRecord

_TITLES = ("rank", "id", "score", "reason", "text")


def queried_table(record: RoundRecord) -> str:
    """A Markdown table of `record.queried`, best first: rank, id, score, reason, beginning of the text."""
    rows = [
        (str(rank), text.id, "" if text.score is None else f"{text.score:.6g}", text.reason, text.text)
        for rank, text in enumerate(record.queried, start=1)
    ]
    lines = [_TITLES, ("---",) * len(_TITLES), *(tuple(map(plain_cell, row)) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plain_cell(text: str) -> str:
    """`text` as a cell that reads as the text itself: no line breaks, HTML, links, images or emphasis."""
    one_line = html.escape(" ".join(text.split()))
    return re.sub(r"[|\\`*_\[\]!]", lambda found: f"&#{ord(found.group())};", one_line)
