"""What the label names are worth to the linear learner: mean average precision on a test set, random labels.

    python tests/benchmarks/label_prior.py --data FOLDER...

Each folder holds train.jsonl and test.jsonl with `text` and `labels`, and labels.json. Each set is measured
twice, the second time with its label names replaced by codes, which say nothing. The encoder is MiniLM of the
extra `demo`, frozen; no validation labels. Strength 0 is the plain head.
"""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from text_al.data.cache import Cache
from text_al.metrics import macro_average_precision
from text_al.reporting import Silent
from text_al.training.lesson import HeadSettings
from text_al.training.linear import Linear
from text_al.training.model import TextList
from text_al.training.pretrained import Pretrained
from text_al.training.settings import EncoderSettings
from text_al.types import FloatArray, Label, TargetArray

STRENGTHS = (0.0, 8.0, "auto")
LARGEST = 12_000  # texts of a set, drawn at random


def main() -> None:
    """Prints a table a set."""
    arguments = _arguments()
    cache = Cache(arguments.cache)
    for folder in arguments.data:
        train, test = (_texts(folder, name, arguments) for name in ("train", "test"))
        names = _label_names(folder)
        for title, shown in ((folder.name, names), (f"{folder.name}, codes", _codes(len(names)))):
            print(f"\n{title}: {len(names)} labels, {len(arguments.seeds)} seeds\n")
            print("| labelled texts | " + " | ".join(f"strength {s}" for s in STRENGTHS) + " | chosen |")
            print("|---|" + "---|" * (len(STRENGTHS) + 1))
            for size in (size for size in arguments.sizes if size <= len(train[0])):
                _print_row(size, _measured(size, train, test, shown, arguments.seeds, cache))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 100, 300, 600, 1000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--cache", type=Path, default=Path("saved/.cache"))
    return parser.parse_args()


def _label_names(folder: Path) -> list[str]:
    found = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    items = found["labels"] if isinstance(found, dict) else found
    return [item["name"] if isinstance(item, dict) else item for item in items]


def _codes(n: int) -> list[str]:
    return [f"x{number:03d}" for number in range(n)]


def _texts(folder: Path, part: str, arguments: argparse.Namespace) -> tuple[list[str], TargetArray]:
    rows = [json.loads(line) for line in (folder / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]
    rng = np.random.default_rng(0)
    rows = [rows[at] for at in rng.permutation(len(rows))[:LARGEST]]
    names = _label_names(folder)
    targets = np.array([[name in row["labels"] for name in names] for row in rows], dtype=np.int8)
    return [row["text"] for row in rows], targets


def _measured(
    size: int, train: Any, test: Any, names: Sequence[str], seeds: Sequence[int], cache: Cache
) -> dict[Any, list[float]]:
    """Strength to one figure a seed; under "chosen", the strengths that auto took."""
    (texts, targets), (test_texts, truth) = train, test
    found: dict[Any, list[float]] = {strength: [] for strength in (*STRENGTHS, "chosen")}
    labels, new = [Label(name) for name in names], TextList(test_texts)
    for strength in STRENGTHS:
        pretrained = Pretrained(EncoderSettings(encoder="demo:minilm"), cache)
        settings = HeadSettings(c=3.0, label_prior=strength)
        learner = Linear(TextList(texts), labels, pretrained, settings=settings)
        for seed in seeds:
            learner.seed = seed
            rows = np.random.default_rng(seed).permutation(len(texts))[:size]
            learner.fit(rows, targets[rows], None, round_number=1, global_step=0, reporter=Silent())
            logits: FloatArray = learner.logits(new, Silent())
            found[strength].append(macro_average_precision(truth, logits))
            if strength == "auto":
                found["chosen"].append(learner._lesson.label_prior)
    return found


def _print_row(size: int, found: dict[Any, list[float]]) -> None:
    means = " | ".join(f"{np.mean(found[strength]):.3f}" for strength in STRENGTHS)
    chosen = ", ".join(f"{strength:g}" for strength in found["chosen"])
    print(f"| {size} | {means} | {chosen} |", flush=True)


if __name__ == "__main__":
    main()
