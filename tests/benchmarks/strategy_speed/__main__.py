"""The one command.

    python -m tests.benchmarks.strategy_speed
    python -m tests.benchmarks.strategy_speed entropy cvirs --keep saved/strategy_speed.jsonl

Prints a table in Markdown for each case. Peers come with `pip install -c constraints.txt -e '.[peers]'`; one
that is not installed is left out, with a line that says so.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from tests.benchmarks.performance.report import Report
from tests.benchmarks.strategy_speed.cases import CASES
from tests.benchmarks.strategy_speed.rotation import Outcome, Rotation
from tests.benchmarks.strategy_speed.tables import rows_of


def main() -> None:
    """Measures what is asked for and not kept yet, and prints it."""
    arguments = _arguments()
    report = Report(None)
    report.machine()
    for name in arguments.cases or CASES:
        report.say(CASES[name].says)
        outcome = _outcome(name, arguments)
        report.table(name, rows_of(CASES[name], outcome))
        for sentence in outcome.left_out:
            report.say(sentence)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.strategy_speed", description=__doc__.split("\n", 1)[0]
    )
    # Not by `choices`: with nargs="*" argparse holds the empty list to them.
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)}; default: all")
    parser.add_argument("--sizes", type=int, nargs="+", help="texts, rising, instead of a case's own")
    parser.add_argument("--seed", type=int, default=0, help="of the input and the order of the paths")
    parser.add_argument("--patience", type=float, default=300, help="CPU seconds that a call may take")
    parser.add_argument("--ours-only", action="store_true", help="leave peers out")
    parser.add_argument(
        "--keep", type=Path, help="a file of measured cases, read and added to; a line deleted is made anew"
    )
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.cases) - set(CASES))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}. There are {', '.join(CASES)}")
    return arguments


def _outcome(name: str, arguments: argparse.Namespace) -> Outcome:
    """From the file where it is kept; a case is kept as a whole, so that its ratios are of one run."""
    sizes = arguments.sizes or list(CASES[name].sizes)
    key = {"case": name, "sizes": sizes, "seed": arguments.seed, "ours_only": arguments.ours_only}
    for said in _kept(arguments.keep):
        if key.items() <= said.items():
            return Outcome.from_json(said)
    rotation = Rotation(name, seed=arguments.seed, patience=arguments.patience, ours_only=arguments.ours_only)
    outcome = rotation.run(sizes)
    if arguments.keep is not None:
        with arguments.keep.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({**key, **outcome.as_json()}) + "\n")
    return outcome


def _kept(file: Path | None) -> list[dict[str, Any]]:
    if file is None or not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
