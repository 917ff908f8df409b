"""The linear learner: its head beside scikit-learn's, ten rounds on cached texts, a round over a million.

    python -m tests.benchmarks.performance.linear --data ../shared/data/goemotions

Three tables. The head: the same objective and features (GoEmotions by MiniLM, more labels drawn at random),
scikit-learn's LogisticRegression one label at a time at a tolerance at which it is as exact. Ten rounds: the
whole run by `open_run` and `advance`, its texts encoded by an earlier run. A million: synthetic vectors, d =
384, L = 28, put into the cache, then one fit on 1,000 and a query of 50 in a process of its own.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import text_al
from tests.benchmarks.performance.measuring import Stopwatch, peak_memory
from tests.benchmarks.performance.report import Report
from text_al.data.cache import Cache
from text_al.metrics import sigmoid
from text_al.reporting import Silent
from text_al.training.frozen import PART, FrozenEncoder
from text_al.training.linear import Linear
from text_al.training.linear_head import fit_linear_head
from text_al.training.pretrained import Pretrained
from text_al.training.settings import ComputeSettings, EncoderSettings
from text_al.types import FloatArray, IntArray, Label, TargetArray, Texts

SIZES = ((100, 28), (1000, 28), (1000, 100), (1000, 1000), (10_000, 28))
WIDTH, LABELS, TAUGHT, ASKED, WINDOW = 384, 28, 1000, 50, 65_536
ENCODER = EncoderSettings(encoder="demo:minilm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The suite's own settings."""
    parser.add_argument("--vectors", type=int, default=1_000_000, help="of the large pool")


def run(arguments: argparse.Namespace, report: Report) -> None:
    """Prints the three tables."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run_rounds(arguments.data, folder)  # encodes
        rounds = [run_rounds(arguments.data, folder) for _ in range(arguments.repetitions)]
        report.say("Ten rounds over 4,000 cached texts, 100 to 550 labels, 1,000 for validation")
        report.table("ten rounds", [{name: median(row[name] for row in rounds) for name in rounds[0]}])
        report.say("The head alone: CPU seconds of a fit, C = 10")
        report.table("head", list(head_rows(arguments, folder)))
        report.say(f"One round over {arguments.vectors:,} cached vectors")
        report.table("million", [large_round(arguments.vectors, folder)])


def run_rounds(data: Path, folder: Path) -> dict[str, Any]:
    """Seconds of a whole run, and of what."""
    changes = [
        f"name=run-{time.monotonic_ns()}", f"output_dir={folder}", f"compute.cache={folder / 'cache'}",
        "learner={type: linear}", f"model.encoder={ENCODER.encoder}", "tracking.progress=none",
        f"data.pool={{path: {data / 'train.jsonl'}, sample: 4000}}", "data.test=null",
        f"data.validation={{path: {data / 'validation.jsonl'}, sample: 1000}}", "tracking.tensorboard=false",
        "active_learning.budget=550",
    ]  # fmt: skip
    config = text_al.load_config(Path(__file__).parents[3] / "configs" / "goemotions.yaml", changes)
    with text_al.open_run(config) as opened:
        began = time.monotonic()
        with Stopwatch() as watch:
            text_al.advance(opened)
        wall, records = time.monotonic() - began, opened.records()
    spent = {
        stage: sum(record.seconds.get(stage, 0.0) for record in records)
        for stage in ("encode", "head", "evaluate", "score", "query", "save", "total")
    }
    spent["curve, log and state"] = wall - spent.pop("total")
    return {"rounds": len(records), "seconds": wall, "CPU seconds": watch.seconds, **spent}


def head_rows(arguments: argparse.Namespace, folder: Path) -> Iterator[dict[str, Any]]:
    """Ours and scikit-learn's, and how far apart their probabilities are."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(arguments.seed)
    features = _real_vectors(arguments.data, folder)
    for n, n_labels in SIZES:
        taught, targets = features[:n], _drawn_targets(features[:n], n_labels, rng)
        with Stopwatch() as ours:
            found = sigmoid(fit_linear_head(taught, targets, c=10.0).logits(features))
        shown = min(n_labels, 28)  # labels that scikit-learn fits; its time is the same for each
        with Stopwatch() as theirs:
            models = [
                LogisticRegression(C=10.0, tol=1e-7, max_iter=10_000).fit(taught, targets[:, label])
                for label in range(shown)
            ]
        apart = max(
            np.abs(model.predict_proba(features)[:, 1] - found[:, label]).max()
            for label, model in enumerate(models)
        )
        seconds = theirs.seconds * n_labels / shown
        yield {
            "texts": n, "labels": n_labels, "ours": ours.seconds, "scikit-learn": seconds,
            "ratio": seconds / ours.seconds, "largest difference in a probability": float(apart),
        }  # fmt: skip


def large_round(n: int, folder: Path) -> dict[str, Any]:
    """One round over synthetic vectors in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.performance.linear"]
    for step in ("--prepare", "--measure"):
        done = subprocess.run(
            [*command, step, str(n), str(folder / "large")], capture_output=True, text=True, check=True
        )
    names = ("vectors", "fit", "look and score", "choose", "wall", "CPU", "peak memory, MiB")
    return dict(zip(names, map(float, done.stdout.split()), strict=True))


class SyntheticTexts:
    """N texts that are never read."""

    def __init__(self, n: int) -> None:
        self.n, self.text_fingerprint = n, f"{n} synthetic texts"

    def __len__(self) -> int:
        return self.n

    def texts(self, rows: IntArray) -> list[str]:
        """None are there."""
        raise NotImplementedError


class SyntheticEncoder(FrozenEncoder):
    """Draws vectors instead of encoding texts."""

    def _parts(self, texts: Texts, n_parts: int, reporter: object) -> Iterator[Mapping[str, Any]]:
        rng = np.random.default_rng(0)
        for start in range(0, len(texts), PART):
            vectors = rng.standard_normal((min(PART, len(texts) - start), WIDTH), dtype=np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            yield {"vectors": vectors, "n_cut": np.zeros(1)}


def prepare(n: int, folder: Path) -> None:
    """Puts the vectors into the cache, where the learner finds them."""
    cache = Cache(folder)
    SyntheticEncoder(Pretrained(ENCODER, cache), ComputeSettings(), cache).vectors(
        SyntheticTexts(n), Silent()
    )


def measure(n: int, folder: Path) -> None:
    """One round: fit, look over everything window by window, choose; prints figures apart by spaces."""
    labels = [Label(f"label {number}") for number in range(LABELS)]
    rng, strategy = np.random.default_rng(0), text_al.strategy("multilabel_margin")
    began, times = time.monotonic(), []
    with Stopwatch() as watch:
        learner = Linear(SyntheticTexts(n), labels, Pretrained(ENCODER, Cache(folder)))
        rows = np.sort(rng.choice(n, TAUGHT, replace=False))
        targets = _drawn_targets(learner.frozen(rows, Silent()), LABELS, rng)
        learner.fit(rows, targets, None, round_number=1, global_step=0, reporter=Silent())
        times.append(time.monotonic())
        others = np.setdiff1d(np.arange(n), rows)
        windows = (others[at : at + WINDOW] for at in range(0, len(others), WINDOW))
        needs = frozenset({"probs"})
        scores = np.concatenate([strategy.scores(learner.look(rows, needs, Silent())) for rows in windows])
        times.append(time.monotonic())
        strategy.choose_by(scores, others, ASKED, rng)
        times.append(time.monotonic())
    print(n, *np.diff([began, *times]), times[-1] - began, watch.seconds, peak_memory())


def _real_vectors(data: Path, folder: Path) -> FloatArray:
    """(10,000 or so, 384) of GoEmotions, of length 4."""
    import json

    from text_al.training.model import TextList

    lines = (data / "train.jsonl").read_text(encoding="utf-8").splitlines()[: max(SIZES)[0]]
    cache = Cache(folder / "cache")
    encoder = FrozenEncoder(Pretrained(ENCODER, cache), ComputeSettings(), cache)
    return 4.0 * encoder.vectors(TextList([json.loads(line)["text"] for line in lines]), Silent()).astype(
        float
    )


def _drawn_targets(features: FloatArray, n_labels: int, rng: np.random.Generator) -> TargetArray:
    """(n, L) with rates from 2 to 30 %, which the features half explain."""
    signal = features @ rng.standard_normal((features.shape[1], n_labels))
    signal = signal / signal.std(axis=0) + rng.standard_normal(signal.shape)
    cuts = [
        np.quantile(column, 1 - rate)
        for column, rate in zip(signal.T, rng.uniform(0.02, 0.3, n_labels), strict=True)
    ]
    return (signal > cuts).astype(np.int8)


def main() -> None:
    """The suite alone, or a step of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, help="folder with GoEmotions' three files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repetitions", type=int, default=5, help="of the ten rounds; the median is shown")
    parser.add_argument("--json", type=Path, help="a file to which each row is added as a line of JSON")
    for step in ("--prepare", "--measure"):
        parser.add_argument(step, nargs=2, metavar=("N", "FOLDER"), help=argparse.SUPPRESS)
    add_arguments(parser)
    arguments = parser.parse_args()
    for step, function in ((arguments.prepare, prepare), (arguments.measure, measure)):
        if step:
            function(int(step[0]), Path(step[1]))
            return
    run(arguments, Report(arguments.json))


if __name__ == "__main__":
    main()
