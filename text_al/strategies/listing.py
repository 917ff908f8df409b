"""All registered strategies as a table, made from what they say of themselves, so that it cannot go stale."""

from collections.abc import Sequence

from text_al.registry import Entry
from text_al.strategies.base import STRATEGIES
from text_al.strategies.selection import SELECTIONS

_NEEDS = {
    "probs": "probabilities",
    "embeddings": "embeddings",
    "passes": "committee",
    "labelled": "labels so far",
    "labelled_probs": "labels so far",
    "labelled_embeddings": "labels so far",
    "label_embeddings": "label names",
}
_TITLES = ("strategy", "asks first about", "needs", "cost", "when")


def strategy_table() -> str:
    """Every strategy in Markdown: what it asks first about, what it needs, its cost, and when to use it.

    Example:
        >>> from text_al.strategies.listing import strategy_table
        >>> "| `random` |" in strategy_table()
        True
    """
    entries = [STRATEGIES.entry(name) for name in STRATEGIES.names()]
    rows = [
        (f"`{entry.name}`", entry.summary.rstrip("."), needs_of(entry), entry.said("Cost"), entry.said("Use"))
        for entry in entries
    ]
    return _markdown(_TITLES, rows)


def selection_table() -> str:
    """Every rule that turns scores into a batch, in Markdown."""
    entries = [SELECTIONS.entry(name) for name in SELECTIONS.names()]
    return _markdown(("selection", "takes"), [(f"`{e.name}`", e.summary.rstrip(".")) for e in entries])


def needs_of(entry: Entry) -> str:
    """What a strategy has to be shown, in words."""
    return ", ".join(dict.fromkeys(_NEEDS[need] for need in sorted(entry.needs))) or "nothing"


def _markdown(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [titles, ("---",) * len(titles), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )
