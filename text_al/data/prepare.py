"""From sources to corpora: read, check, sample, set aside, write. Nothing goes in silence."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from text_al.data.corpus import Corpus
from text_al.data.corpus_set import INDEX, CorpusSet, corpus_file
from text_al.data.drafts import Draft, found_labels
from text_al.data.duplicates import duplicate_notices, same_texts
from text_al.data.findings import Findings, raise_problems, shown, suggestion
from text_al.data.labels import frozen_labels, joined_names_notice
from text_al.data.packing import corpus_batches
from text_al.data.reading import Reading, see_to_missing_labels
from text_al.data.repeats import joined, without_repeats
from text_al.data.shaping import (
    checked_start,
    evaluation_set,
    noting_invisible,
    noting_overlap,
    sampled,
    set_aside,
)
from text_al.data.sources import Columns, Source, Split
from text_al.errors import CorpusError
from text_al.types import IntArray, Label, label_names

_EVALUATION = ("validation", "test")
_NAMES = ("pool", "labelled", *_EVALUATION)


def prepare(
    sources: Mapping[str, Source],
    folder: Path,
    *,
    columns: Columns = Columns(),  # noqa: B008  frozen
    labels: Sequence[Label | str] | None = None,
    split: Split = Split(),  # noqa: B008  frozen
    seed: int = 0,
) -> CorpusSet:
    """Read the sources once and write their corpora into `folder`.

    Args:
        sources: "pool", and any of "labelled" (texts labelled from the start; they stand at the pool's end),
            "validation" and "test".
        folder: takes pool.arrow, validation.arrow, test.arrow, and corpus.json last.
        columns: how rows are read.
        labels: the labels in order; None finds them in all sources together, sorted.
        split: what is set aside from the pool's labelled texts.
        seed: >= 0, for samples, splits and generated texts.

    Raises:
        CorpusError: with all problems of all sources; nothing half-made is left.
    """
    _check(sources, columns, labels, split)
    with _scratch(folder) as scratch:
        drafts, frozen = _read(sources, scratch, columns=columns, labels=labels, seed=seed)
        drafts = {name: sampled(draft, sources[name].sample, seed) for name, draft in drafts.items()}
        drafts, start = _shaped(drafts, label_names(frozen), split, seed)
        return _written(drafts, start, frozen, folder)


def _check(
    sources: Mapping[str, Source], columns: Columns, labels: Sequence[Label | str] | None, split: Split
) -> None:
    problems = [
        f"there is no source called '{name}'. {suggestion(name, _NAMES)}"
        for name in sources
        if name not in _NAMES
    ]
    if "pool" not in sources:
        problems.append("there is no pool; give one")
    for name, size in (("validation", split.validation), ("test", split.test)):
        if size is not None and name in sources:
            problems.append(f"both {name} and split.{name} are given; remove one of the two")
    if labels is not None and columns.label_columns is not None:
        names = [label if isinstance(label, str) else label.name for label in labels]
        strange = [name for name in columns.label_columns if name not in names]
        problems += [
            f"column {shown(name)} of data.columns.label_columns is no declared label" for name in strange
        ]
    if problems:
        raise CorpusError("the sources", problems)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder for what is read, gone afterwards; one that a killed process left is gone before."""
    scratch = folder / ".reading"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)


def _read(
    sources: Mapping[str, Source],
    scratch: Path,
    *,
    columns: Columns,
    labels: Sequence[Label | str] | None,
    seed: int,
) -> tuple[dict[str, Draft], tuple[Label, ...]]:
    """Every source as a draft without repeated rows, and the list of labels."""
    declared = None if labels is None else frozen_labels(labels, ())
    known = None if declared is None else label_names(declared)
    readings: dict[str, Reading] = {}
    drafts: dict[str, Draft] = {}
    for name in (name for name in _NAMES if name in sources):
        first = readings["pool"].number if name == "labelled" else 0
        readings[name] = Reading(name, sources[name], Findings(f"{name} ({sources[name].title})"), first)
        drafts[name] = readings[name].draft(scratch / f"{name}.arrow", columns, known, seed=seed)
    see_to_missing_labels(list(readings.values()))
    for name, reading in readings.items():
        told = drafts[name].noting(*(f"{name}: {notice}" for notice in reading.findings.notices))
        drafts[name] = without_repeats(told, reading.findings)
    raise_problems(reading.findings for reading in readings.values())
    if declared is not None:
        return drafts, declared
    found = set(columns.label_columns or ()).union(*(found_labels(draft.table) for draft in drafts.values()))
    notice = joined_names_notice(sorted(found), columns.separator)
    drafts["pool"] = drafts["pool"].noting(*([notice] if notice else []))
    return drafts, frozen_labels(None, found)


def _shaped(
    drafts: Mapping[str, Draft], names: Sequence[str], split: Split, seed: int
) -> tuple[dict[str, Draft], IntArray]:
    """Pool, validation and test as they will be written, and the pool's rows labelled from the start."""
    findings = Findings("the texts")
    pool, start = _whole_pool(drafts, findings)
    evaluation = {name: evaluation_set(drafts[name], findings) for name in _EVALUATION if name in drafts}
    findings.raise_problems()
    groups = same_texts(pool)
    pool = pool.noting(*duplicate_notices(pool, groups, names))
    for name, draft in evaluation.items():
        evaluation[name] = draft.noting(*duplicate_notices(draft, same_texts(draft), names))
    parts, asides = set_aside(pool, split, names, groups, seed=seed)
    row_in_pool = np.cumsum(parts == 0) - 1
    start = row_in_pool[start[parts[start] == 0]]
    shaped = {"pool": pool.keep(parts == 0), **evaluation, **asides}
    for name, other in (("validation", "pool"), ("test", "pool"), ("test", "validation")):
        if name in shaped and other in shaped:
            shaped[name] = noting_overlap(shaped[name], shaped[other])
    return shaped, start


def _whole_pool(drafts: Mapping[str, Draft], findings: Findings) -> tuple[Draft, IntArray]:
    """The pool with the labelled texts at its end, and the rows labelled from the start."""
    pool = drafts["pool"]
    start: IntArray = np.empty(0, np.int64)
    if "labelled" in drafts:
        pool, given = joined(pool, drafts["labelled"], findings)
        pool, start = checked_start(pool, given, findings)
    return noting_invisible(pool), start


def _written(
    drafts: Mapping[str, Draft], start: IntArray, labels: tuple[Label, ...], folder: Path
) -> CorpusSet:
    """The corpora on disk; while any is being replaced, no index says that the folder is whole."""
    (folder / INDEX).unlink(missing_ok=True)
    corpora = {
        name: Corpus.write(corpus_file(folder, name), corpus_batches(draft, labels), labels, draft.notices)
        for name, draft in drafts.items()
    }
    made = CorpusSet(corpora["pool"], corpora.get("validation"), corpora.get("test"), start)
    made.save(folder)
    return made
