"""The contract test for query strategies: all that come with text_al pass it, and yours should too.

Example:
    >>> from text_al.testing import check_strategy
    >>> check_strategy("multilabel_margin")
"""

from collections.abc import Callable
from typing import Any

from text_al.errors import StrategyError
from text_al.strategies import STRATEGIES, Strategy, strategy
from text_al.strategies.contract import rules_of
from text_al.strategies.examples import example_candidates

__all__ = ["check_strategy", "example_candidates"]


def check_strategy(subject: str | Strategy | Callable[..., Any], **settings: Any) -> None:
    """See that a strategy keeps its contract, by trying it on made-up candidates.

    Args:
        subject: a registered name, the registered function itself, or a `Strategy` with its settings.
        **settings: its settings, where it is not a `Strategy`.

    Raises:
        StrategyError: names the strategy and the rule it broke.
        UnknownNameError: nothing is registered under this name.
    """
    checked = subject if isinstance(subject, Strategy) else strategy(_name_of(subject), **settings)
    for sentence, rule in rules_of(checked).items():
        broken = f"{checked.name} breaks the rule that a strategy {sentence}"
        try:
            found = rule(checked)
        except Exception as error:
            raise StrategyError(f"{broken}: {error!r}") from error
        if found:
            raise StrategyError(f"{broken}: {found}")


def _name_of(subject: str | Callable[..., Any]) -> str:
    if isinstance(subject, str):
        return subject
    names = [name for name in STRATEGIES.names() if STRATEGIES.entry(name).function is subject]
    if not names:
        raise StrategyError(f"{subject!r} is not registered; put @score or @batch before it")
    return names[0]
