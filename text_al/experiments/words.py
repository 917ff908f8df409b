"""What a comparison shows and does not show, in plain sentences made from its figures alone."""

from collections.abc import Sequence

from text_al.experiments.evidence import Against, Evidence, Setting
from text_al.experiments.phrases import (
    begun,
    counted,
    difference,
    from_to,
    interval_words,
    least_p,
    listed,
    metric_words,
    p_words,
)
from text_al.experiments.words_on_labels import labels_sentences
from text_al.experiments.words_on_ranks import ranks_sentences


def sentences(evidence: Evidence) -> tuple[str, ...]:
    """The paragraph at the top of a report, a sentence an item.

    What was measured; where p < alpha was reached, by what, and where it could not be; labels saved, and what
    random saves of itself; where the line of all data is reached; ranks over data sets; what was left out.
    """
    if not evidence.settings:
        nothing = "Nothing could be held against random, so nothing is shown."
        return (nothing, *_notes(evidence))
    learners = dict.fromkeys(setting.learner for setting in evidence.settings)
    said = [_measured(evidence)]
    for learner in learners:
        settings = [setting for setting in evidence.settings if setting.learner == learner]
        said += _of_learner(settings, evidence, f"With {learner}, " if len(learners) > 1 else "")
    return (*said, *labels_sentences(evidence), *ranks_sentences(evidence), *_notes(evidence))


def _measured(evidence: Evidence) -> str:
    settings = evidence.settings
    seeds = from_to([item.area.n for setting in settings for item in setting.against], "seed")
    first, last = min(item.first for item in settings), max(item.last for item in settings)
    return (
        f"Measured is {metric_words(evidence.metric)}, as the mean height of the learning curve from "
        f"{first:,.0f} to {last:,.0f} labelled texts; every strategy is held against {evidence.reference} on "
        f"the same {seeds}, {_where(settings)}."
    )


def _where(settings: Sequence[Setting]) -> str:
    data = list(dict.fromkeys(setting.data for setting in settings))
    return f"on {data[0]}" if len(data) == 1 else f"on each of {len(data)} sets ({listed(data)})"


def _of_learner(settings: Sequence[Setting], evidence: Evidence, prefix: str) -> list[str]:
    able = [setting for setting in settings if setting.can_reach < evidence.alpha]
    unable = [setting for setting in settings if setting not in able]
    said = [_cannot(alike, evidence.alpha) for alike in _alike(unable)]
    if able:
        said.append(_verdict(able, evidence, settings))
        said += [_of_set(setting, evidence) for setting in able if _decided(setting)]
    if any(item.outcome == "open" for setting in settings for item in setting.against):
        said.append(_still_open(settings, evidence))
    return [begun(prefix, sentence) for sentence in said]


def _alike(settings: Sequence[Setting]) -> list[list[Setting]]:
    """Those that fail for the same reason, together."""
    groups: dict[tuple[int, int], list[Setting]] = {}
    for setting in settings:
        groups.setdefault((_most_seeds(setting), len(setting.against)), []).append(setting)
    return list(groups.values())


def _most_seeds(setting: Setting) -> int:
    return max(item.area.n for item in setting.against)


def _cannot(settings: Sequence[Setting], alpha: float) -> str:
    """That p < alpha is out of reach, with the p that is not."""
    n, m = _most_seeds(settings[0]), len(settings[0].against)
    one = min(item.area.can_reach for item in settings[0].against)
    where = listed([setting.data for setting in settings])
    start = f"on {where}, with {counted(n, 'seed')}"
    if one >= alpha:
        return f"{start} no difference can reach p < {alpha:g}: the smallest possible p is {least_p(one)}."
    return (
        f"{start} and {counted(m, 'comparison')} no difference can reach p < {alpha:g} after Holm's "
        f"correction: the smallest possible p is {least_p(settings[0].can_reach)}."
    )


def _verdict(able: Sequence[Setting], evidence: Evidence, settings: Sequence[Setting]) -> str:
    """On how many of the sets something beat random; of those only where it could."""
    n, lost = len(able), sum(not _with(setting, "better") for setting in able)
    rest = " where it can be reached" if len(able) < len(settings) else ""
    beat = f"beat {evidence.reference} at p < {evidence.alpha:g} ({_test(able)})"
    if n == 1:
        return f"on {able[0].data} {'no' if lost else 'at least one'} strategy {beat}."
    if lost == 0:
        return f"on all {n} sets{rest} at least one strategy {beat}."
    if lost == n:
        return f"on none of {n} sets{rest} did a strategy {beat}."
    return f"on {lost} of {n} sets{rest} no strategy {beat}."


def _test(settings: Sequence[Setting]) -> str:
    comparisons = from_to([len(setting.against) for setting in settings], "comparison")
    seeds = from_to([item.area.n for setting in settings for item in setting.against], "seed")
    return f"two-sided Wilcoxon signed-rank, Holm over {comparisons}, {seeds}"


def _with(setting: Setting, outcome: str) -> list[Against]:
    return [item for item in setting.against if item.outcome == outcome]


def _decided(setting: Setting) -> bool:
    return any(item.outcome != "open" for item in setting.against)


def _of_set(setting: Setting, evidence: Evidence) -> str:
    parts = []
    for outcome, words in (("better", "beat"), ("worse", "lost to")):
        found = _with(setting, outcome)
        if found:
            parts.append(
                f"{listed([_shown(item, evidence.level) for item in found])} {words} {evidence.reference}"
            )
    return f"on {setting.data} " + "; ".join(parts) + "."


def _shown(item: Against, level: float) -> str:
    interval = interval_words(item.area.interval, level, signed=True)
    return f"{item.strategy} ({difference(item.area.mean_difference)}, {interval}, {p_words(item.p)})"


def _still_open(settings: Sequence[Setting], evidence: Evidence) -> str:
    """What was not decided is not shown to be equal: how large a difference the intervals leave room for."""
    undecided = [item.area for setting in settings for item in _with(setting, "open") if item.area.n > 1]
    start = f"what did not reach p < {evidence.alpha:g} is not shown to be equal to {evidence.reference}"
    if not undecided:
        return f"{start}."
    low, high = min(area.interval[0] for area in undecided), max(area.interval[1] for area in undecided)
    span = f"{difference(low)} to {difference(high)}"
    return f"{start}: the {100 * evidence.level:g} % intervals of its differences span {span}."


def _notes(evidence: Evidence) -> tuple[str, ...]:
    return tuple(f"Left out: {note}." for note in evidence.notes)
