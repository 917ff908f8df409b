"""The texts of a run: read once into its folder, and what of them is labelled before it begins."""

from collections.abc import Sequence

import numpy as np

from text_al.assemble import parts
from text_al.config import RunConfig
from text_al.data.corpus_set import CorpusSet
from text_al.data.pool import QueryPool
from text_al.data.prepare import prepare
from text_al.data.store import RunStore
from text_al.errors import CorpusError
from text_al.loop.run_folder import RunFolder
from text_al.types import Answer, IntArray, Label, label_names


def corpora_of(
    config: RunConfig, folder: RunFolder, *, is_new: bool, added: Sequence[Label] = ()
) -> CorpusSet:
    """The run's corpora: those on disk where the run has begun, else read anew from the sources.

    Args:
        config: the run's.
        folder: the run's.
        is_new: whether it begins now.
        added: labels that were added to it since it began.

    Raises:
        CorpusError: the sources cannot be read, or do not fit the configuration; lists every problem.
    """
    if not is_new:
        return CorpusSet.open(folder.corpus, added)
    corpora = prepare(
        parts.sources_of(config.data),
        folder.corpus,
        columns=parts.columns_of(config.data.columns),
        labels=parts.labels_of(config.data),
        split=parts.split_of(config.data.split),
        seed=config.data.seed,
    )
    _check_fit(config, corpora)
    return corpora


def pool_of(config: RunConfig, store: RunStore, corpora: CorpusSet) -> QueryPool:
    """The run's pool; a new one is made with what is labelled from the start, in one transaction.

    Raises:
        PoolError: the texts are not those that the pool was made for.
    """
    corpus = corpora.pool
    if store.meta("pool.n_rows") is not None:
        return QueryPool.open(store, fingerprint=corpus.fingerprint)
    with store.transaction():
        excluded = np.flatnonzero(~corpus.usable)
        pool = QueryPool.create(
            store, len(corpus), label_names(corpus.labels), corpus.fingerprint, excluded=excluded.tolist()
        )
        rows = corpora.initially_labelled
        if config.oracle.type != "simulated":
            rows = np.union1d(rows, np.flatnonzero(corpus.has_targets))
        pool.label(_given_answers(corpora, np.setdiff1d(rows, excluded)), round=0)
    return pool


def _check_fit(config: RunConfig, corpora: CorpusSet) -> None:
    hidden = np.delete(corpora.pool.has_targets, corpora.initially_labelled)
    if config.oracle.type == "simulated" and not hidden.any():
        problem = (
            "oracle is simulated, but no text of data.pool has labels beside it to answer with; "
            "add them, or write oracle: {type: file} to have people answer"
        )
        raise CorpusError("the corpus", [problem])


def _given_answers(corpora: CorpusSet, rows: IntArray) -> list[Answer]:
    """Labels that came with the texts, as answers; nobody knows when they were given."""
    targets = corpora.pool.targets(rows)
    return [
        Answer(int(row), "labelled", tuple(values.tolist()), annotator="corpus", source="corpus", at="")
        for row, values in zip(rows, targets, strict=True)
    ]
