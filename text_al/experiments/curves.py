"""Learning curves out of the table of rounds: a row a seed, on budgets that all its seeds have measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from text_al.errors import TextALError
from text_al.sentences import did_you_mean
from text_al.types import FloatArray, IntArray

FULL_DATA = "full_data"
"""The strategy's name in rows of a fit on the whole pool."""


class CurveKey(NamedTuple):
    """Whose curves: equal to the plain tuple (data, learner, strategy)."""

    data: str
    learner: str
    strategy: str


@dataclass(frozen=True)
class Curves:
    """One metric of a strategy, over seeds.

    Attributes:
        budgets: (B,) labelled texts, rising; or another axis, see `read_curves`.
        values: (S, B), a row a seed.
        seeds: (S,) seed indices, rising.
        notes: sentences about what was left out.
    """

    budgets: FloatArray
    values: FloatArray
    seeds: IntArray
    notes: tuple[str, ...] = ()


CurveTable = Mapping[CurveKey, Curves]

_Run = list[tuple[float, float]]
"""(budget, value) of one seed, budgets rising."""


def read_curves(rounds: Any, metric: str, *, axis: str = "n_labelled") -> dict[CurveKey, Curves]:
    """The curves of a comparison.

    Rounds that have not measured the metric are no part of the curves. Of labelled texts, the budgets are
    those that all seeds of a strategy have. Any other axis differs from seed to seed, so there values are
    read off the straight lines between rounds, at as many evenly spaced points as the longest run has
    rounds, from where the last run of a (data, learner) begins to where the first one ends.

    Args:
        rounds: the path of rounds.parquet, or a pyarrow Table of it.
        metric: a column, such as "test_macro_average_precision".
        axis: "n_labelled", or another column that rises within a run, such as "n_decisions" or "cost".

    Returns:
        A key each (data, learner, strategy), in the table's order. A fit on the whole pool, "full_data", has
        one budget.

    Raises:
        TextALError: there is no such file, or no such column.
    """
    table = _table(rounds, ["data", "learner", "strategy", "seed", "round", axis, metric])
    runs = _runs(table, axis, metric)
    if axis == "n_labelled":
        return {key: _on_common_budgets(key, of_seeds) for key, of_seeds in runs.items()}
    return {key: _on_a_grid(key, of_seeds, runs) for key, of_seeds in runs.items()}


def _table(rounds: Any, columns: list[str]) -> Any:
    from pyarrow import parquet

    if not isinstance(rounds, str | Path):
        names, where = rounds.schema.names, "the table of rounds"
    elif Path(rounds).is_file():
        names, where = parquet.read_schema(rounds).names, str(rounds)
    else:
        raise TextALError(f"{rounds} is not there; 'text-al compare' writes it")
    for column in columns:
        if column not in names:
            raise TextALError(f"{where} has no column {column!r}. {did_you_mean(column, names)}")
    return parquet.read_table(rounds, columns=columns) if isinstance(rounds, str | Path) else rounds


def _runs(table: Any, axis: str, metric: str) -> dict[CurveKey, dict[int, _Run]]:
    """By key and seed, in the order of rounds; of rounds at one budget the last one counts."""
    order = np.argsort(table["round"].to_numpy(), kind="stable")
    names = [table[column].to_pylist() for column in CurveKey._fields]
    seeds, budgets, values = (
        table[column].to_numpy().astype(np.float64) for column in ("seed", axis, metric)
    )
    runs: dict[CurveKey, dict[int, dict[float, float]]] = {
        CurveKey(*key): {} for key in zip(*names, strict=True)
    }
    for row in order:
        if np.isfinite(values[row]) and np.isfinite(budgets[row]):
            key = CurveKey(*(column[row] for column in names))
            runs[key].setdefault(int(seeds[row]), {})[float(budgets[row])] = float(values[row])
    return {
        key: {seed: sorted(run.items()) for seed, run in sorted(found.items())}
        for key, found in runs.items()
        if found
    }


def _on_common_budgets(key: CurveKey, runs: Mapping[int, _Run]) -> Curves:
    everywhere = set.intersection(*({budget for budget, _ in run} for run in runs.values()))
    budgets = np.array(sorted(everywhere))
    values = np.array([[value for budget, value in run if budget in everywhere] for run in runs.values()])
    lost = len({budget for run in runs.values() for budget, _ in run} - everywhere)
    notes = [f"{'/'.join(key)}: {lost} budgets that not every seed has measured are left out"] if lost else []
    return Curves(budgets, values.reshape(len(runs), -1), np.array(list(runs)), tuple(notes))


def _on_a_grid(
    key: CurveKey, runs: Mapping[int, _Run], others: Mapping[CurveKey, Mapping[int, _Run]]
) -> Curves:
    """On the points that all runs of this data set and learner share."""
    if key.strategy == FULL_DATA:
        ends = np.array([run[-1] for run in runs.values()])
        return Curves(ends[:, 0].mean(keepdims=True), ends[:, 1:], np.array(list(runs)))
    beside = [
        run
        for other, found in others.items()
        if other[:2] == key[:2] and other.strategy != FULL_DATA
        for run in found.values()
    ]
    start, end = max(run[0][0] for run in beside), min(run[-1][0] for run in beside)
    grid = np.linspace(start, max(start, end), max(len(run) for run in beside) if end > start else 1)
    values = np.array([np.interp(grid, *np.array(run).T) for run in runs.values()])
    return Curves(grid, values, np.array(list(runs)))


@dataclass(frozen=True)
class Aligned:
    """Curves of several strategies on the seeds and budgets that all of them have.

    Attributes:
        budgets: (B,).
        values: strategy to (S, B); row i is the same seed in all of them.
        seeds: (S,).
        notes: sentences about what was left out.
    """

    budgets: FloatArray
    values: Mapping[str, FloatArray]
    seeds: IntArray
    notes: tuple[str, ...] = ()


def align(curves: Mapping[str, Curves]) -> Aligned:
    """Strategies side by side: seeds and budgets that one of them lacks are dropped from all, and said.

    Args:
        curves: strategy to its curves, at least one.
    """
    seeds = sorted(set.intersection(*(set(item.seeds.tolist()) for item in curves.values())))
    budgets = sorted(set.intersection(*(set(item.budgets.tolist()) for item in curves.values())))
    values = {
        name: item.values[np.isin(item.seeds, seeds)][:, np.isin(item.budgets, budgets)]
        for name, item in curves.items()
    }
    return Aligned(np.array(budgets), values, np.array(seeds, dtype=np.int64), _lacking(curves))


def _lacking(curves: Mapping[str, Curves]) -> tuple[str, ...]:
    notes = []
    for what, field in (("seeds", "seeds"), ("budgets", "budgets")):
        known = {name: set(getattr(item, field).tolist()) for name, item in curves.items()}
        for name, own in known.items():
            lost = sorted(set.union(*known.values()) - own)
            if lost:
                listed = ", ".join(f"{item:g}" for item in lost)
                notes.append(f"{name} lacks the {what} {listed}: left out wherever it is compared")
    return tuple(notes)
