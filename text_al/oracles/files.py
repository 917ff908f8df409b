"""People answer through files: a batch is written to be filled in; `importing` takes it back."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from text_al.formats.batch import Batch, BatchItem
from text_al.formats.interchange import write_batch_csv, write_batch_jsonl
from text_al.oracles.base import ORACLES, Oracle, TextsToLabel
from text_al.types import Answers, LabelRequest, Why, label_names

_WRITERS = {".jsonl": write_batch_jsonl, ".csv": write_batch_csv}


class FileOracle:
    """Writes each request as JSON Lines and as CSV; people fill in either one.

    Args:
        folder: where the files go; made when first needed.
        corpus: the pool's texts, ids and labels.
    """

    def __init__(self, folder: Path, corpus: TextsToLabel) -> None:
        self._folder = folder
        self._corpus = corpus

    def paths(self, request_id: str) -> tuple[Path, ...]:
        """The files of a request."""
        return tuple(self._folder / f"{request_id}{suffix}" for suffix in _WRITERS)

    def ask(self, request: LabelRequest) -> None:
        """Write the files; one that is there stays as it is, as somebody may be filling it in.

        Raises:
            OSError: they cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for path, write in zip(self.paths(request.id), _WRITERS.values(), strict=True):
            if not path.exists():
                write(path, self._batch(request))

    def collect(self, request: LabelRequest) -> Answers:
        """Nothing: what people fill in comes back by `import_answers`."""
        return Answers(request.id)

    def _batch(self, request: LabelRequest) -> Batch:
        rows = np.array(request.rows, dtype=np.int64)
        labels = tuple(self._corpus.labels)
        ids, texts = self._corpus.ids(rows), self._corpus.texts(rows)
        asked, whys = _considered(request, label_names(labels)), request.whys or (Why(),) * len(rows)
        items = tuple(
            BatchItem(
                ids[rank],
                texts[rank],
                rank,
                None if request.scores is None else request.scores[rank],
                request.reasons[rank],
                probs={labels[label].name: p for label, p in whys[rank].at_stake},
                considered=asked[rank],
                nearest=self._ids_of(whys[rank]),
            )
            for rank in range(len(rows))
        )
        return Batch(request.id, labels, items, request.strategy, request.purpose)

    def _ids_of(self, why: Why) -> tuple[str, ...]:
        """The labelled texts most like it."""
        return tuple(self._corpus.ids(np.array([row for row, _ in why.nearest], dtype=np.int64)))


def _considered(request: LabelRequest, names: Sequence[str]) -> list[tuple[str, ...] | None]:
    """(n,) the names of the labels that each text is asked about; None for all."""
    if request.considered is None:
        return [None] * len(request.rows)
    return [tuple(names[label] for label in asked) for asked in request.considered]


@ORACLES.register("file")
def file(*, _folder: Path, _corpus: TextsToLabel) -> Oracle:
    """People answer through files in the run's folder, taken back with `text-al import`.

    Args:
        _folder: where the files go.
        _corpus: the pool's texts, ids and labels.
    """
    return FileOracle(_folder, _corpus)
