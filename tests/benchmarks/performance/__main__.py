"""The one command.

    python -m tests.benchmarks.performance scoring --data ../shared/data/goemotions
    python -m tests.benchmarks.performance all --data ../shared/data/goemotions --json figures.jsonl

Prints tables in Markdown. Peers come with `pip install -c constraints.txt -e '.[peers]'`; one that is not
installed is left out, with a line that says so.
"""

import os

# One thread, and before torch or tokenizers are imported: work per CPU-second is what a busy machine does not
# distort. Child processes inherit it.
os.environ.update(
    OMP_NUM_THREADS="1", RAYON_NUM_THREADS="1", HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1"
)

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks.performance.report import Report

SUITES = {
    "scoring": "a pool scored: ours and peers, short and long texts, peak memory",
    "epoch": "one epoch on 500 texts, and the loss curve over three: ours and the HF Trainer",
    "linear": "the linear learner: ten rounds, its head beside scikit-learn's, a million vectors",
    "million": "pools of 10,000 to 1,000,000 short texts: time, peak memory, killed twice",
    "end_to_end": "the whole loop: ours and small-text (heavy; --rounds makes it shorter)",
}
"""Each is a module beside this one with `add_arguments(parser)` and `run(arguments, report)`."""


def suite(name: str) -> Any:
    """The module of a suite."""
    return import_module(f"tests.benchmarks.performance.{name}")


def parsed() -> argparse.Namespace:
    """The command line; with `all`, every suite's settings are its defaults."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.performance", description=__doc__.split("\n", 1)[0]
    )
    commands = parser.add_subparsers(dest="suite", required=True)
    for name, says in {**SUITES, "all": "all of them, one after another"}.items():
        command = commands.add_parser(
            name, help=says, description=says, formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )
        command.add_argument("--data", type=Path, required=True, help="folder with GoEmotions' three files")
        command.add_argument("--seed", type=int, default=0, help="draws texts and the order of the paths")
        command.add_argument("--repetitions", type=int, default=5, help="of which medians are taken")
        command.add_argument("--json", type=Path, help="a file to which each row is added as a line of JSON")
        if name != "all":
            suite(name).add_arguments(command)
    return parser.parse_args()


def with_defaults(name: str, arguments: argparse.Namespace) -> argparse.Namespace:
    """The arguments that all suites share, with the defaults of this one's own."""
    parser = argparse.ArgumentParser()
    suite(name).add_arguments(parser)
    return parser.parse_args([], argparse.Namespace(**vars(arguments)))


def main() -> None:
    """Runs what was asked for."""
    arguments = parsed()
    report = Report(arguments.json)
    report.machine()
    if arguments.suite != "all":
        suite(arguments.suite).run(arguments, report)
        return
    for name in SUITES:
        suite(name).run(with_defaults(name, arguments), report)


if __name__ == "__main__":
    main()
