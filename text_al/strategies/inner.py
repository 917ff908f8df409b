"""The uncertainty inside a strategy that weighs it with something else: any score by probabilities alone."""

from typing import Annotated

from pydantic import AfterValidator

from text_al.errors import StrategyError
from text_al.registry import SettingsError
from text_al.strategies.base import STRATEGIES, strategy
from text_al.types import Candidates, FloatArray


def inner_scores(name: str, candidates: Candidates) -> FloatArray:
    """(M,) scores of a registered strategy, with its own defaults.

    Args:
        name: a strategy that scores each text by its probabilities alone.
        candidates: uses `logits`, `probs` and `thresholds`.

    Raises:
        StrategyError: there is no such strategy of this name; says which there are.
    """
    try:
        return strategy(_checked(name)).scores(candidates)
    except ValueError as error:
        raise StrategyError(str(error)) from error


def _checked(name: str) -> str:
    possible = [known for known in STRATEGIES.names() if _goes_by_probs_alone(known)]
    if name not in possible:
        raise ValueError(
            f"'{name}' does not score each text by its probabilities alone. "
            f"It must be one of: {', '.join(possible)}."
        )
    return name


def _goes_by_probs_alone(name: str) -> bool:
    entry = STRATEGIES.entry(name)
    try:
        entry.check({})
    except SettingsError:  # it has no defaults
        return False
    return entry.kind == "score" and entry.needs <= {"probs"} and "relative" not in entry.claims


ScoreName = Annotated[str, AfterValidator(_checked)]
"""The name of a strategy that scores each text by its probabilities alone."""
