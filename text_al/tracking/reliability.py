"""The reliability diagram of a round as a picture: the share of positives against the probability given.

Both axes are drawn by square roots, as the bins are made: with many labels nearly all probabilities are below
0.1, and would lie on one another in a corner.
"""

import io
import math
from typing import Any

from text_al.records import Reliability, RoundRecord
from text_al.tracking.colours import BLUE, FAINT, GREEN, INK, PALE, VERMILLION

WIDTH, HEIGHT = 480, 540
"""Pixels of the picture."""

_COLOURS = {"val": BLUE, "test": VERMILLION, "oof": GREEN}
_DOTS_PER_INCH = 100
_AXES = (0.13, 0.11, 0.84, 0.84 * WIDTH / HEIGHT)  # left, bottom, width, height: a square
_TICKS = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
_LINE_HEIGHT = 0.05  # of the axes
_Z = 1.96  # of a normal distribution: 95 % lie within


def reliability_diagram(record: RoundRecord) -> bytes:
    """A PNG with a curve a set, which lies on the diagonal where probabilities hold.

    A bar is the 95 % interval of a bin's share if its cells were independent; a bin without cells is left
    out. Brier score, classwise calibration error and number of cells stand beside the set's name.
    """
    from matplotlib.figure import Figure

    inches = (WIDTH / _DOTS_PER_INCH, HEIGHT / _DOTS_PER_INCH)
    figure = Figure(figsize=inches, dpi=_DOTS_PER_INCH, facecolor="white")
    axes = figure.add_axes(_AXES)
    _dress(axes)
    for place, (name, bins) in enumerate(record.reliability.items()):
        _draw(axes, bins, _COLOURS[name])
        height = 1.14 - place * _LINE_HEIGHT
        axes.text(0.0, height, _caption(record, name), color=_COLOURS[name], fontsize=9, va="center")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def interval(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share that was observed in `count` > 0 cells.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    centre = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z / (1 + _Z**2 / count) * math.sqrt(share * (1 - share) / count + (_Z / (2 * count)) ** 2)
    return max(0.0, centre - half), min(1.0, centre + half)


def _caption(record: RoundRecord, name: str) -> str:
    figures = {"brier": "Brier", "classwise_ece": "classwise error"}
    found = [
        f"{words} {record.metrics[f'{name}_{metric}']:.4f}"
        for metric, words in figures.items()
        if f"{name}_{metric}" in record.metrics
    ]
    return ", ".join([name, *found, f"{sum(record.reliability[name].counts):,} cells"])


def _draw(axes: Any, bins: Reliability, colour: str) -> None:
    columns = zip(bins.predicted, bins.observed, bins.counts, strict=True)
    filled = [(predicted, observed, count) for predicted, observed, count in columns if count]
    across = [math.sqrt(predicted) for predicted, _, _ in filled]
    up = [math.sqrt(observed) for _, observed, _ in filled]
    ends = [interval(observed, count) for _, observed, count in filled]
    axes.vlines(
        across,
        [math.sqrt(low) for low, _ in ends],
        [math.sqrt(high) for _, high in ends],
        color=colour,
        alpha=0.45,
    )
    axes.plot(across, up, color=colour, marker="o", markersize=4.5, linewidth=1.4, clip_on=False)


def _dress(axes: Any) -> None:
    axes.plot([0, 1], [0, 1], color=PALE, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_xlabel("probability given", color=INK)
    axes.set_ylabel("share of positives", color=INK)
    words = [f"{tick:g}" for tick in _TICKS]
    axes.set_xticks([math.sqrt(tick) for tick in _TICKS], words)
    axes.set_yticks([math.sqrt(tick) for tick in _TICKS], words)
    axes.tick_params(colors=PALE, labelcolor=INK, labelsize=8, length=0)
    axes.grid(color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
