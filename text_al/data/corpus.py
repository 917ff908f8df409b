"""The corpus: texts with ids and, where known, targets; Arrow on disk, memory-mapped, read only."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from text_al.data.fingerprints import column_digest
from text_al.data.tables import PartedTable, open_table, write_table
from text_al.errors import CorpusError
from text_al.types import BoolArray, IntArray, Label, TargetArray, label_names

_FIELDS = [
    ("id", pa.string()),
    ("text", pa.string()),
    ("targets", pa.list_(pa.int8())),
    ("usable", pa.bool_()),
]
_META = b"text_al"


class Corpus:
    """N texts with ids and targets, by row; implements `types.Texts`.

    On disk it is an Arrow IPC file with the columns id, text, targets (L values of 1, 0, -1; null where the
    text is not labelled) and usable; the labels and notices are in its schema's metadata. Memory does not
    grow with N but for the masks `usable` and `has_targets`, and for `rows_of`. Labels that were added since
    stand behind those of the file, and their targets are -1.

    >>> import numpy as np
    >>> corpus = Corpus.from_lists(["late again", "all fine"], [["shipping"], []])
    >>> corpus.targets(np.array([0, 1])).tolist()
    [[1], [0]]
    """

    def __init__(self, table: PartedTable, added: Sequence[Label] = ()) -> None:
        self._table = table
        self._added = tuple(added)
        self._meta: dict[str, Any] = json.loads(table.arrow.schema.metadata[_META])

    @classmethod
    def open(cls, path: Path, added: Sequence[Label] = ()) -> Self:
        """The corpus at `path`, memory-mapped.

        Args:
            path: its file.
            added: labels that were added since it was written.

        Raises:
            CorpusError: there is no such file, or it is no corpus.
        """
        table = open_table(path)
        if _META not in (table.arrow.schema.metadata or {}):
            raise CorpusError(
                str(path), [f"{path} is an Arrow file, but no corpus; read it as a Parquet or JSONL source"]
            )
        return cls(table, added)

    @classmethod
    def write(
        cls,
        path: Path,
        batches: Iterable[pa.RecordBatch],
        labels: Sequence[Label],
        notices: Sequence[str] = (),
    ) -> Self:
        """Write batches (of `corpus_batch`) as they come, and open the file, which is whole or not there."""
        write_table(path, corpus_schema(labels, notices), batches)
        return cls.open(path)

    @classmethod
    def from_lists(
        cls,
        texts: Sequence[str],
        labels: Sequence[Sequence[str] | None] | None = None,
        label_names: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
    ) -> Self:
        """A corpus in memory.

        Args:
            texts: N texts.
            labels: the label names of each text; [] is labelled with nothing, None is not labelled.
            label_names: L names, in order; None finds them in `labels`, sorted.
            ids: N ids; None numbers them.

        Raises:
            CorpusError: lists of other lengths, texts that are not text, unknown labels, ids that stand
                twice.
        """
        from text_al.data.lists import table_of_lists

        return cls(table_of_lists(texts, labels, label_names, ids))

    def __len__(self) -> int:
        return len(self._table)

    def __repr__(self) -> str:
        n_labelled = int(self.has_targets.sum())
        return f"Corpus({len(self):,} texts, {n_labelled:,} labelled, {len(self.labels):,} labels)"

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """The L labels, in order."""
        return (*self._own_labels, *self._added)

    @cached_property
    def _own_labels(self) -> tuple[Label, ...]:
        return tuple(
            Label(item["name"], item["description"], tuple(item["examples"])) for item in self._meta["labels"]
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """What reading found that a user should know."""
        return tuple(self._meta["notices"])

    @cached_property
    def text_fingerprint(self) -> str:
        """SHA-256 of the texts alone, in order: what was computed from them holds for equal ones."""
        return column_digest(self._table.arrow["text"]).hex()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of ids, texts, targets and label names, without labels that were added."""
        names = json.dumps(label_names(self._own_labels)).encode()
        digests = [column_digest(self._table.arrow[column]) for column in ("id", "text", "targets")]
        return hashlib.sha256(b"".join([hashlib.sha256(names).digest(), *digests])).hexdigest()

    @cached_property
    def usable(self) -> BoolArray:
        """(N,) whether there is anything to read; other texts are never trained on or asked about."""
        return _read_only(self._table.array("usable"))

    @cached_property
    def has_targets(self) -> BoolArray:
        """(N,) whether the text is labelled, be it with nothing."""
        return _read_only(self._table.arrow["targets"].is_valid().to_numpy())

    def texts(self, rows: IntArray) -> list[str]:
        """The texts of these rows (n,), in that order."""
        return list(self._table.take("text", self._checked(rows)).to_pylist())

    def ids(self, rows: IntArray) -> list[str]:
        """The ids of these rows (n,), in that order."""
        return list(self._table.take("id", self._checked(rows)).to_pylist())

    def targets(self, rows: IntArray) -> TargetArray:
        """(n, L) targets of these rows; -1 all over where a row is not labelled."""
        lists = self._table.take("targets", self._checked(rows))
        targets = np.full((len(rows), len(self.labels)), -1, np.int8)
        known = lists.is_valid().to_numpy(zero_copy_only=False)
        n_own = len(self._own_labels)
        targets[known, :n_own] = lists.flatten().to_numpy().reshape(int(known.sum()), n_own)
        return targets

    def rows_of(self, ids: Sequence[str]) -> list[int | None]:
        """The row of each id, None where there is no such id. The first call holds all ids in memory."""
        return [self._row_of.get(row_id) for row_id in ids]

    @cached_property
    def _row_of(self) -> dict[str, int]:
        ids = (row_id for chunk in self._table.arrow["id"].chunks for row_id in chunk.to_pylist())
        return {row_id: row for row, row_id in enumerate(ids)}

    def _checked(self, rows: IntArray) -> IntArray:
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(self):
            raise IndexError(
                f"rows {rows.min()} to {rows.max()} are asked for, but the corpus has {len(self)} texts"
            )
        return rows


def _read_only(array: BoolArray) -> BoolArray:
    array.flags.writeable = False
    return array


def corpus_schema(labels: Sequence[Label], notices: Sequence[str] = ()) -> pa.Schema:
    """The schema of a corpus file with these labels and notices."""
    meta = {"version": 1, "labels": [asdict(label) for label in labels], "notices": list(notices)}
    return pa.schema(_FIELDS, metadata={_META: json.dumps(meta)})


def corpus_batch(
    ids: pa.StringArray, texts: pa.StringArray, targets: TargetArray, labelled: BoolArray, usable: BoolArray
) -> pa.RecordBatch:
    """One batch of a corpus file.

    Args:
        ids: (n,).
        texts: (n,).
        targets: (n, L); rows that are not labelled are left out of the file.
        labelled: (n,) whether the row is labelled.
        usable: (n,) whether there is anything to read.
    """
    ends = np.concatenate([[0], np.cumsum(labelled * targets.shape[1])]).astype(np.int32)
    nulls = np.append(~labelled, False)
    lists = pa.ListArray.from_arrays(
        pa.array(ends, mask=nulls), pa.array(targets[labelled].ravel(), pa.int8())
    )
    return pa.RecordBatch.from_arrays([ids, texts, lists, pa.array(usable)], schema=pa.schema(_FIELDS))
