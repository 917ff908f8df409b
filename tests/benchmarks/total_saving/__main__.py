"""Labels that stock fine-tuning needs to be as good as ours with 200; random labels, no validation labels.

    python -m tests.benchmarks.total_saving --data FOLDER... --kind --keep saved/total_saving.jsonl

Each folder holds train.jsonl and test.jsonl with `text` and `labels`, and labels.json. Cells are minutes
long: what stands in --keep is not measured again. The encoder is MiniLM of the extra `demo` for all.
"""

import os

# Before torch is imported: one thread is what a busy machine distorts least.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.total_saving.cells import Cells
from tests.benchmarks.total_saving.methods import Method, task
from tests.benchmarks.total_saving.ours import Ours
from tests.benchmarks.total_saving.sets import DataSet
from tests.benchmarks.total_saving.stock import DEFAULTS, KINDER
from tests.benchmarks.total_saving.tables import METRICS, curve, curves_table, saving_table, silent_note
from text_al.data.cache import Cache


def main() -> None:
    """Measures what is missing, then prints two tables a set."""
    arguments = _arguments()
    cells, sets = Cells(arguments.keep), [DataSet.read(folder) for folder in arguments.data]
    stock = [DEFAULTS, KINDER] if arguments.kind else [DEFAULTS]
    ours = (
        []
        if arguments.stock_only
        else [Ours(name, cache=Cache(arguments.cache)) for name in arguments.learner]
    )
    if not arguments.report_only:
        for seed in arguments.seeds:  # outermost, so that one seed of everything comes first
            for data in sets:
                _measure(cells, data, seed, _plan(arguments, data, ours, stock))
    for data in sets:
        _print_tables(cells, data, arguments, ours, stock)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.total_saving", description=__doc__.split("\n", 1)[0]
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="a folder for each set")
    parser.add_argument("--learner", nargs="+", default=["auto"], help="ours, by registered names")
    parser.add_argument("--labelled", type=int, default=200, help="texts that ours is taught")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[200, 400, 800, 1600, 3200, 6400, 12800],
        help="texts that stock is taught, as far as a set has them",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--kind", action="store_true", help=f"also the recipe {KINDER.name!r}")
    parser.add_argument("--keep", type=Path, help="a file of cells, read and added to")
    parser.add_argument("--cache", type=Path, default=Path("saved/.cache"), help="of the encoder's vectors")
    parser.add_argument("--stock-only", action="store_true", help="leave ours out")
    parser.add_argument("--report-only", action="store_true", help="measure nothing, print what is kept")
    return parser.parse_args()


def _plan(
    arguments: argparse.Namespace, data: DataSet, ours: Sequence[Method], stock: Sequence[Method]
) -> Iterator[tuple[Method, int]]:
    """Ours first, as the shortest."""
    yield from ((method, size) for method in ours for size in data.sizes([arguments.labelled]))
    yield from ((method, size) for method in stock for size in data.sizes(arguments.sizes))


def _measure(cells: Cells, data: DataSet, seed: int, plan: Iterator[tuple[Method, int]]) -> None:
    for method, size in plan:
        measure = partial(method.measure, data, size, seed)
        figures = cells.measured(task(method, data, size, seed), measure)
        print(
            f"{data.name}, {method.name}, {size} labels, seed {seed}: "
            f"macro-F1 {figures.macro_f1:.3f}, {figures.cpu_seconds:.0f} CPU seconds",
            file=sys.stderr, flush=True,
        )  # fmt: skip


def _print_tables(
    cells: Cells,
    data: DataSet,
    arguments: argparse.Namespace,
    ours: Sequence[Method],
    stock: Sequence[Method],
) -> None:
    mine, theirs = (
        {method.name: curve(cells, method, data, data.sizes(sizes), arguments.seeds) for method in methods}
        for methods, sizes in ((ours, [arguments.labelled]), (stock, arguments.sizes))
    )
    print(f"\n{data.name}: {len(data.labels)} labels, {len(data.train)} texts, {len(data.test)} to test")
    print(f"Each cell: {' / '.join(METRICS.values())}, means over seeds\n")
    print("\n".join(curves_table({**mine, **theirs})))
    if ours:
        print("\n" + "\n".join(saving_table(mine, theirs)))
    print("\n".join(["", *silent_note(theirs)]))


if __name__ == "__main__":
    main()
