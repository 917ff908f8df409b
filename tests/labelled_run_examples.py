"""The folder of a run with whatever people said in it, made without a model."""

import numpy as np
import pyarrow as pa

from text_al.circumstances import UNKNOWN
from text_al.data.corpus import Corpus, corpus_batch
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.loop.run_folder import RunFolder
from text_al.types import Answer, Label, LabelRequest

AT = "2026-01-01T12:00:00Z"


class LabelledRun:
    """A run's folder whose pool may be told what people said; close it, or use it as a context manager."""

    def __init__(self, path, labels=("joy", "anger", "fear"), n=20, texts=None):
        self.path, self.labels = path, tuple(labels)
        texts = texts or [f"text {row}" for row in range(n)]
        folder = RunFolder(path)
        folder.corpus.mkdir(parents=True)
        nothing = np.zeros(len(texts), bool)
        targets = np.full((len(texts), len(labels)), -1, np.int8)
        ids = pa.array([f"id-{row}" for row in range(len(texts))])
        batch = corpus_batch(ids, pa.array(texts), targets, nothing, ~nothing)
        Corpus.write(folder.corpus / "pool.arrow", [batch], [Label(name) for name in labels])
        self.store = RunStore.create(folder.state, {"text_al": "0.1.0"})
        self.pool = QueryPool.create(self.store, len(texts), labels, "f")

    def ask(self, rows, strategy="random", *, round_number=0, inclusion=None, purpose="train", **more):
        """Asks for rows; the request is called after its round."""
        n = len(rows)
        request = LabelRequest(
            f"round-{round_number:03d}", round_number, tuple(rows), None, ("why",) * n, strategy, purpose,
            None if inclusion is None else (inclusion,) * n, **more,
        )  # fmt: skip
        self.pool.mark_pending(request)

    def say(self, row, annotator, labels, *, how=UNKNOWN, at=AT, considered=None, **more):
        """One answer by label names; None skips."""
        targets = None
        if labels is not None:
            known = self.labels if considered is None else considered
            targets = tuple(int(name in labels) if name in known else -1 for name in self.labels)
        status = "skipped" if targets is None else "labelled"
        round_number, comment = more.get("round_number", 1), more.get("comment", "")
        answer = Answer(row, status, targets, annotator, "a.csv", at, comment, how=how)
        self.pool.label([answer], round=round_number)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.store.close()
