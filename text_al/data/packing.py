"""A draft becomes a corpus."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from text_al.data.corpus import corpus_batch
from text_al.data.drafts import Draft
from text_al.types import Label, label_names

_BATCH_ROWS = 2048


def corpus_batches(draft: Draft, labels: Sequence[Label]) -> Iterator[pa.RecordBatch]:
    """The rows that are in, in order, as batches of a corpus file."""
    names = label_names(labels)
    labelled, visible = draft.labelled, draft.visible
    for start in range(0, len(draft), _BATCH_ROWS):
        at = np.arange(start, min(start + _BATCH_ROWS, len(draft)))
        rows = draft.rows[at]
        ids, texts = draft.table.take("id", rows), draft.table.take("text", rows)
        yield corpus_batch(ids, texts, draft.targets(at, names), labelled[at], visible[at])
