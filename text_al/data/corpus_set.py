"""The corpora of one run on disk: pool, validation and test, and the small file that says they are whole."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from text_al.data.corpus import Corpus
from text_al.data.tables import write_text
from text_al.errors import CorpusError
from text_al.types import IntArray, Label

INDEX = "corpus.json"


@dataclass(frozen=True)
class CorpusSet:
    """What a run works on.

    Attributes:
        pool: all texts that can be asked about, and those labelled from the start.
        validation: labelled texts for early stopping and thresholds, or None.
        test: labelled texts for the curve only, or None.
        initially_labelled: (n,) int64 rows of the pool that are labelled from the start.
    """

    pool: Corpus
    validation: Corpus | None
    test: Corpus | None
    initially_labelled: IntArray

    @property
    def labels(self) -> tuple[Label, ...]:
        """The L labels, in order; the same in all corpora."""
        return self.pool.labels

    @property
    def notices(self) -> tuple[str, ...]:
        """What reading found that a user should know, of all corpora."""
        return tuple(notice for corpus in self.corpora.values() for notice in corpus.notices)

    @property
    def corpora(self) -> dict[str, Corpus]:
        """Those that are there, by name."""
        named = {"pool": self.pool, "validation": self.validation, "test": self.test}
        return {name: corpus for name, corpus in named.items() if corpus is not None}

    def save(self, folder: Path) -> None:
        """Write the index of the corpora that stand in `folder`; from then on the set is whole."""
        index = {
            "version": 1,
            "corpora": {name: corpus.fingerprint for name, corpus in self.corpora.items()},
            "initially_labelled": self.initially_labelled.tolist(),
        }
        write_text(folder / INDEX, json.dumps(index, indent=1))

    @classmethod
    def open(cls, folder: Path, added: Sequence[Label] = ()) -> Self:
        """The set that was prepared in `folder`, its content checked against the fingerprints.

        Args:
            folder: where it was prepared.
            added: labels that were added since.

        Raises:
            CorpusError: nothing was prepared there to the end, or a file was changed since.
        """
        index = _index(folder)
        corpora = {name: Corpus.open(corpus_file(folder, name), added) for name in index["corpora"]}
        changed = [
            name for name, fingerprint in index["corpora"].items() if corpora[name].fingerprint != fingerprint
        ]
        if changed:
            mend = "the labels given so far belong to other texts; put the file back, or begin a new run"
            raise CorpusError(
                str(folder),
                [f"{corpus_file(folder, n)} was changed since it was made; {mend}" for n in changed],
            )
        rows = np.array(index["initially_labelled"], dtype=np.int64)
        return cls(corpora["pool"], corpora.get("validation"), corpora.get("test"), rows)


def corpus_file(folder: Path, name: str) -> Path:
    """Where the corpus of this name stands."""
    return folder / f"{name}.arrow"


def _index(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError) as error:
        raise CorpusError(
            str(folder), [f"{path} is not there or not whole ({error}); prepare the corpus again"]
        ) from None
