"""From curves to evidence: every strategy against random on the same seeds, then all over all data sets."""

from collections.abc import Mapping

import numpy as np

from text_al.experiments.against_random import Plan, SettingBuilder, queried
from text_al.experiments.areas import area_under
from text_al.experiments.curves import Curves, CurveTable, align
from text_al.experiments.evidence import Evidence
from text_al.experiments.penalties import penalties
from text_al.experiments.ranks import Ranking, rank
from text_al.metrics import lower_is_better

_Where = tuple[str, str]
"""Data set and learner."""


def gather(
    curves: CurveTable,
    metric: str,
    *,
    reference: str = "random",
    control: str = "random_2",
    alpha: float = 0.05,
    level: float = 0.95,
    resamples: int = 2000,
) -> Evidence:
    """Holds every strategy against random in each setting, and ranks them over data sets.

    Resampling draws the same seeds each time, so that the same table gives the same figures.

    Args:
        curves: of `metric` over labelled texts, by `read_curves`.
        metric: its flat name, which also says whether it should rise or fall.
        reference: the strategy that all others are held against.
        control: the same again with other draws.
        alpha: below which a p counts, in (0, 1).
        level: of the intervals, in (0, 1).
        resamples: of the bootstrap of savings.
    """
    plan = Plan(reference, control, lower_is_better(metric), alpha, level, resamples)
    by_setting = _by_setting(curves)
    builders = {where: SettingBuilder(where, found, plan) for where, found in by_setting.items()}
    settings = {where: builder.setting() for where, builder in builders.items()}
    compared = {where: queried(by_setting[where]) for where, setting in settings.items() if setting}
    notes = [note for item in curves.values() for note in item.notes]
    notes += [f"{'/'.join(where)}: {note}" for where, builder in builders.items() for note in builder.notes]
    rankings = _rankings(compared, plan, notes)
    strategies = list(dict.fromkeys(name for found in compared.values() for name in found))
    won = penalties(list(compared.values()), strategies, lower_is_better=plan.falls, alpha=alpha)
    return Evidence(
        metric,
        tuple(setting for setting in settings.values() if setting),
        rankings,
        won,
        reference=reference,
        control=control,
        alpha=alpha,
        level=level,
        notes=tuple(dict.fromkeys(notes)),
    )


def _by_setting(curves: CurveTable) -> dict[_Where, dict[str, Curves]]:
    settings: dict[_Where, dict[str, Curves]] = {}
    for (data, learner, strategy), item in curves.items():
        settings.setdefault((data, learner), {})[strategy] = item
    return settings


def _rankings(
    compared: Mapping[_Where, Mapping[str, Curves]], plan: Plan, notes: list[str]
) -> dict[str, Ranking]:
    """By learner, over its data sets: the strategies that all of them have, by mean areas on shared seeds."""
    rankings = {}
    for learner in dict.fromkeys(learner for _, learner in compared):
        blocks = {data: found for (data, other), found in compared.items() if other == learner}
        names = _everywhere(learner, list(blocks.values()), plan.control, notes)
        scores = [_mean_areas({name: found[name] for name in names}) for found in blocks.values()]
        for data, found in zip(blocks, scores, strict=True):
            if not found:
                notes.append(f"{data}/{learner}: its strategies share no seed with two budgets: not ranked")
        kept = np.array([found for found in scores if found]).reshape(-1, len(names))
        if len(kept):
            rankings[learner] = rank(kept, names, lower_is_better=plan.falls, alpha=plan.alpha)
    return rankings


def _everywhere(
    learner: str, blocks: list[Mapping[str, Curves]], control: str, notes: list[str]
) -> tuple[str, ...]:
    """The strategies that every data set has, but the control, which would be random's double."""
    names = [name for name in dict.fromkeys(n for found in blocks for n in found) if name != control]
    kept = tuple(name for name in names if all(name in found for found in blocks))
    lost = [name for name in names if name not in kept]
    if lost:
        notes.append(f"{learner}: {', '.join(lost)} did not run on every data set: left out of the ranks")
    return kept


def _mean_areas(curves: Mapping[str, Curves]) -> list[float]:
    aligned = align(curves)
    if len(aligned.budgets) < 2 or not len(aligned.seeds):
        return []
    return [float(area_under(aligned.budgets, values).mean()) for values in aligned.values.values()]
