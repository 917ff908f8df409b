"""A source becomes a draft: its files, Hub split or generated texts are read once, onto disk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from text_al.data.drafts import Draft, draft_of
from text_al.data.findings import Findings, listed, shown, suggestion
from text_al.data.generated import generate
from text_al.data.hub import read_hub
from text_al.data.opening import find_files
from text_al.data.readers import read_file
from text_al.data.records import Record
from text_al.data.rows import Row, RowBuilder
from text_al.data.sources import Columns, FileSource, GeneratedSource, HubSource, Source
from text_al.data.staging import stage
from text_al.errors import CorpusError


@dataclass
class Reading:
    """One source being read: what it holds and what was found on the way.

    Attributes:
        name: "pool", "labelled", "validation" or "test".
        source: what is read.
        findings: its problems and notices.
        number: the number of the next row.
        labels_found: whether any of its files has a column that labels are read from.
        without_labels: for each file that has none, the sentence that says so.
        look_alikes: columns of these files in which only 0, 1, -1 and blanks stand.
    """

    name: str
    source: Source
    findings: Findings
    number: int = 0
    labels_found: bool = False
    without_labels: list[str] = field(default_factory=list)
    look_alikes: dict[str, None] = field(default_factory=dict)

    def draft(self, path: Path, columns: Columns, known: Sequence[str] | None, *, seed: int) -> Draft:
        """All rows that can be read, staged at `path`; of the others `findings` has the problems.

        Args:
            path: the staging file to be written.
            columns: how the rows are read.
            known: the declared label names; None takes every name.
            seed: for generated texts.
        """
        table = stage(self._rows(columns, known, seed), path)
        if len(table) == 0 and not self.findings.problems:
            self.findings.problem(f"{self.source.title} holds no text")
        return draft_of(self.name, table, empty=columns.empty)

    def _rows(self, columns: Columns, known: Sequence[str] | None, seed: int) -> Iterator[Row]:
        if isinstance(self.source, GeneratedSource):
            yield from generate(self.source, seed=seed)
            return
        for where, records in self._files(columns):
            builder = RowBuilder(columns, known, self.findings, first=self.number)
            yield from builder.rows(records)
            self.number = builder.number
            self._see_labels(builder, columns, where)

    def _files(self, columns: Columns) -> Iterator[tuple[str, Iterator[Record]]]:
        if isinstance(self.source, HubSource):
            yield self.source.title, read_hub(self.source, columns, self.findings)
        elif isinstance(self.source, FileSource):
            try:
                files = find_files(self.source.paths)
            except CorpusError as error:
                self.findings.problems_of(error)
                return
            for file in files:
                yield str(file), read_file(file, columns, self.findings)

    def _see_labels(self, builder: RowBuilder, columns: Columns, where: str) -> None:
        if builder.labels_found or not builder.keys or not columns.label_fields:
            self.labels_found = self.labels_found or builder.labels_found
            return
        names = listed([shown(name) for name in columns.label_fields])
        near = [suggestion(name, builder.keys) for name in columns.label_fields]
        hint = next((f" {sentence}" for sentence in near if sentence.startswith("Did")), "")
        self.without_labels.append(
            f"{where}: there is no column {names}, so its rows are read as not labelled.{hint}"
        )
        self.look_alikes.update(dict.fromkeys(builder.look_alikes))


def see_to_missing_labels(readings: Sequence[Reading]) -> None:
    """Tell of files without a label column.

    That is a notice; but where no source has such a column, and 0/1 columns that could be meant are there,
    it is a problem.
    """
    anywhere = any(reading.labels_found for reading in readings)
    for reading in readings:
        for sentence in reading.without_labels:
            if anywhere or not reading.look_alikes:
                reading.findings.notice(sentence)
            else:
                names = listed(list(reading.look_alikes))
                mend = (
                    "Name the labels among them in data.columns.label_columns, "
                    "or set data.columns.labels to null."
                )
                reading.findings.problem(f"{sentence} Only 0, 1, -1 and blanks stand in: {names}. {mend}")
