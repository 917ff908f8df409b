"""The texts that are measured on: drawn at random with a seed, never the head of a file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from text_al.types import Label, TargetArray

LONG = (300, 460)
"""Tokens after which a long text ends; with its last piece it has some forty more."""


@dataclass(frozen=True)
class Drawn:
    """n texts with their ids and targets (n, L) of `labels`."""

    ids: list[str]
    texts: list[str]
    targets: TargetArray
    labels: tuple[Label, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def part(self, start: int, end: int) -> "Drawn":
        """Texts start to end; a random part, as the whole is in random order."""
        return Drawn(self.ids[start:end], self.texts[start:end], self.targets[start:end], self.labels)


def draw(folder: Path, split: str, n: int, rng: np.random.Generator) -> Drawn:
    """n texts of `folder/split.jsonl` (id, text, labels) in random order."""
    rows = _rows(folder / f"{split}.jsonl")
    names = sorted({label for row in _rows(folder / "train.jsonl") for label in row["labels"]})
    if n > len(rows):
        raise ValueError(f"{folder / split}.jsonl has {len(rows)} texts, not {n}; ask for fewer")
    chosen = [rows[place] for place in rng.permutation(len(rows))[:n]]
    targets = np.array([[name in row["labels"] for name in names] for row in chosen], dtype=np.int8)
    return Drawn(
        [row["id"] for row in chosen],
        [row["text"] for row in chosen],
        targets,
        tuple(Label(name) for name in names),
    )


def long_texts(texts: Sequence[str], n: int, tokenizer: Any, rng: np.random.Generator) -> list[str]:
    """n texts of some 300 to 500 tokens each, joined from short ones at random."""
    joined: list[str] = []
    while len(joined) < n:
        goal, pieces, length = int(rng.integers(*LONG)), [], 2
        while length < goal:
            pieces.append(texts[int(rng.integers(len(texts)))])
            length += len(tokenizer(pieces[-1], add_special_tokens=False)["input_ids"])
        joined.append(" ".join(pieces))
    return joined


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
