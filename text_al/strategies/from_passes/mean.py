"""Uncertainty of the mean of several passes, by any strategy that reads probabilities."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, ValidationInfo

from text_al.errors import StrategyError, TextALError
from text_al.registry import SettingsError
from text_al.strategies.base import STRATEGIES, score
from text_al.strategies.from_passes.moments import check_means, passes_of, precision_of
from text_al.types import Candidates, FloatArray


def _reads_probs_alone(name: str) -> bool:
    entry = STRATEGIES.entry(name)
    return entry.kind == "score" and entry.needs <= {"probs"} and "relative" not in entry.claims


def _checked_name(name: str) -> str:
    possible = [known for known in STRATEGIES.names() if _reads_probs_alone(known)]
    if name not in possible:
        raise ValueError(
            f"'{name}' does not score each text by its probabilities alone. "
            f"It must be one of: {', '.join(possible)}."
        )
    return name


def _checked_settings(settings: Mapping[str, Any] | None, others: ValidationInfo) -> Mapping[str, Any] | None:
    if "of" in others.data and settings is not None:  # a wrong name has its own sentence
        try:
            STRATEGIES.entry(others.data["of"]).check(settings)
        except SettingsError as error:
            raise ValueError(str(error)) from None
    return settings


@score("mc_dropout_mean", needs=["probs", "passes"])
def mc_dropout_mean(
    candidates: Candidates,
    *,
    of: Annotated[str, AfterValidator(_checked_name)] = "multilabel_margin",
    settings: Annotated[dict[str, Any] | None, AfterValidator(_checked_settings)] = None,
) -> FloatArray:
    """Texts that another strategy would take, by the mean probabilities of several passes.

    The score is that of `of` for probs = (1/T) sum_t p_t, and for the logits of these. The passes may be
    those of one model under dropout or, just as well, of heads that each learned from another bootstrap draw
    of the labelled texts: the mean of either is better calibrated than a single pass.

    Args:
        candidates: uses `passes` (T, M, L) and `thresholds`.
        of: a strategy that scores each text by its probabilities alone.
        settings: of that strategy; None: its defaults.

    Returns:
        (M,) in the range of `of`.

    Raises:
        StrategyError: `of` or `settings` cannot be used; says what can. Or passes are not finite.

    Source: Gal and Ghahramani (2016), Dropout as a Bayesian Approximation: Representing Model Uncertainty in
    Deep Learning: the predictive mean.

    Cost: O(T N L), and that of the strategy it is made of
    Use: when the probabilities of a single pass jump from round to round and a committee is there anyway
    """
    try:
        entry = STRATEGIES.entry(_checked_name(of))
        arguments = entry.check(settings or {})
    except (ValueError, TextALError) as error:
        raise StrategyError(f"mc_dropout_mean: {error}") from error
    passes = passes_of(candidates)
    with np.errstate(invalid="ignore"):  # of infinities of both signs, which are refused by name
        means = passes.mean(axis=0, dtype=precision_of(passes))
    check_means(means, candidates.rows)
    scores: FloatArray = entry.function(replace(candidates, probs=means, logits=_logits(means)), **arguments)
    return scores


def _logits(probs: FloatArray) -> FloatArray:
    """Finite also where a probability is 0 or 1."""
    least = np.finfo(probs.dtype).eps
    inside = np.clip(probs, least, 1 - least)
    return np.asarray(np.log(inside) - np.log1p(-inside))
