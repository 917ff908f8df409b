"""People answer through files: a batch is written to be filled in; `importing` takes it back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from text_al.circumstances import SuggestionMode
from text_al.formats.batch import Batch
from text_al.formats.interchange import FORMATS, write_batch
from text_al.oracles.base import ORACLES, Oracle, TextsToLabel
from text_al.oracles.batches import batch_of
from text_al.oracles.request_files import query_file
from text_al.oracles.suggestions import suggestions
from text_al.registry import did_you_mean
from text_al.types import Answers, LabelRequest

KINDS = ("jsonl", "csv")


class FileOracle:
    """Writes each request in each of some formats; people fill in any one.

    Args:
        folder: where the files go; made when first needed.
        corpus: the pool's texts, ids and labels.
        kinds: names of the formats.
        guidelines: what annotators are told.
        mode: what they see of the model.
    """

    def __init__(
        self,
        folder: Path,
        corpus: TextsToLabel,
        *,
        kinds: Sequence[str] = KINDS,
        guidelines: str = "",
        mode: SuggestionMode = "ranked",
    ) -> None:
        self._folder = folder
        self._corpus = corpus
        self._kinds = tuple(kinds)
        self._guidelines = guidelines
        self._mode = mode

    def paths(self, request_id: str) -> tuple[Path, ...]:
        """The files of a request."""
        return tuple(query_file(self._folder, request_id, kind) for kind in self._kinds)

    def ask(self, request: LabelRequest) -> None:
        """Write the files; one that is there stays as it is, as somebody may be filling it in.

        Raises:
            OSError: they cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for path, kind in zip(self.paths(request.id), self._kinds, strict=True):
            if not path.exists():
                write_batch(path, self._batch(request), kind)

    def _batch(self, request: LabelRequest) -> Batch:
        return batch_of(
            request,
            self._corpus,
            guidelines=self._guidelines,
            mode=self._mode,
            suggested=suggestions(self._folder, request.id),
        )

    def collect(self, request: LabelRequest) -> Answers:
        """Nothing: what people fill in comes back by `import_answers`."""
        return Answers(request.id)


@ORACLES.register("file")
def file(
    *,
    formats: Annotated[tuple[str, ...], Field(min_length=1)] = KINDS,
    _folder: Path,
    _corpus: TextsToLabel,
    _guidelines: str = "",
    _mode: SuggestionMode = "ranked",
) -> Oracle:
    """People answer through files in the run's folder, taken back with `text-al import`.

    Args:
        formats: in which formats each batch is written: csv, jsonl, xlsx, parquet, label_studio, prodigy,
            doccano, argilla, potato.
        _folder: where the files go.
        _corpus: the pool's texts, ids and labels.
        _guidelines: what annotators are told.
        _mode: what they see of the model.
    """
    for kind in formats:
        if kind not in FORMATS:
            raise ValueError(f"no format is called {kind!r}. {did_you_mean(kind, tuple(FORMATS))}")
    return FileOracle(_folder, _corpus, kinds=formats, guidelines=_guidelines, mode=_mode)
