"""Python lists become a corpus in memory, under the same rules as files."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from text_al.data.corpus import corpus_schema
from text_al.data.drafts import Draft, draft_of, found_labels
from text_al.data.findings import Findings, plural
from text_al.data.labels import checked_labels
from text_al.data.packing import corpus_batches
from text_al.data.records import Record
from text_al.data.repeats import without_repeats
from text_al.data.rows import RowBuilder
from text_al.data.sources import Columns
from text_al.data.staging import stage_in_memory
from text_al.data.tables import PartedTable
from text_al.types import Label

_SUBJECT = "the lists"


def table_of_lists(
    texts: Sequence[str],
    labels: Sequence[Sequence[str] | None] | None,
    names: Sequence[str] | None,
    ids: Sequence[str] | None,
) -> PartedTable:
    """The Arrow table of a corpus; arguments and errors as in `Corpus.from_lists`."""
    findings = Findings(_SUBJECT)
    _check_lengths(texts, labels, ids, findings)
    findings.raise_problems()
    declared = None if names is None else checked_labels([Label(name) for name in names])
    draft = _draft(list(_records(texts, labels, ids)), names, ids is not None, findings)
    frozen = (
        checked_labels([Label(name) for name in sorted(found_labels(draft.table))])
        if declared is None
        else declared
    )
    schema = corpus_schema(frozen, draft.notices)
    return PartedTable(pa.Table.from_batches(list(corpus_batches(draft, frozen)), schema))


def _check_lengths(texts: Any, labels: Any, ids: Any, findings: Findings) -> None:
    if isinstance(texts, str):
        findings.problem("texts is one text; put it in a list")
        return
    for name, values in (("labels", labels), ("ids", ids)):
        if values is not None and len(values) != len(texts):
            findings.problem(
                f"{name} has {len(values)}, but there are {plural(len(texts), 'text')}; give one a text"
            )


def _records(
    texts: Sequence[str], labels: Sequence[Any] | None, ids: Sequence[str] | None
) -> Iterator[Record]:
    for row, text in enumerate(texts):
        fields = {"text": text, "labels": labels[row] if labels is not None else None}
        yield Record(fields | ({} if ids is None else {"id": ids[row]}), f"text {row}")


def _draft(records: list[Record], known: Sequence[str] | None, with_ids: bool, findings: Findings) -> Draft:
    builder = RowBuilder(Columns(id="id" if with_ids else None), known, findings)
    table = stage_in_memory(builder.rows(records))
    draft = without_repeats(draft_of("texts", table, empty="nothing"), findings)
    findings.raise_problems()
    return draft
