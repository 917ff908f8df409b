"""What a search for the first positives of labels brings, by their names and by the model, and what it costs.

    python tests/benchmarks/rare_labels.py --data FOLDER...

Each folder holds train.jsonl, validation.jsonl and test.jsonl with `text` and `labels`, and labels.json. Two
tables a set, each cell "mean average precision / macro-F1 at tuned thresholds / labels without a positive",
means over seeds: first batches by label names, and rounds of 50 with a share for rare labels beside a
strategy. The learner is `linear` on MiniLM of the extra `demo`; validation labels serve thresholds only.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from text_al.data.cache import Cache
from text_al.metrics import f1_scores, macro_average_precision, sigmoid
from text_al.reporting import Silent
from text_al.seeds import generator
from text_al.strategies import Chooser, RareShare, strategy
from text_al.training.lesson import HeadSettings
from text_al.training.linear import Linear
from text_al.training.model import TextList
from text_al.training.pretrained import Pretrained
from text_al.training.settings import EncoderSettings
from text_al.types import Candidates, IntArray, Label, Labelled, LabelledTexts, TargetArray

LARGEST = {"train": 12_000, "validation": 1_000, "test": 4_000}  # texts, drawn at random
FIRST_SIZES, FIRST_SHARES = (50, 100), (0.0, 0.25, 0.5, 1.0)
BATCH, LAST = 50, 300
STRATEGIES, SHARES = ("random", "multilabel_margin"), (0.0, 0.2, 0.5)
Figures = tuple[float, float, float]


@dataclass(frozen=True)
class Corpus:
    """A labelled set: label names, and by part texts and targets."""

    names: tuple[str, ...]
    texts: dict[str, TextList]
    targets: dict[str, TargetArray]

    @classmethod
    def read(cls, folder: Path) -> "Corpus":
        """From its folder."""
        found = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        items = found["labels"] if isinstance(found, dict) else found
        names = tuple(item["name"] if isinstance(item, dict) else item for item in items)
        texts, targets = {}, {}
        for part, largest in LARGEST.items():
            lines = (folder / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
            drawn = np.random.default_rng(0).permutation(len(lines))[:largest]
            rows = [json.loads(lines[at]) for at in drawn]
            texts[part] = TextList([row["text"] for row in rows])
            targets[part] = np.array([[name in row["labels"] for name in names] for row in rows], np.int8)
        return cls(names, texts, targets)


class Trial:
    """One seed: a learner that was never fitted, and the rows that were labelled so far."""

    def __init__(self, corpus: Corpus, pretrained: Pretrained, seed: int) -> None:
        self.corpus, self.seed, self.round = corpus, seed, 0
        self.rows: IntArray = np.empty(0, dtype=np.int64)
        labels = [Label(name) for name in corpus.names]
        self.learner = Linear(
            corpus.texts["train"], labels, pretrained, settings=HeadSettings(c=3.0), seed=seed
        )

    def label(self, chooser: Chooser, n: int) -> None:
        """Labels n more texts, those that a chooser takes."""
        rng = generator(self.seed, self.round, "query")
        self.rows = np.concatenate([self.rows, chooser.choose(self._candidates(), n, rng).rows])

    def fit(self) -> Figures:
        """Fits on all that is labelled, and measures."""
        corpus, targets = self.corpus, self.corpus.targets["train"][self.rows]
        validation = LabelledTexts(corpus.texts["validation"], corpus.targets["validation"])
        self.round += 1
        self.learner.fit(
            self.rows, targets, validation, round_number=self.round, global_step=0, reporter=Silent()
        )
        logits, truth = self.learner.logits(corpus.texts["test"], Silent()), corpus.targets["test"]
        macro_f1 = f1_scores(truth, sigmoid(logits) >= self.learner.thresholds).macro
        return macro_average_precision(truth, logits), macro_f1, float((targets.sum(axis=0) == 0).sum())

    def _candidates(self) -> Candidates:
        targets = self.corpus.targets["train"]
        open_rows = np.setdiff1d(np.arange(len(targets)), self.rows)
        seen = self.learner.look(open_rows, frozenset({"probs"}), Silent())
        return replace(seen, labelled=Labelled(self.rows, targets[self.rows]))


def first_batches(trial: Callable[[], Trial]) -> Iterator[tuple[str, list[Figures]]]:
    """A line a share chosen by label names: its name, and figures by size."""
    for share in FIRST_SHARES:
        found = []
        for size in FIRST_SIZES:
            new = trial()
            new.label(strategy("label_names", share=share), size)
            found.append(new.fit())
        yield f"label_names, share {share:g}" if share else "random", found


def rounds(trial: Callable[[], Trial], min_positives: int) -> Iterator[tuple[str, list[Figures]]]:
    """A line a strategy and share for rare labels: its name, and figures by round, from the same start."""
    for name in STRATEGIES:
        for share in SHARES:
            new = trial()
            chooser = RareShare(strategy(name), new.corpus.names, share, min_positives)
            new.label(strategy("random"), BATCH)
            found = [new.fit()]
            while len(new.rows) < LAST:
                new.label(chooser, BATCH)
                found.append(new.fit())
            yield f"{name}, share {share:g}", found


def main() -> None:
    """Prints two tables a set."""
    arguments = _arguments()
    pretrained = Pretrained(EncoderSettings(encoder="demo:minilm"), Cache(arguments.cache))
    for folder in arguments.data:
        corpus = Corpus.read(folder)
        title = f"{folder.name}: {len(corpus.names)} labels"
        trials = [partial(Trial, corpus, pretrained, seed) for seed in arguments.seeds]
        firsts = [list(first_batches(trial)) for trial in trials]
        _print_table(f"{title}, first batch", FIRST_SIZES, firsts)
        later = [list(rounds(trial, arguments.min_positives)) for trial in trials]
        _print_table(
            f"{title}, at least {arguments.min_positives} positives", range(BATCH, LAST + 1, BATCH), later
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--min-positives", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=Path("saved/.cache"))
    return parser.parse_args()


def _print_table(
    title: str, sizes: tuple[int, ...] | range, seeds: list[list[tuple[str, list[Figures]]]]
) -> None:
    """A line a way of choosing, a column a size; means over seeds."""
    print(f"\n{title}, {len(seeds)} seeds\n")
    print("| labelled texts | " + " | ".join(map(str, sizes)) + " |")
    print("|---|" + "---|" * len(sizes))
    for place, (name, _) in enumerate(seeds[0]):
        means = np.mean([lines[place][1] for lines in seeds], axis=0)
        print(f"| {name} | " + " | ".join("{:.3f} / {:.3f} / {:.1f}".format(*cell) for cell in means) + " |")


if __name__ == "__main__":
    main()
