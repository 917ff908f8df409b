"""Every registered strategy on one labelled set, beside random: the whole loop, with the linear learner.

    python -m tests.benchmarks.strategies --data FOLDER [--seeds 0 1 2] [--only badge bald] [--keep FILE]

FOLDER holds train.jsonl and test.jsonl with `text` and `labels`. The encoder is MiniLM of the extra `demo`,
run once; no validation labels are used. Each run labels 100 texts by chance, then ten times 50 that the
strategy chooses. Columns: test macro average precision and macro-F1 (thresholds without validation) at the
end, the area under the curve of average precision (mean over the rounds), its difference from random of the
same seeds in points, and the seconds of choosing, all rounds. Strategies that score texts take the best;
those marked "power" draw by the power rule with beta 4.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import text_al
from text_al.strategies import STRATEGIES

POWER = {"type": "power", "args": {"beta": 4.0}}
DRAWN = ("threshold_margin", "weighted_margin", "multilabel_entropy")
"""Those that are also run with the power rule."""
RANDOM = "random"


@dataclass(frozen=True)
class Curve:
    """Of one run: average precision by round, macro-F1 at the end, seconds of choosing."""

    precisions: list[float]
    macro_f1: float
    seconds: float

    @property
    def area(self) -> float:
        """The mean height of the curve."""
        heights = np.array(self.precisions)
        return float((heights[1:] + heights[:-1]).mean() / 2)


def main() -> None:
    """Runs what is missing, then prints the table."""
    arguments = _arguments()
    kept = _read(arguments.keep)
    with tempfile.TemporaryDirectory() as folder:
        for name in _names(arguments.only):
            for seed in arguments.seeds:
                key = f"{arguments.data.name} {name} {seed} {arguments.budget}"
                if key not in kept:
                    kept[key] = _curve(arguments, Path(folder), name, seed)
                    _keep(arguments.keep, key, kept[key])
                    print(key, kept[key].precisions[-1], file=sys.stderr, flush=True)
    _print_table(arguments, kept)


def _names(only: list[str]) -> Iterator[str]:
    """Random first; those that choose a first batch, or single labels, are another matter."""
    names = [
        RANDOM,
        *(name for name in STRATEGIES.names() if name not in (RANDOM, "label_names", "pair_margin")),
    ]
    for name in names:
        if not only or name in only or name == RANDOM:
            yield name
            if name in DRAWN:
                yield f"{name}, power"


def _curve(arguments: argparse.Namespace, folder: Path, name: str, seed: int) -> Curve:
    strategy = name.removesuffix(", power")
    selection = POWER if name != strategy else {"type": "best"}
    config = text_al.load_config(
        "configs/nlupp.yaml",
        [
            f"name={strategy}_{seed}_{selection['type']}",
            f"output_dir={folder}",
            f"compute.cache={arguments.cache.resolve()}",
            f"seed={seed}",
            f"data.pool={arguments.data / 'train.jsonl'}",
            "data.validation=null",
            f"data.test={arguments.data / 'test.jsonl'}",
            "model.encoder=demo:minilm",
            "learner={type: linear}",
            f"active_learning.strategy.type={strategy}",
            f"active_learning.selection={json.dumps(selection)}",
            f"active_learning.budget={arguments.budget}",
            "tracking={tensorboard: false, progress: none}",
        ],
    )
    with text_al.open_run(config) as run:
        text_al.advance(run)
        records = run.records()
    precisions = [record.metrics["test_macro_average_precision"] for record in records]
    seconds = sum(record.seconds.get("query", 0.0) for record in records)
    return Curve(precisions, records[-1].metrics["test_macro_f1_plug_in"], seconds)


def _print_table(arguments: argparse.Namespace, kept: dict[str, Curve]) -> None:
    print("| strategy | AP at the end | macro-F1 at the end | area | against random | choosing, s |")
    print("|---" * 6 + "|")
    base = _of(arguments, kept, RANDOM)
    for name in _names(arguments.only):
        curves = _of(arguments, kept, name)
        gains = 100 * (np.array([curve.area for curve in curves]) - [curve.area for curve in base])
        spread = f" ± {gains.std():.1f}" if len(gains) > 1 else ""
        end, f1, area, seconds = np.mean(
            [(curve.precisions[-1], curve.macro_f1, curve.area, curve.seconds) for curve in curves], axis=0
        )
        gain = "-" if name == RANDOM else f"{gains.mean():+.1f}{spread}"
        print(f"| {name} | {end:.3f} | {f1:.3f} | {area:.3f} | {gain} | {seconds:.1f} |")


def _of(arguments: argparse.Namespace, kept: dict[str, Curve], name: str) -> list[Curve]:
    return [kept[f"{arguments.data.name} {name} {seed} {arguments.budget}"] for seed in arguments.seeds]


def _read(file: Path | None) -> dict[str, Curve]:
    if file is None or not file.exists():
        return {}
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {line.pop("key"): Curve(**line) for line in lines}


def _keep(file: Path | None, key: str, curve: Curve) -> None:
    if file is not None:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"key": key, **asdict(curve)}) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.strategies")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--only", nargs="*", default=[], help="strategies; all, where none is named")
    parser.add_argument("--budget", type=int, default=600)
    parser.add_argument("--keep", type=Path, help="a file of curves, read and added to")
    parser.add_argument("--cache", type=Path, default=Path("saved/.cache"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
