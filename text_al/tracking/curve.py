"""The learning curve as a picture: F1 against the number of labelled texts."""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from text_al.records import RoundRecord
from text_al.tracking.atomic import write_atomically
from text_al.tracking.colours import BLUE, FAINT, GREEN, INK, PALE, VERMILLION
from text_al.tracking.fonts import drawable
from text_al.tracking.naming import AVERAGES, RULE_WORDS, Rule, f1_name, shown_sets

_COLOURS = {"macro": BLUE, "micro": VERMILLION, "sample": GREEN}
_INCHES, _DOTS_PER_INCH = (8.0, 4.8), 150
_AXES = (0.09, 0.13, 0.69, 0.75)  # left, bottom, width, height: room for the curves' names on the right
_NAME_HEIGHT = 0.06  # of the axes: what the name of one curve needs
_NARROWEST_TICK = 0.07  # of the axes: what the number at one tick needs
_HEADROOM = 1.12


@dataclass(frozen=True)
class _Curve:
    """One average on one set: its values by labelled texts."""

    prefix: str
    average: str
    rule: Rule
    labelled: tuple[int, ...]
    values: tuple[float, ...]


def learning_curve(records: Sequence[RoundRecord], path: Path, title: str) -> None:
    """Draws macro, micro and sample F1 by labelled texts into a PNG, atomically.

    The sets are validation, or else out of fold, and test. F1 is at tuned or plug-in thresholds where all
    rounds have it, else at 0.5; the picture says which. Nothing global is touched: neither pyplot nor its
    settings.

    Args:
        records: the rounds, in order.
        path: the picture. Its folder must exist.
        title: the run's name, in any script.

    Raises:
        OSError: the picture cannot be written.
    """
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, facecolor="white")
    axes = figure.add_axes(_AXES)
    words, font = drawable(title)
    type_face = FontProperties(fname=font, size=13)
    axes.set_title(words, loc="left", pad=16, color=INK, fontproperties=type_face, parse_math=False)
    curves = _curves(records)
    if curves:
        _draw(axes, curves)
    else:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no set but the training texts was measured", ha="center", color=PALE)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    write_atomically(path, picture.getvalue())


def _curves(records: Sequence[RoundRecord]) -> list[_Curve]:
    """The curves that have a point; the test set's come last, so that they lie over the others."""
    shown = shown_sets([record.metrics for record in records])
    curves = [_curve(records, prefix, average, rule) for prefix, rule in shown for average in AVERAGES]
    return [curve for curve in curves if curve.values]


def _curve(records: Sequence[RoundRecord], prefix: str, average: str, rule: Rule) -> _Curve:
    name = f1_name(prefix, average, rule)
    measured = [record for record in records if not math.isnan(record.metrics.get(name, math.nan))]
    labelled = tuple(record.n_labelled for record in measured)
    return _Curve(prefix, average, rule, labelled, tuple(record.metrics[name] for record in measured))


def _draw(axes: Any, curves: Sequence[_Curve]) -> None:
    for curve in curves:
        is_test = curve.prefix == "test"
        axes.plot(
            curve.labelled,
            curve.values,
            color=_COLOURS[curve.average],
            linestyle="-" if is_test else (0, (4, 2)),
            linewidth=2.0 if is_test else 1.4,
            marker="o",
            markersize=4.5,
            markerfacecolor=_COLOURS[curve.average] if is_test else "white",
            clip_on=False,
            zorder=3,
        )
    _scale(axes, curves)
    _dress(axes, curves)
    _name(axes, curves)


def _scale(axes: Any, curves: Sequence[_Curve]) -> None:
    """F1 from 0, so that no gain looks larger than it is; a tick at every round where there is room."""
    axes.set_ylim(0.0, min(1.0, max(0.1, _HEADROOM * max(max(curve.values) for curve in curves))))
    rounds = sorted({n for curve in curves for n in curve.labelled})
    width = max(rounds[-1] - rounds[0], 1)
    axes.set_xlim(rounds[0] - 0.03 * width, rounds[-1] + 0.03 * width)
    steps = [after - before for before, after in pairwise(rounds)]
    if all(step / width >= _NARROWEST_TICK for step in steps):
        axes.set_xticks(rounds)
    else:
        axes.locator_params(axis="x", nbins=8, integer=True)
    axes.xaxis.set_major_formatter("{x:,.0f}")


def _dress(axes: Any, curves: Sequence[_Curve]) -> None:
    axes.set_ylabel(_f1_words({curve.prefix: curve.rule for curve in curves}), color=INK, labelpad=8)
    axes.set_xlabel("labelled texts", color=INK, labelpad=8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    axes.tick_params(colors=PALE, labelcolor=INK, labelsize=9, left=False)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)


def _f1_words(rules: Mapping[str, Rule]) -> str:
    """What F1 means in this picture, by sets to the thresholds they were measured at."""
    if len(set(rules.values())) > 1:
        return "F1 (" + ", ".join(f"{prefix} {RULE_WORDS[rule]}" for prefix, rule in rules.items()) + ")"
    (rule,) = set(rules.values())
    return "F1 at threshold 0.5" if rule == "at_0.5" else f"F1 at {RULE_WORDS[rule]} thresholds"


def _name(axes: Any, curves: Sequence[_Curve]) -> None:
    """Each curve's name and last value beside its end, in its colour; no legend that could cover a curve."""
    ordered = sorted(curves, key=lambda curve: curve.values[-1])
    top = axes.get_ylim()[1]
    heights = spread([curve.values[-1] / top for curve in ordered], _NAME_HEIGHT)
    for curve, height in zip(ordered, heights, strict=True):
        colour = _COLOURS[curve.average]
        axes.annotate(
            f"{curve.prefix} {curve.average}  {curve.values[-1]:.3f}",
            xy=(curve.labelled[-1], curve.values[-1]),
            xytext=(1.045, height),
            textcoords="axes fraction",
            color=colour,
            fontsize=9,
            fontweight="bold" if curve.prefix == "test" else "normal",
            va="center",
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.6,
                "relpos": (0, 0.5),
                "shrinkB": 4,
            },
            annotation_clip=False,
        )


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Heights as near as can be (least squares) to the given ones, but at least `gap` apart.

    Args:
        heights: in rising order.
        gap: the least distance of neighbours, > 0.

    Source: pool-adjacent-violators (Ayer et al. 1955) on the heights less `gap` times their rank.
    """
    blocks: list[tuple[float, int]] = []
    for rank, height in enumerate(heights):
        value, size = height - rank * gap, 1
        while blocks and blocks[-1][0] > value:
            before, n = blocks.pop()
            value, size = (before * n + value * size) / (n + size), n + size
        blocks.append((value, size))
    levels = [value for value, size in blocks for _ in range(size)]
    return [level + rank * gap for rank, level in enumerate(levels)]
