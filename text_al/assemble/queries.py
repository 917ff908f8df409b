"""Writes what a run asks, or what its annotators disagree about, in any of the formats that go out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from text_al.assemble.checks import load_config
from text_al.assemble.parts import guidelines_of
from text_al.config import RunConfig
from text_al.data.added_labels import added_labels
from text_al.data.corpus import Corpus
from text_al.data.disagreements import Disagreement, disagreements
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import AnswersError, PoolError
from text_al.formats.batch import Batch
from text_al.formats.interchange import FORMATS, write_batch
from text_al.loop.run_folder import RunFolder
from text_al.oracles.batches import SETTLING, batch_of
from text_al.oracles.request_files import query_file
from text_al.oracles.suggestions import suggestions
from text_al.registry import did_you_mean
from text_al.types import LabelRequest


@dataclass(frozen=True)
class Written:
    """What was written, and what of it still waits for an answer."""

    files: tuple[Path, ...]
    request_id: str
    n_texts: int
    n_missing: int


def write_query(
    run: Path, kinds: Sequence[str], *, target: Path | None = None, request_id: str = ""
) -> Written:
    """Writes the texts that a run waits for, to be labelled elsewhere; beside the run, which is not changed.

    Args:
        run: the run's folder.
        kinds: names of formats, a file each.
        target: the file, where there is one format; else they go into the run's folder `queries`.
        request_id: of the request; "" for the one that waits.

    Raises:
        PoolError: there is no run, or nothing waits; or the file exists already.
        AnswersError: there is no format of this name.
    """
    _check_kinds(kinds)
    folder = RunFolder(run)
    config = load_config(folder.config, environ={})
    with RunStore.open(folder.state, read_only=True) as store:
        pool = QueryPool.open(store)
        request = _request(pool, request_id, run)
        corpus = Corpus.open(folder.corpus / "pool.arrow", [one.label for one in added_labels(store)])
        batch = batch_of(
            request,
            corpus,
            guidelines=guidelines_of(config.annotation),
            mode=config.annotation.suggestions,
            suggested=suggestions(folder.queries, request.id),
        )
        n_missing = sum(bool(pool.idxs_pending[row]) for row in request.rows)
    return Written(_write(folder, batch, kinds, target), request.id, len(batch.items), n_missing)


def write_disagreements(run: Path, kinds: Sequence[str], *, target: Path | None = None) -> Written:
    """Writes the texts about which annotators disagree, with what each said; answers to it settle them.

    Raises:
        PoolError: there is no run, or nobody disagrees.
        AnswersError: there is no format of this name.
    """
    _check_kinds(kinds)
    folder = RunFolder(run)
    config = load_config(folder.config, environ={})
    with RunStore.open(folder.state, read_only=True) as store:
        found = disagreements(QueryPool.open(store))
        corpus = Corpus.open(folder.corpus / "pool.arrow", [one.label for one in added_labels(store)])
        if not found:
            raise PoolError(f"{run}: no two annotators disagree about a text; there is nothing to settle")
        batch = _to_settle(found, corpus, config)
    return Written(_write(folder, batch, kinds, target), batch.id, len(found), len(found))


def _check_kinds(kinds: Sequence[str]) -> None:
    unknown = [kind for kind in kinds if kind not in FORMATS]
    if unknown:
        raise AnswersError(
            "--format",
            [f"no format is called {kind!r}. {did_you_mean(kind, tuple(FORMATS))}" for kind in unknown],
        )


def _request(pool: QueryPool, request_id: str, run: Path) -> LabelRequest:
    if request_id:
        named = pool.request(request_id)
        if named is None:
            raise PoolError(f"{run}: no request is called '{request_id}'")
        return named
    waiting = pool.open_requests()
    if not waiting:
        raise PoolError(f"{run}: no text waits for labels; `text-al run` asks for the next ones")
    return waiting[0]


def _to_settle(found: Sequence[Disagreement], corpus: Corpus, config: RunConfig) -> Batch:
    """All that is in dispute, as a batch that hides what the model thinks."""
    names = [label.name for label in corpus.labels]
    request = LabelRequest(
        SETTLING,
        0,
        tuple(one.row for one in found),
        None,
        tuple("in dispute: " + ", ".join(names[label] for label in one.labels) for one in found),
        SETTLING,
        considered=tuple(one.labels for one in found),
    )
    batch = batch_of(request, corpus, guidelines=guidelines_of(config.annotation), mode="none")
    items = tuple(
        replace(
            item,
            said={
                who: tuple(names[label] for label in one.labels if targets[label] == 1)
                for who, targets in one.said.items()
                if any(targets[label] != -1 for label in one.labels)
            },
        )
        for item, one in zip(batch.items, found, strict=True)
    )
    return replace(batch, items=items, settles=True)


def _write(folder: RunFolder, batch: Batch, kinds: Sequence[str], target: Path | None) -> tuple[Path, ...]:
    files = []
    for kind in kinds:
        path = query_file(folder.queries, batch.id, kind) if target is None else target
        if target is not None and path.exists():
            raise PoolError(f"{path} exists already, and somebody may be filling it in; give another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or batch.settles:
            write_batch(path, batch, kind)
        files.append(path)
    return tuple(files)
