"""What learners make of random labels, without a validation label: linear, fine-tuned, auto; and ablations.

    python -m tests.benchmarks.learners --data FOLDER... --sizes 100 500 --keep saved/learners.jsonl
    python -m tests.benchmarks.learners --data FOLDER... --sizes 300 --ablate

Each folder holds train.jsonl, test.jsonl and validation.jsonl with `text` and `labels`, and labels.json. The
encoder is MiniLM of the extra `demo`. Cells are minutes long: what stands in --keep is not measured again.
Beside the F1 at the learner's own thresholds stands that at thresholds tuned on 1,000 validation texts, which
no learner saw.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.performance.measuring import Stopwatch
from tests.benchmarks.total_saving.sets import DataSet
from text_al.data.cache import Cache
from text_al.metrics import f1_scores, macro_average_precision, sigmoid
from text_al.reporting import Silent
from text_al.training.auto import Auto
from text_al.training.base import Learner
from text_al.training.learners import LEARNERS
from text_al.training.model import TextList
from text_al.training.settings import EncoderSettings, TrainingSettings
from text_al.training.thresholds import tune_thresholds
from text_al.types import IntArray

PLAIN: Mapping[str, Any] = {"cross_fit": 0}
"""Ablations are compared by average precision and at validation thresholds, for which no folds are needed."""

ABLATIONS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "label_prior: 0": {"label_prior": 0.0},
    "name_texts: false": {"name_texts": False},
    "head_start: zeros": {"head_start": "zeros"},
    "head_sharpness: 1": {"head_sharpness": 1.0},
    "weight_averaging: 0": {"weight_averaging": 0.0},
    "layer_decay: 0.8": {"layer_decay": 0.8},
    "head_pull: 10": {"head_pull": 10.0},
    "pos_weight: balanced": {"pos_weight": "balanced"},
    "loss: asymmetric": {"loss": "asymmetric"},
    "min_updates: 0": {"min_updates": 0},
}


@dataclass(frozen=True)
class Figures:
    """Of one fit, on the test set: macro average precision; macro-F1 at own and at tuned thresholds."""

    average_precision: float
    macro_f1: float
    macro_f1_tuned: float
    micro_f1: float
    cpu_seconds: float
    said: str = ""


def main() -> None:
    """Measures what is missing, then prints a table a set."""
    arguments = _arguments()
    kept = _read(arguments.keep)
    for data in [DataSet.read(folder) for folder in arguments.data]:
        for size in data.sizes(arguments.sizes):
            for seed in arguments.seeds:
                for key, figures in _measured(arguments, data, size, seed, kept):
                    kept[key] = figures
                    _keep(arguments.keep, key, figures)
                    print(*key, figures, file=sys.stderr, flush=True)
        _print_table(data, arguments, kept)


Key = tuple[str, str, int, int]
"""Set, method, texts labelled, seed."""


def _measured(
    arguments: argparse.Namespace, data: DataSet, size: int, seed: int, kept: Mapping[Key, Figures]
) -> Iterator[tuple[Key, Figures]]:
    cache = Cache(arguments.cache)
    if arguments.ablate:
        for name, changes in ABLATIONS.items():
            key = (data.name, name, size, seed)
            if key not in kept:
                yield key, _fitted("finetuned", data, size, seed, cache, {**PLAIN, **changes})[1]
    elif (data.name, "auto", size, seed) not in kept:
        for name, figures in _compared(data, size, seed, cache).items():
            yield (data.name, name, size, seed), figures


def _compared(data: DataSet, size: int, seed: int, cache: Cache) -> dict[str, Figures]:
    """Auto, and the two learners that it chooses from; the one it did not fit is fitted for the table."""
    learner, figures = _fitted("auto", data, size, seed, cache, {})
    assert isinstance(learner, Auto)
    rows = data.drawn(size, seed)
    found = {"auto": figures, "linear": _taught(learner.linear, data, rows)}
    found["finetuned"] = figures
    if "takes the linear" in figures.said:
        found["finetuned"] = _taught(learner.finetuned, data, rows)
    return found


def _fitted(
    name: str, data: DataSet, size: int, seed: int, cache: Cache, training: Mapping[str, Any]
) -> tuple[Learner, Figures]:
    learner = LEARNERS.entry(name).build(
        {}, pool=TextList(data.train.texts), labels=data.labels, seed=seed, cache=cache,
        encoder=EncoderSettings(encoder="demo:minilm"), training=TrainingSettings(**training),
    )  # fmt: skip
    return learner, _taught(learner, data, data.drawn(size, seed))


def _taught(learner: Learner, data: DataSet, rows: IntArray) -> Figures:
    with Stopwatch() as watch:
        report = learner.fit(
            rows, data.train.targets[rows], None, round_number=1, global_step=0, reporter=Silent()
        )
    logits, checked = (
        learner.logits(TextList(part.texts), Silent()) for part in (data.test, data.validation)
    )
    probs, truth = sigmoid(logits), data.test.targets
    own = f1_scores(truth, probs >= report.thresholds)
    tuned = f1_scores(truth, probs >= tune_thresholds(data.validation.targets, sigmoid(checked)))
    said = "; ".join(note for note in report.notes if "learner auto" in note or "label names" in note)
    precision = macro_average_precision(truth, logits)
    return Figures(precision, own.macro, tuned.macro, own.micro, watch.seconds, said)


def _print_table(data: DataSet, arguments: argparse.Namespace, kept: Mapping[Key, Figures]) -> None:
    print(f"\n{data.name}: {len(data.labels)} labels; macro average precision, macro-F1 at own thresholds,")
    print("at thresholds tuned on validation texts, micro-F1, CPU-seconds; means (and spread of the first)\n")
    print("| labelled | method | AP | F1 | F1 tuned | micro-F1 | CPU-s | seeds |\n" + "|---" * 8 + "|")
    methods = tuple(ABLATIONS) if arguments.ablate else ("linear", "finetuned", "auto")
    for size in data.sizes(arguments.sizes):
        found = defaultdict(list)
        for (name, method, n, seed), figures in kept.items():
            if name == data.name and n == size and seed in arguments.seeds:
                found[method].append(list(asdict(figures).values())[:-1])
        for method in [method for method in methods if method in found]:
            mean, spread = np.mean(found[method], axis=0), np.std(found[method], axis=0)
            figures = f"{mean[0]:.3f} ± {spread[0]:.3f} | " + " | ".join(
                f"{value:.3f}" for value in mean[1:4]
            )
            print(f"| {size} | {method} | {figures} | {mean[4]:.0f} | {len(found[method])} |", flush=True)


def _read(file: Path | None) -> dict[Key, Figures]:
    if file is None or not file.exists():
        return {}
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {tuple(line["key"]): Figures(**line["figures"]) for line in lines}


def _keep(file: Path | None, key: Key, figures: Figures) -> None:
    if file is not None:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"key": key, "figures": asdict(figures)}) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.learners")
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300, 500, 1000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--ablate", action="store_true", help="the fine-tuned learner with one thing changed")
    parser.add_argument("--keep", type=Path, help="a file of cells, read and added to")
    parser.add_argument("--cache", type=Path, default=Path("saved/.cache"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
