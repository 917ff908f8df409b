"""Strategies and learners held against each other: `text-al compare`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from text_al.experiments.grid import Outcome

_FAILED = 1
"""The exit status where a run failed and the others are done."""


def compare(
    config: Annotated[
        Path, typer.Argument(help="A YAML file, such as configs/bench/small.yaml.", metavar="CONFIG")
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(help="Settings for this time, such as seeds=3.", metavar="[KEY=VALUE]..."),
    ] = None,
    data_root: Annotated[
        Path | None,
        typer.Option(help="A folder with copies of the data sets: FOLDER/<data set>/train.jsonl, ..."),
    ] = None,
    retry_failed: Annotated[bool, typer.Option(help="Try runs again that failed before.")] = False,
) -> None:
    """Run, or go on with, a comparison: data sets x learners x strategies x seeds, in parallel.

    Stop it with Ctrl-C, or let the power fail: the same command goes on, and runs that are done stay done.
    """
    from text_al.experiments.comparison_file import load_comparison
    from text_al.experiments.grid import run_grid
    from text_al.experiments.grid_view import grid_view

    root = [] if data_root is None else [f"data_root={data_root}"]
    outcome = run_grid(
        load_comparison(config, [*(overrides or []), *root]), grid_view(sys.stderr), retry_failed=retry_failed
    )
    print(_screen(outcome))
    if outcome.failures:
        raise typer.Exit(_FAILED)


def _screen(outcome: "Outcome") -> str:
    lines = [f"{outcome.folder}: {outcome.n_done:,} of {outcome.n_cells:,} runs are done."]
    if outcome.collected is not None:
        kept = outcome.collected
        lines.append(f"{kept.n_rounds:,} rounds of {kept.n_cells:,} runs: {kept.parquet}, {kept.csv}")
        lines.append(f"Curves: tensorboard --logdir {outcome.folder / 'cells'}")
    if outcome.failures:
        lines.append(f"{len(outcome.failures)} failed; once mended, try them again with --retry-failed:")
        lines += [f"  {one.id}: {one.sentence}\n    {one.log}" for one in outcome.failures]
    return "\n".join(lines)
