"""The tables in Markdown, made of the cells that there are."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev

from tests.benchmarks.total_saving.cells import Cells, Figures
from tests.benchmarks.total_saving.methods import Method, task
from tests.benchmarks.total_saving.saving import labels_needed
from tests.benchmarks.total_saving.sets import DataSet

METRICS = {"macro_f1": "macro-F1", "micro_f1": "micro-F1", "macro_average_precision": "mAP"}

Curve = Mapping[int, Sequence[Figures]]
"""Labelled texts to the figures of all seeds; without sizes that have none."""


def curve(cells: Cells, method: Method, data: DataSet, sizes: Sequence[int], seeds: Sequence[int]) -> Curve:
    """What is known of a method on a set."""
    found = {
        size: [one for seed in seeds if (one := cells.find(task(method, data, size, seed))) is not None]
        for size in sizes
    }
    return {size: ones for size, ones in found.items() if ones}


def curves_table(curves: Mapping[str, Curve]) -> list[str]:
    """A line a size, a column a method: three means over the seeds, and the spread of the first."""
    sizes = sorted({size for of_method in curves.values() for size in of_method})
    return [
        *_head(["labelled texts", *curves]),
        *(_line([f"{size:,}", *(_cell(of.get(size, ())) for of in curves.values())]) for size in sizes),
    ]


def saving_table(ours: Mapping[str, Curve], stock: Mapping[str, Curve]) -> list[str]:
    """A line for each of ours, each recipe and each metric: what the recipe needs to be as good.

    Args:
        ours: name to a curve, of which the first size counts.
        stock: name to a curve.
    """
    lines = _head(["ours", "labels", "beside", "metric", "ours has", "it needs", "factor"])
    for name, mine in ours.items():
        for other, theirs in stock.items():
            if mine and theirs:
                lines += [_line([name, *row]) for row in _savings(mine, other, theirs)]
    return lines


def silent_note(curves: Mapping[str, Curve]) -> list[str]:
    """A sentence on each method that found no label at any size: its factor is then no matter of labels."""
    return [
        f"{name}: no label is found at any size, so its factor tells that the recipe does not learn here, "
        "not how many labels it would need."
        for name, of in curves.items()
        if of and not any(one.micro_f1 for ones in of.values() for one in ones)
    ]


def _savings(mine: Curve, other: str, theirs: Curve) -> list[list[str]]:
    n, figures = next(iter(mine.items()))
    rows, sizes = [], sorted(theirs)
    weights = [len(theirs[size]) for size in sizes]
    for metric, title in METRICS.items():
        goal = _mean(figures, metric)
        needed = labels_needed(sizes, [_mean(theirs[size], metric) for size in sizes], goal, weights=weights)
        factor = needed.over(n).shown(digits=1)
        rows.append([f"{n:,}", other, title, f"{goal:.3f}", needed.shown(digits=0), factor])
    return rows


def _mean(figures: Sequence[Figures], metric: str) -> float:
    return float(mean(getattr(one, metric) for one in figures))


def _cell(figures: Sequence[Figures]) -> str:
    if not figures:
        return "-"
    spread = f" ± {stdev(one.macro_f1 for one in figures):.3f}" if len(figures) > 1 else ""
    macro, *others = (f"{_mean(figures, metric):.3f}" for metric in METRICS)
    seeds = f"{len(figures)} seed{'s' if len(figures) > 1 else ''}"
    return " / ".join([macro + spread, *others]) + f" ({seeds})"


def _head(columns: Sequence[str]) -> list[str]:
    return [_line(columns), "|---" * len(columns) + "|"]


def _line(values: Sequence[str]) -> str:
    return "| " + " | ".join(values) + " |"
