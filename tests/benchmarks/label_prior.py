"""What the label names are worth to the linear learner, from 0 labels on; random labels, no validation label.

    python -m tests.benchmarks.label_prior --data FOLDER...
    python -m tests.benchmarks.label_prior --data FOLDER... --ablate

Each folder holds train.jsonl, test.jsonl and maybe validation.jsonl with `text` and `labels`, and
labels.json. Each set is measured twice, the second time with its label names replaced by codes, which say
nothing. The encoder is MiniLM of the extra `demo`, frozen. A cell is macro average precision / macro-F1 at
thresholds that the learner found without a validation set / at thresholds tuned on 1,000 validation texts.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.total_saving.sets import DataSet
from text_al.data.cache import Cache
from text_al.metrics import f1_scores, macro_average_precision, sigmoid
from text_al.reporting import Silent
from text_al.training.learners import LEARNERS
from text_al.training.model import TextList
from text_al.training.settings import EncoderSettings
from text_al.training.thresholds import tune_thresholds
from text_al.types import FloatArray, Label

STRENGTHS: Mapping[str, Mapping[str, Any]] = {
    "strength 0": {"label_prior": 0.0},
    "strength 8": {"label_prior": 8.0},
    "auto": {},
}
ABLATIONS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "c: 0.3": {"c": 0.3},
    "c: 3": {"c": 3.0},
    "class_weight: balanced": {"class_weight": "balanced"},
    "self_training": {"self_training": True},
    "label_correlation": {"label_correlation": True},
}


def main() -> None:
    """Prints a table a set."""
    arguments = _arguments()
    methods = ABLATIONS if arguments.ablate else STRENGTHS
    for folder in arguments.data:
        data = DataSet.read(folder)
        codes = tuple(Label(f"x{number:03d}") for number in range(len(data.labels)))
        shown = (
            [data] if arguments.ablate else [data, replace(data, name=f"{data.name}, codes", labels=codes)]
        )
        for one in shown:
            print(f"\n{one.name}: {len(one.labels)} labels, {len(arguments.seeds)} seeds\n")
            print("| labelled texts | " + " | ".join(methods) + " |\n|---|" + "---|" * len(methods))
            for size in one.sizes(arguments.sizes):
                cells = [_cell(one, size, settings, arguments) for settings in methods.values()]
                print(f"| {size} | " + " | ".join(cells) + " |", flush=True)


def _cell(data: DataSet, size: int, settings: Mapping[str, Any], arguments: argparse.Namespace) -> str:
    if size == 0 and settings.get("label_prior") == 0.0:
        return "-"
    encoder = EncoderSettings(encoder="demo:minilm")
    learner = LEARNERS.entry("linear").build(
        settings, pool=TextList(data.train.texts), labels=data.labels, encoder=encoder,
        cache=Cache(arguments.cache),
    )  # fmt: skip
    found = [_measured(learner, data, size, seed) for seed in (arguments.seeds if size else [0])]
    return " / ".join("-" if np.isnan(mean) else f"{mean:.3f}" for mean in np.mean(found, axis=0))


def _measured(learner: Any, data: DataSet, size: int, seed: int) -> tuple[float, float, float]:
    truth, new = data.test.targets, TextList(data.test.texts)
    if size == 0:
        learner.look(np.arange(1), frozenset({"probs"}), Silent())
        return macro_average_precision(truth, learner.logits(new, Silent())), np.nan, np.nan
    learner.seed, rows = seed, data.drawn(size, seed)
    report = learner.fit(
        rows, data.train.targets[rows], None, round_number=1, global_step=0, reporter=Silent()
    )
    logits: FloatArray = learner.logits(new, Silent())
    own, tuned = f1_scores(truth, sigmoid(logits) >= report.thresholds).macro, np.nan
    if len(data.validation):
        checked = sigmoid(learner.logits(TextList(data.validation.texts), Silent()))
        tuned = f1_scores(truth, sigmoid(logits) >= tune_thresholds(data.validation.targets, checked)).macro
    return macro_average_precision(truth, logits), own, tuned


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.label_prior")
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 50, 100, 300, 600, 1000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--ablate", action="store_true", help="one thing changed at a time")
    parser.add_argument("--cache", type=Path, default=Path("saved/.cache"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
