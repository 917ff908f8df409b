"""The rows of a case's table."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from tests.benchmarks.strategy_speed.alone import Measured
from tests.benchmarks.strategy_speed.cases import Case
from tests.benchmarks.strategy_speed.rotation import Outcome


def rows_of(case: Case, outcome: Outcome) -> list[Mapping[str, Any]]:
    """A row for each path at each size; without ratios, only at its largest size."""
    return list(_alone(case, outcome) if case.base is None else _beside(case, case.base, outcome))


def _alone(case: Case, outcome: Outcome) -> Iterator[Mapping[str, Any]]:
    for path in case.paths:
        sizes = [one.n for one in outcome.found if one.path == path.name]
        if sizes:
            yield _figures(outcome.of(path.name, max(sizes)))


def _beside(case: Case, base: str, outcome: Outcome) -> Iterator[Mapping[str, Any]]:
    for n in sorted({one.n for one in outcome.found}):
        beside = outcome.of(base, n)
        for path in case.paths:
            if ones := outcome.of(path.name, n):
                row = _figures(ones)
                row[f"times {base}"] = _seconds(ones) / _seconds(beside) if beside else None
                if ones[0].chosen is not None:
                    row[f"same texts as {base}"] = _n_same(ones, beside)
                yield row


def _figures(ones: Sequence[Measured]) -> dict[str, Any]:
    return {
        "path": ones[0].path,
        "texts": f"{ones[0].n:,}",
        "CPU seconds": _seconds(ones),
        "seconds": median(one.wall for one in ones),
        "MiB beyond the input": median(one.beyond for one in ones),
        "MiB in all": max(one.whole for one in ones),
    }


def _seconds(ones: Sequence[Measured]) -> float:
    return median(one.seconds for one in ones)


def _n_same(ones: Sequence[Measured], others: Sequence[Measured]) -> int | None:
    """How many texts both chose; None where there is nothing to compare with."""
    return len(set(ones[0].chosen or ()) & set(others[0].chosen or ())) if others else None
