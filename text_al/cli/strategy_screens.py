"""What `text-al strategies` prints."""

import inspect
import textwrap

from text_al.registry import Entry
from text_al.strategies import SELECTIONS, STRATEGIES
from text_al.strategies.listing import needs_of

_WIDTH = 100


def overview() -> str:
    """Every strategy and every rule of selection, a line or two each."""
    strategies = [_line(STRATEGIES.entry(name)) for name in STRATEGIES.names()]
    rules = [_line(SELECTIONS.entry(name)) for name in SELECTIONS.names()]
    more = "One of them, whole, with its settings: text-al strategies NAME"
    return "\n".join(
        ["active_learning.strategy:", *strategies, "", "active_learning.selection:", *rules, "", more]
    )


def one(name: str) -> str:
    """All that is to know of one strategy or rule: formula, settings, needs, source.

    Raises:
        UnknownNameError: there is none of this name.
    """
    entry = SELECTIONS.entry(name) if name in SELECTIONS.names() else STRATEGIES.entry(name)
    settings = [f"  {setting}: {default}" for setting, default in _settings(entry).items()]
    section = "selection" if name in SELECTIONS.names() else "strategy"
    known = [f"Settings (active_learning.{section}.args):", *settings] if settings else ["No settings."]
    return "\n".join([f"{name}: {inspect.getdoc(entry.function)}", "", f"Needs: {needs_of(entry)}", *known])


def _settings(entry: Entry) -> dict[str, str]:
    fields = entry.settings_model.model_fields
    return {
        name: "(required)" if field.is_required() else repr(field.default) for name, field in fields.items()
    }


def _line(entry: Entry) -> str:
    return textwrap.fill(
        f"{entry.name}: {entry.summary}", _WIDTH, initial_indent="  ", subsequent_indent="      "
    )
