"""The texts of a data set, read once for all cells that share them.

Every cell reads the same few files of the comparison's folder, so that a large data set is sampled once a
seed, nothing is fetched twice, and the texts cannot change while the comparison goes on.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from text_al.assemble import parts
from text_al.assemble.checks import check_components
from text_al.config import RunConfig, config_from_dict
from text_al.config.schema import Data, FileSource, GeneratedSource, HubSource, Source
from text_al.data.corpus import Corpus
from text_al.data.corpus_set import CorpusSet
from text_al.data.prepare import prepare
from text_al.experiments.cells import Cell
from text_al.experiments.comparison_config import FULL_DATA
from text_al.tracking.atomic import write_atomically
from text_al.types import IntArray, Label, label_names

INDEX = "texts.json"
_SOURCES = ("pool", "labelled", "validation", "test")


@dataclass(frozen=True)
class Prepared:
    """A data set as cells read it.

    Attributes:
        data: the section of a run's configuration that reads it.
        n_pool: texts of the pool, those labelled from the start among them.
        n_usable: those of them that have something to read.
        made_of: what the comparison says of it: other words make other texts.
    """

    data: dict[str, Any]
    n_pool: int
    n_usable: int
    made_of: dict[str, Any]


def texts_folder(cell: Cell, comparison: Path) -> Path:
    """Where the texts of a cell are; cells whose texts are the same have the same."""
    name = cell.config.name if _is_drawn(cell.config.data) else "every-seed"
    return comparison / "texts" / cell.data / name


def prepared(cell: Cell, comparison: Path, data_root: Path | None) -> Prepared:
    """The texts of a cell, read from their sources by the first process that wants them; others wait.

    Args:
        cell: its data section and its seed say what is read.
        comparison: the comparison's folder.
        data_root: a folder with copies of the data sets, or None.

    Raises:
        CorpusError: the sources cannot be read; lists every problem.
    """
    folder = texts_folder(cell, comparison)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        data = cell.config.data
        made_of = {**data.model_dump(), "opaque_labels": cell.opaque_labels}
        if not (folder / INDEX).exists() or _read(folder).made_of != made_of:
            shutil.rmtree(folder, ignore_errors=True)
            if data_root is not None:
                data = located(data, data_root / cell.source_folder)
            _prepare(data, folder, made_of, opaque=cell.opaque_labels)
        return _read(folder)


def ready(cell: Cell, texts: Prepared) -> RunConfig:
    """The configuration that a cell is run with: its texts where they were prepared.

    With the strategy "full_data" the first batch is the whole pool, and the run ends after it.
    """
    tree = cell.config.model_dump() | {"data": {**texts.data, "seed": cell.config.data.seed}}
    if cell.strategy == FULL_DATA:
        n = texts.n_usable
        sizes = {"initial_size": n, "budget": n, "query_size": 1, "max_candidates": max(n, 100_000)}
        tree["active_learning"] = {**tree["active_learning"], **sizes}
    tree["tracking"] = {**tree["tracking"], "tensorboard": False}  # written at once when the cell is done
    return config_from_dict(tree, [check_components])  # imports plugins, too


def located(data: Data, folder: Path) -> Data:
    """The same data set with its files in this folder: by their names, or by those of the Hub's splits."""
    changes = {}
    for name in _SOURCES:
        source = getattr(data, name)
        if source is not None and not isinstance(source, GeneratedSource):
            changes[name] = _located(source, folder)
    return data.model_copy(update=changes)


def _located(source: Source, folder: Path) -> FileSource:
    match source:
        case HubSource():
            return FileSource(path=str(folder / f"{source.split}.jsonl"), sample=source.sample)
        case FileSource():
            return FileSource(path=_in(folder, source.path), sample=source.sample)
        case GeneratedSource():
            raise TypeError("generated texts are in no folder")
    return FileSource(path=_in(folder, source))


def _in(folder: Path, path: str | list[str]) -> str | list[str]:
    if isinstance(path, list):
        return [str(folder / Path(one).name) for one in path]
    return str(folder / Path(path).name)


def _is_drawn(data: Data) -> bool:
    """Whether another seed gives other texts, or deals them out otherwise."""
    sources = [getattr(data, name) for name in _SOURCES]
    is_drawn = any(isinstance(one, GeneratedSource) or getattr(one, "sample", None) for one in sources)
    return is_drawn or data.split.validation is not None or data.split.test is not None


def _read(folder: Path) -> Prepared:
    return Prepared(**json.loads((folder / INDEX).read_text(encoding="utf-8")))


def _prepare(data: Data, folder: Path, made_of: dict[str, Any], *, opaque: bool) -> None:
    corpora = prepare(
        parts.sources_of(data),
        folder / "reading",
        columns=parts.columns_of(data.columns),
        labels=parts.labels_of(data),
        split=parts.split_of(data.split),
        seed=data.seed,
    )
    section = _written(corpora, _renamed(corpora.labels, opaque=opaque), folder)
    usable = int(corpora.pool.usable.sum())
    about = {"data": section, "n_pool": len(corpora.pool), "n_usable": usable, "made_of": made_of}
    shutil.rmtree(folder / "reading")
    write_atomically(folder / INDEX, json.dumps(about, indent=1).encode())


def _renamed(labels: tuple[Label, ...], *, opaque: bool) -> tuple[Label, ...]:
    return tuple(Label(f"x{place:03d}") for place in range(len(labels))) if opaque else labels


def _written(corpora: CorpusSet, labels: tuple[Label, ...], folder: Path) -> dict[str, Any]:
    """Writes the files; the data section that reads them."""
    given = corpora.initially_labelled
    others = np.setdiff1d(np.arange(len(corpora.pool)), given)
    every = {"pool": (corpora.pool, others)}
    if len(given):
        every["labelled"] = (corpora.pool, given)
    named = {"validation": corpora.validation, "test": corpora.test}
    every |= {name: (found, np.arange(len(found))) for name, found in named.items() if found is not None}
    for name, (corpus, rows) in every.items():
        lines = _lines(corpus, rows, label_names(labels))
        write_atomically(folder / f"{name}.jsonl", "".join(f"{line}\n" for line in lines).encode())
    specs = [
        {"name": one.name, "description": one.description, "examples": [*one.examples]} for one in labels
    ]
    write_atomically(folder / "labels.json", json.dumps(specs, ensure_ascii=False, indent=1).encode())
    section = {name: str(folder / f"{name}.jsonl") for name in every}
    return {**section, "labels": str(folder / "labels.json")}


def _lines(corpus: Corpus, rows: IntArray, names: Sequence[str]) -> Iterator[str]:
    """JSON objects; labels as a list where all are known, else as an object of those that are."""
    for name, text, targets in zip(corpus.ids(rows), corpus.texts(rows), corpus.targets(rows), strict=True):
        known = {label: int(mark) for label, mark in zip(names, targets, strict=True) if mark != -1}
        whole = [label for label, mark in known.items() if mark == 1] if len(known) == len(names) else known
        yield json.dumps({"id": name, "text": text, "labels": whole or (None if not known else [])})
