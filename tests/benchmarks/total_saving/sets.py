"""The texts: drawn once for everybody, so that every learner is taught and tested on the same ones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from text_al.types import IntArray, Label, TargetArray

LARGEST_TRAIN, LARGEST_TEST, LARGEST_VALIDATION = 12_800, 4_000, 1_000
"""Texts of each part, drawn at random."""


@dataclass(frozen=True)
class Part:
    """n texts and their targets (n, L), all known."""

    texts: list[str]
    targets: TargetArray

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, rows: IntArray) -> "Part":
        """The texts of these rows, in their order."""
        return Part([self.texts[row] for row in rows], self.targets[rows])


@dataclass(frozen=True)
class DataSet:
    """A set of labelled texts.

    Attributes:
        name: its folder's.
        labels: the L labels.
        train: what may be labelled, and ours' pool.
        test: what is measured on.
        validation: for thresholds to compare with; empty where the folder has no validation.jsonl.
    """

    name: str
    labels: tuple[Label, ...]
    train: Part
    test: Part
    validation: Part = Part([], np.empty((0, 0), dtype=np.int8))

    @classmethod
    def read(cls, folder: Path) -> "DataSet":
        """Reads train.jsonl, test.jsonl and validation.jsonl with `text` and `labels`, and labels.json."""
        found = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        items = found["labels"] if isinstance(found, dict) else found
        names = [item["name"] if isinstance(item, dict) else item for item in items]
        train = _part(folder / "train.jsonl", names, LARGEST_TRAIN)
        test = _part(folder / "test.jsonl", names, LARGEST_TEST)
        labels = tuple(Label(name) for name in names)
        if not (folder / "validation.jsonl").is_file():
            return cls(folder.resolve().name, labels, train, test)
        validation = _part(folder / "validation.jsonl", names, LARGEST_VALIDATION)
        return cls(folder.resolve().name, labels, train, test, validation)

    def drawn(self, n: int, seed: int) -> IntArray:
        """(n,) random rows of `train`; those of a smaller n are the first among those of a larger one."""
        return np.random.default_rng(seed).permutation(len(self.train))[:n]

    def sizes(self, asked: Sequence[int]) -> list[int]:
        """The sizes that the set has, in order, and the whole set where the next one is more than that."""
        return sorted({min(size, len(self.train)) for size in asked})


def _part(path: Path, names: Sequence[str], largest: int) -> Part:
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    rows = [rows[at] for at in np.random.default_rng(0).permutation(len(rows))[:largest]]
    targets = np.array([[name in row["labels"] for name in names] for row in rows], dtype=np.int8)
    return Part([row["text"] for row in rows], targets)
