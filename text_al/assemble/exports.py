"""What a run gives away: its model, its labelled corpus, predictions for other texts."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from text_al.data.corpus import Corpus
from text_al.data.events import LabelEvent
from text_al.data.findings import Findings
from text_al.data.merging import standing
from text_al.data.pool import QueryPool
from text_al.data.prepare import prepare
from text_al.data.readers import read_file
from text_al.data.sources import Columns, FileSource
from text_al.data.store import RunStore
from text_al.errors import ModelError, PoolError
from text_al.loop.run import stored_records
from text_al.loop.run_folder import RunFolder
from text_al.tracking.card import model_card
from text_al.training.artifact import read_description
from text_al.training.export import export_model, export_plain
from text_al.training.model import find_model, load
from text_al.types import Label

CHUNK = 1000


def export_run_model(run: Path, target: Path, *, plain: bool = False) -> None:
    """Writes the run's best model with a card made from its records.

    Args:
        run: the run's folder.
        target: a folder that does not exist yet.
        plain: for plain transformers, where the architecture has the same head.

    Raises:
        ModelError: there is no model yet, or it has no plain form.
    """
    folder = RunFolder(run)
    model = find_model(run)
    with RunStore.open(folder.state, read_only=True) as store:
        rounds, records = store.rounds(), stored_records(store)
    name = (folder.models / "best").resolve().name
    found = [record for stored, record in zip(rounds, records, strict=True) if stored.model == name]
    if not found:
        raise ModelError(f"{run} has no finished round yet; run it first")
    card = model_card(run.name, found[0], records, read_description(model))
    (export_plain if plain else export_model)(model, target, card)


@dataclass(frozen=True)
class ExportedCorpus:
    """How many texts were written."""

    labelled: int
    skipped: int


def export_corpus(run: Path, target: Path) -> ExportedCorpus:
    """Writes every text that was labelled or skipped, with its labels and where they come from, as JSONL.

    A line holds id, text, labels (names; [] is labelled with nothing, null is skipped), considered (where not
    all labels were), status, annotator, at, round and source.

    Args:
        run: the run's folder.
        target: a .jsonl file that does not exist yet.

    Raises:
        PoolError: `target` exists, or there is no run.
    """
    if target.exists():
        raise PoolError(f"{target} exists already; give a file that does not")
    folder = RunFolder(run)
    counts = {"labelled": 0, "skipped": 0}
    with RunStore.open(folder.state, read_only=True) as store, _whole_file(target) as file:
        pool = QueryPool.open(store)
        for line in _lines(pool, Corpus.open(folder.corpus / "pool.arrow")):
            counts[line["status"]] += 1
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return ExportedCorpus(counts["labelled"], counts["skipped"])


@contextmanager
def _whole_file(target: Path) -> Iterator[TextIO]:
    """Gives a file to write into; on a clean end it becomes `target`, else nothing is left of it."""
    aside = target.with_name(f".{target.name}.partial")
    try:
        with aside.open("w", encoding="utf-8") as file:
            yield file
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _lines(pool: QueryPool, corpus: Corpus) -> Iterator[dict[str, Any]]:
    rows = np.flatnonzero(pool.idxs_labeled | pool.idxs_skipped)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        for row, name, text in zip(part.tolist(), corpus.ids(part), corpus.texts(part), strict=True):
            event = standing(pool.history(row))
            if event is not None:
                yield {"id": name, "text": text, **_decision(event, pool.labels)}


def _decision(event: LabelEvent, names: Sequence[str]) -> dict[str, Any]:
    decided: dict[str, Any] = {"labels": None}
    if event.targets is not None:
        marks = dict(zip(names, event.targets, strict=True))
        decided = {"labels": [name for name, mark in marks.items() if mark == 1]}
        if -1 in event.targets:
            decided["considered"] = [name for name, mark in marks.items() if mark >= 0]
    who = {"annotator": event.annotator, "at": event.at, "round": event.round, "source": event.source}
    return {**decided, "status": event.kind, **who}


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
