"""Sentences about labels: how many are saved, what random saves of itself, where the line of all data is."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from text_al.experiments.evidence import Evidence, Setting
from text_al.experiments.phrases import counted, interval_words, listed, number
from text_al.experiments.reach import Reach
from text_al.experiments.saving import Saving

_LITTLE = 0.1
"""Up to this part of a rise, what lies beyond the other curve is not worth a sentence."""
_FEW = 6
"""With fewer seeds a bootstrap interval holds the truth clearly less often than it says."""


def labels_sentences(evidence: Evidence) -> list[str]:
    """Savings of each setting and what they leave out, random's of itself, and the line of all data."""
    said = [_largest(setting, evidence) for setting in evidence.settings if _measured(setting)]
    said += [*_not_measured(evidence), *_control(evidence)]
    if any(1 < item.area.n < _FEW for setting in evidence.settings for item in setting.against):
        said.append(f"Bootstrap intervals from fewer than {_FEW} seeds are too short: take them as a hint.")
    lines = [_line(setting, evidence) for setting in evidence.settings if setting.reaches]
    return [*said, *lines]


def place(setting: Setting, settings: Sequence[Setting]) -> str:
    """The data set, and the learner where there are several."""
    several = len({other.learner for other in settings}) > 1
    return f"{setting.data} with {setting.learner}" if several else setting.data


def _measured(setting: Setting) -> dict[str, Saving]:
    """Strategy to its saving, where there is a factor."""
    savings = ((item.strategy, item.saving) for item in setting.against)
    return {name: found for name, found in savings if found and not math.isnan(found.factor)}


def _largest(setting: Setting, evidence: Evidence) -> str:
    """The largest saving, and how many are surely above or below 1."""
    savings = _measured(setting)
    name, best = max(savings.items(), key=lambda item: item[1].factor)
    start = (
        f"On {place(setting, evidence.settings)}, {evidence.reference} needs {best.factor:.2f} times the "
        f"labels of {name} for the same values ({interval_words(best.interval, best.level)}), corrected by "
        f"random against random"
    )
    if len(savings) == 1:
        return f"{start}."
    return f"{start}; the largest of {len(savings)} savings, so flattered by choice; {_sure(savings)}."


def _sure(savings: Mapping[str, Saving]) -> str:
    """How many intervals lie wholly on one side of 1."""
    above = sum(found.interval[0] > 1 for found in savings.values())
    below = sum(found.interval[1] < 1 for found in savings.values())
    if not above and not below:
        return "every interval holds 1"
    return f"{above} of the intervals {'lies' if above == 1 else 'lie'} above 1, and {below} below"


def _not_measured(evidence: Evidence) -> list[str]:
    """What the factors leave out: where curves share no values, and what one reached and the other not."""
    random = evidence.reference
    cases: tuple[tuple[str, Callable[[Saving], bool]], ...] = (
        (f"shared no values with {random}: no saving can be measured", lambda item: math.isnan(item.factor)),
        (
            f"rose above all that {random} reached: what is saved there is not in the factor",
            lambda item: item.factor > 0 and item.strategy_beyond > _LITTLE,
        ),
        (
            f"did not rise to all that {random} reached: what is lost there is not in the factor",
            lambda item: item.factor > 0 and item.random_beyond > _LITTLE,
        ),
    )
    found = [(names, what) for what, holds in cases if (names := _where_it_holds(evidence, holds))]
    return [f"Not the whole curve is compared: {names} {what}." for names, what in found]


def _where_it_holds(evidence: Evidence, holds: Callable[[Saving], bool]) -> str:
    """Each strategy with the places where it does, such as "margin (on a and b)"; "" where there is none."""
    places: dict[str, list[str]] = {}
    for setting in evidence.settings:
        for item in setting.against:
            if item.saving and holds(item.saving):
                places.setdefault(item.strategy, []).append(place(setting, evidence.settings))
    return listed([f"{name} (on {listed(where)})" for name, where in places.items()]) if places else ""


def _control(evidence: Evidence) -> list[str]:
    """What luck alone gives, and what it gives when it is counted in the usual way."""
    every = [(place(item, evidence.settings), item.luck) for item in evidence.settings]
    found = [(where, luck) for where, luck in every if luck and not math.isnan(luck.control)]
    if not found:
        return []
    pair = f"{evidence.control} against {evidence.reference}"
    said = [f"Random against random ({pair}), where the truth is 1, gives {listed(_each(found))}."]
    printed = [
        f"{luck.control_as_printed:.2f} on {where}"
        for where, luck in found
        if not math.isnan(luck.control_as_printed)
    ]
    if printed:
        never = [where for where, luck in found if math.isnan(luck.control_as_printed)]
        rest = f"; on {listed(never)} it never comes there" if never else ""
        said.append(
            f"Counted as it is often printed, the whole budget over the labels at which a curve first "
            f"touches random's last value, {evidence.control} would save {listed(printed)}{rest}."
        )
    apart = [
        place(item, evidence.settings)
        for item in evidence.settings
        if item.control and item.control.p < evidence.alpha
    ]
    if apart:
        differ = f"differ at p < {evidence.alpha:g} (not adjusted) on {listed(apart)}"
        said.append(f"The areas of the two {differ}, which luck alone must have done.")
    return said


def _each(found: Iterable[tuple[str, Saving]]) -> list[str]:
    return [
        f"{luck.control:.2f} on {where} ({interval_words(luck.control_interval, luck.level)})"
        for where, luck in found
    ]


def _line(setting: Setting, evidence: Evidence) -> str:
    """Where the line of all data is reached first, and where by random."""
    reference, control = evidence.reference, evidence.control
    others = {name: item for name, item in setting.reaches.items() if name not in (reference, control)}
    line = next(iter(setting.reaches.values())).line
    start = (
        f"On {place(setting, evidence.settings)}, all {counted(setting.n_pool, 'text')} labelled give "
        f"{line:.3f}: "
    )
    there = [name for name, item in others.items() if math.isfinite(item.labels)]
    shown = [min(there, key=lambda name: others[name].labels)] if there else []
    shown += [reference] if reference in setting.reaches else []
    if not any(math.isfinite(item.labels) for item in setting.reaches.values()):
        return f"{start}no strategy reaches that within {number(setting.last)}."
    words = listed([_reached(name, setting.reaches[name]) for name in shown])
    rest = f"; of {len(others)} other strategies {len(there)} touch it" if len(others) > 1 else ""
    return f"{start}{words}{rest}."


def _reached(name: str, reach: Reach) -> str:
    if math.isinf(reach.labels):
        return f"{name} does not touch it within {number(reach.last)}"
    if math.isnan(reach.interval[0]):
        return f"{name} first touches it at {number(reach.labels)}"
    ends = [f"over {number(reach.last)}" if math.isinf(end) else number(end) for end in reach.interval]
    interval = f"{100 * reach.level:g} % interval {ends[0]} to {ends[1]}"
    return f"{name} first touches it at {number(reach.labels)} ({interval})"
