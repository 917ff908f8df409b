"""Predictions for texts of any file, by a model that a run has made."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from text_al.data.findings import Findings
from text_al.data.prepare import prepare
from text_al.data.readers import read_file
from text_al.data.sources import Columns, FileSource
from text_al.training.model import load
from text_al.types import Label

CHUNK = 1000


def predict_file(
    model: Path, texts: str, columns: Columns, *, note: Callable[[str], object]
) -> Iterator[dict[str, Any]]:
    """Predictions for every text of a file, a line each, in order.

    Args:
        model: a model's folder, or a run's.
        texts: a file as in data.pool.
        columns: which columns hold text and id.
        note: hears what reading found that a user should know, such as rows that stand there twice.

    Yields:
        id, labels (names), probs (label to probability).

    Raises:
        ModelError: there is no model.
        CorpusError: the file cannot be read.
    """
    loaded = load(model)
    with tempfile.TemporaryDirectory() as scratch:
        corpora = prepare(
            {"pool": FileSource((texts,))},
            Path(scratch),
            columns=columns,
            labels=[Label(name) for name in loaded.labels],
        )
        corpus = corpora.pool
        for notice in corpus.notices:
            note(notice)
        for start in range(0, len(corpus), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(corpus)))
            for name, line in zip(corpus.ids(rows), predict_lines(loaded, corpus.texts(rows)), strict=True):
                yield {"id": name, **line}


def has_column(texts: str, name: str) -> bool:
    """Whether the first row of a file has this column; no for what cannot be read."""
    if not Path(texts).is_file():
        return False
    wanted = Columns(text=name, id=None, labels=None)
    first = next(read_file(Path(texts), wanted, Findings(texts)), None)
    return first is not None and name in first.fields


def predict_lines(model: Any, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Labels and probs of each text."""
    for probs in model.predict_proba(texts):
        reached = [name for name, yes in zip(model.labels, probs >= model.thresholds, strict=True) if yes]
        yield {
            "labels": reached,
            "probs": {name: round(float(p), 4) for name, p in zip(model.labels, probs, strict=True)},
        }
