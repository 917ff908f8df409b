"""A pool scored: texts per CPU-second of ours and of peers, on short and on long texts, and peak memory."""

import argparse
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from tests.benchmarks.performance.goemotions import Drawn, draw, long_texts
from tests.benchmarks.performance.measuring import in_rotation, peak_memory
from tests.benchmarks.performance.report import Report
from tests.benchmarks.performance.routes import (
    SMALL_TEXT_LONG,
    SMALL_TEXT_SHORT,
    Route,
    long_routes,
    short_routes,
)
from tests.benchmarks.performance.scorer import NotHereError, Saved, Scored, Scorer
from tests.benchmarks.performance.summary import Summary, Work
from text_al.types import IntArray

N_LABELLED = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The suite's own settings."""
    parser.add_argument("--texts", type=int, default=10_000, help="short texts in the pool")
    parser.add_argument("--long", type=int, default=60, help="long texts")
    parser.add_argument(
        "--memory-texts", type=int, default=2000, help="texts scored where peaks are measured"
    )


def run(arguments: argparse.Namespace, report: Report) -> None:
    """Prints three tables."""
    rng = np.random.default_rng([arguments.seed, 1])
    drawn = draw(arguments.data, "train", N_LABELLED + arguments.texts, rng)
    pool = drawn.part(N_LABELLED, len(drawn)).texts
    with tempfile.TemporaryDirectory() as folder:
        saved = trained(drawn.part(0, N_LABELLED), Path(folder), arguments.seed)
        bench = Bench(saved, arguments.repetitions, rng, report)
        bench.table("scoring_short", pool, short_routes(len(pool)), SMALL_TEXT_SHORT)
        joined = long_texts(pool, arguments.long, bench.tokenizer, rng)
        bench.table("scoring_long", joined, long_routes(len(joined)), SMALL_TEXT_LONG)
        bench.memory(pool[: arguments.memory_texts])


def trained(labelled: Drawn, folder: Path, seed: int) -> Saved:
    """A classifier of real probabilities: the head fitted, then two epochs of all layers."""
    from tests.benchmarks.performance.twin import save_twin
    from text_al.reporting import Silent
    from text_al.training.finetuned import FineTuned
    from text_al.training.model import TextList
    from text_al.training.settings import EncoderSettings, TrainingSettings

    settings = TrainingSettings(max_epochs=2, min_updates=0, evaluations=1, early_stopping=None)
    learner = FineTuned(
        TextList(labelled.texts), labelled.labels, encoder=EncoderSettings(encoder="demo:minilm"),
        training=settings, seed=seed,
    )  # fmt: skip
    rows = np.arange(len(labelled))
    learner.fit(rows, labelled.targets, None, round_number=1, global_step=0, reporter=Silent())
    learner.save(folder / "ours")
    save_twin(learner, folder / "twin")
    return Saved(folder / "ours", folder / "twin", labelled.labels, tuple(labelled.texts))


class Bench:
    """Measures routes over one saved model and prints what it finds."""

    def __init__(self, saved: Saved, repetitions: int, rng: np.random.Generator, report: Report) -> None:
        from transformers import AutoConfig, AutoTokenizer

        self.saved, self.repetitions, self.rng, self.report = saved, repetitions, rng, report
        self.tokenizer: Any = AutoTokenizer.from_pretrained(saved.ours)
        self.config: Any = AutoConfig.from_pretrained(saved.ours)

    def table(self, name: str, texts: list[str], routes: Sequence[Route], small_text: str) -> None:
        """One table: every route on its first n texts, in an order drawn anew for each repetition."""
        scorers = self._scorers(routes)
        routes = [route for route in routes if route.name in scorers]
        orders = [self.rng.permutation(len(texts)) for _ in range(self.repetitions)]
        paths = {
            route.name: lambda at, route=route: _in_order(scorers[route.name], texts, orders[at], route.n)
            for route in routes
        }
        found = list(in_rotation(paths, self.repetitions, self.rng))
        lengths = np.array([len(ids) for ids in self.tokenizer(texts, verbose=False)["input_ids"]])
        self.report.say(
            f"{len(texts)} texts of {lengths.mean():.1f} tokens, medians of {self.repetitions} repetitions "
            f"in random rotation. The machine's matrix product: "
            f"{median(one.limit.fp32 for one in found):.0f} GFLOP per CPU-second in fp32, "
            f"{median(one.limit.bf16 for one in found):.0f} in bf16."
        )
        for note in sorted({note for one in found for note in one.found.notes}):
            self.report.say(f"The program said: {note}")
        summary = Summary(found, self._gflop(lengths), small_text)
        self.report.table(name, [summary.row(route) for route in routes])

    def memory(self, texts: list[str]) -> None:
        """A process of its own for each route."""
        rows: list[dict[str, Any]] = []
        for route in short_routes(len(texts)):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process, suppress(NotHereError):
                loaded, peak = process.submit(peaks, self.saved, route, texts[: route.n]).result()
                rows.append({"path": route.name, "n": route.n, "MiB, loaded": loaded, "MiB, at most": peak})
        self.report.say("Peak memory, a process each.")
        self.report.table("scoring_memory", rows)

    def _scorers(self, routes: Sequence[Route]) -> dict[str, Scorer]:
        made = {}
        for route in routes:
            try:
                made[route.name] = route.make(self.saved)
            except NotHereError as reason:
                self.report.say(f"Left out: {route.name}; {reason}.")
                continue
            made[route.name](["A text to warm up with."])
        return made

    def _gflop(self, lengths: IntArray) -> Work:
        width, inner = self.config.hidden_size, self.config.intermediate_size
        return Work(lengths, 4 * width**2 + 2 * width * inner, 2 * width, self.config.num_hidden_layers)


def peaks(saved: Saved, route: Route, texts: list[str]) -> tuple[float, float]:
    """MiB held at most once the route is loaded, and once it has scored; for a process of its own."""
    score = route.make(saved)
    loaded = peak_memory()
    score(texts)
    return loaded, peak_memory()


def _in_order(score: Scorer, texts: list[str], order: IntArray, n: int) -> Scored:
    """Scores the first n texts in another order, so that nothing kept from before helps; puts them back."""
    places = order[order < n]
    found = score([texts[place] for place in places])
    probs = np.empty_like(found.probs)
    probs[places] = found.probs
    return Scored(probs, found.tokenising, found.scoring, found.notes)
