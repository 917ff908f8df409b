"""The whole loop, 100 labels first and 50 more each round: ours beside small-text, in CPU seconds and F1.

The same pool, validation and test texts, first labels and encoder; both ask about the texts nearest to 0.5
over all labels, stop a fit early on the validation set with the same patience, and read 64 tokens a text.
Each runs in a process of its own. The clock covers everything from the data to the last fit; the test set is
scored after it has stopped.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import inf
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.performance.goemotions import Drawn, draw
from tests.benchmarks.performance.measuring import Stopwatch, peak_memory
from tests.benchmarks.performance.report import Report
from text_al.metrics import f1_scores, sigmoid
from text_al.training.thresholds import common_threshold
from text_al.types import FloatArray

INITIAL, QUERY = 100, 50
PATIENCE = 3
MAX_LENGTH = 64
CONFIG = Path(__file__).parents[3] / "configs" / "goemotions.yaml"


@dataclass(frozen=True)
class Setting:
    """Texts and settings, the same for both."""

    pool: Drawn
    validation: Drawn
    test: Drawn
    seed: int
    rounds: int
    epochs: int
    learning_rate: float


@dataclass(frozen=True)
class Outcome:
    """Of one run: first rows (100,), probabilities of validation and test (n, L), CPU seconds, MiB."""

    first: tuple[int, ...]
    validation: FloatArray
    test: FloatArray
    seconds: float
    peak: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The suite's own settings."""
    parser.add_argument("--rounds", type=int, default=10, help="queries; one fit more than that")
    parser.add_argument("--pool", type=int, default=4000, help="texts that may be asked about")
    parser.add_argument("--validation", type=int, default=1000, help="texts for early stopping")
    parser.add_argument("--test", type=int, default=2000, help="texts that F1 is measured on")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="of the runs; the texts stay")
    parser.add_argument("--small-text-epochs", type=int, default=15, help="at most, a fit of small-text's")
    parser.add_argument(
        "--small-text-rate", type=float, default=2e-4, help="its learning rate; ours is the same"
    )


def run(arguments: argparse.Namespace, report: Report) -> None:
    """Prints one table, two lines a seed."""
    rng = np.random.default_rng([arguments.seed, 3])
    texts = draw(arguments.data, "train", arguments.pool, rng)
    validation = draw(arguments.data, "validation", arguments.validation, rng)
    test = draw(arguments.data, "test", arguments.test, rng)
    rows: list[dict[str, Any]] = []
    for seed in arguments.seeds:
        setting = Setting(
            texts,
            validation,
            test,
            seed,
            arguments.rounds,
            arguments.small_text_epochs,
            arguments.small_text_rate,
        )
        own = _alone(ours, setting)
        rows.append(_row("ours", setting, own, own))
        try:
            rows.append(_row("small-text", setting, _alone(small_text, setting, own.first), own))
        except ModuleNotFoundError as missing:
            report.say(f"Left out: small-text; {missing.name} is not installed.")
    report.say(
        f"{INITIAL} labels and {arguments.rounds} times {QUERY} more, {arguments.rounds + 1} fits, from a "
        f"pool of {len(texts)}; {len(validation)} validation and {len(test)} test texts; patience {PATIENCE}."
    )
    report.table("end_to_end", rows)


def ours(setting: Setting) -> Outcome:
    """`open_run` and `advance` from files, as a user would."""
    import text_al
    from text_al.reporting import Silent
    from text_al.training.model import TextList

    with tempfile.TemporaryDirectory() as folder:
        config = text_al.load_config(CONFIG, _overrides(setting, Path(folder)))
        with Stopwatch() as watch, text_al.open_run(config) as opened:
            text_al.advance(opened)
            learner = opened.learner_of(len(opened.records()))
            first = tuple(e.row for e in opened.pool.events() if e.round == 0 and e.kind == "asked")
        probs = [
            sigmoid(learner.logits(TextList(drawn.texts), Silent()))
            for drawn in (setting.validation, setting.test)
        ]
    return Outcome(first, probs[0], probs[1], watch.seconds, peak_memory())


def small_text(setting: Setting, first: Sequence[int]) -> Outcome:
    """`PoolBasedActiveLearner` with a transformer, early stopping, and all probabilities."""
    import torch
    from small_text import EarlyStopping, PoolBasedActiveLearner
    from small_text.training.metrics import Metric
    from transformers import AutoTokenizer

    from tests.benchmarks.performance import small_text_parts as parts
    from text_al.training.encoders import demo_encoder

    encoder = demo_encoder()
    torch.manual_seed(setting.seed)
    np.random.seed(setting.seed)  # noqa: NPY002 - small-text draws from the global generator

    def made(drawn: Drawn) -> Any:
        return parts.dataset(drawn.texts, drawn.targets, tokenizer, MAX_LENGTH)

    def fit_settings() -> dict[str, Any]:
        # A handler remembers what it has seen, so each fit has a new one.
        stopping = EarlyStopping(Metric("val_loss"), patience=PATIENCE)
        return {"validation_set": validation, "early_stopping": stopping}

    with Stopwatch() as watch:
        tokenizer: Any = AutoTokenizer.from_pretrained(encoder)
        pool, validation = made(setting.pool), made(setting.validation)
        factory = _Factory(encoder, pool.y.shape[1], setting)
        learner = PoolBasedActiveLearner(factory, parts.MultilabelMargin(), pool, fit_kwargs=fit_settings())
        learner.initialize(np.array(first))
        for _ in range(setting.rounds):
            asked = learner.query(num_samples=QUERY)
            learner.fit_kwargs = fit_settings()
            learner.update(pool.y[asked])
    probs = [
        learner.classifier.predict_proba(made(drawn)).toarray()
        for drawn in (setting.validation, setting.test)
    ]
    return Outcome(tuple(first), probs[0], probs[1], watch.seconds, peak_memory())


@dataclass(frozen=True)
class _Factory:
    """small-text's factory takes no subclass of its classifier; this one makes `Dense`."""

    encoder: Path
    n_labels: int
    setting: Setting

    def new(self) -> Any:
        """A classifier that is not fitted yet."""
        from tests.benchmarks.performance import small_text_parts as parts

        return parts.classifier(
            self.encoder, self.n_labels, batch_size=32,
            num_epochs=self.setting.epochs, lr=self.setting.learning_rate,
        )  # fmt: skip


def _overrides(setting: Setting, folder: Path) -> list[str]:
    for name in ("pool", "validation"):
        drawn: Drawn = getattr(setting, name)
        lines = (
            json.dumps(
                {"id": key, "text": text, "labels": [drawn.labels[at].name for at in np.flatnonzero(row)]}
            )
            for key, text, row in zip(drawn.ids, drawn.texts, drawn.targets, strict=True)
        )
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = ", ".join(label.name for label in setting.pool.labels)
    return [
        f"data.pool={folder / 'pool.jsonl'}",
        f"data.validation={folder / 'validation.jsonl'}",
        "data.test=null",
        f"data.labels=[{names}]",
        "model.encoder=demo:minilm",
        f"model.max_length={MAX_LENGTH}",
        f"seed={setting.seed}",
        f"active_learning.initial_size={INITIAL}",
        f"active_learning.query_size={QUERY}",
        f"active_learning.budget={INITIAL + QUERY * setting.rounds}",
        f"training.early_stopping.patience={PATIENCE}",
        "compute.threads=1",
        "tracking={tensorboard: false, progress: none}",
        f"output_dir={folder / 'saved'}",
    ]


def _alone(task: Any, *arguments: Any) -> Outcome:
    """In a process of its own, so that neither warms anything up for the other."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        outcome: Outcome = process.submit(task, *arguments).result()
    return outcome


def _row(name: str, setting: Setting, found: Outcome, own: Outcome) -> dict[str, Any]:
    # Any threshold will do: our own rule against flooding would favour us.
    threshold = common_threshold(setting.validation.targets, found.validation, max_ratio=inf)
    plain, tuned = (f1_scores(setting.test.targets, found.test >= cut) for cut in (0.5, threshold))
    return {
        "path": name,
        "seed": setting.seed,
        "CPU seconds": found.seconds,
        "x ours": found.seconds / own.seconds,
        "macro-F1 at 0.5": plain.macro,
        "macro-F1, one tuned threshold": tuned.macro,
        "micro-F1, one tuned threshold": tuned.micro,
        "peak MiB": found.peak,
    }
