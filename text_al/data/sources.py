"""Where texts come from, and how their rows are read: plain values, made by hand or from a config."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

CONSIDERED = "considered"
"""The column beside the labels' that says which of them are known of a row, as an export has it."""


@dataclass(frozen=True)
class FileSource:
    """Texts in files: CSV, TSV, JSONL, JSON or Parquet, each also gzipped.

    Attributes:
        paths: files or patterns such as "data/part-*.jsonl"; a file named twice is read once.
        sample: take so many rows at random; None takes all.
    """

    paths: tuple[str, ...]
    sample: int | None = None

    @property
    def title(self) -> str:
        """What a message calls it."""
        return ", ".join(self.paths)


@dataclass(frozen=True)
class HubSource:
    """A data set on the Hugging Face Hub.

    Attributes:
        name: for example "google-research-datasets/go_emotions".
        config: its configuration, where it has several.
        split: its split.
        revision: a commit or tag, to be exact.
        sample: take so many rows at random; None takes all.
    """

    name: str
    config: str | None = None
    split: str = "train"
    revision: str | None = None
    sample: int | None = None

    @property
    def title(self) -> str:
        """What a message calls it."""
        config = f"/{self.config}" if self.config else ""
        return f"hub data set {self.name}{config}[{self.split}]"


@dataclass(frozen=True)
class GeneratedSource:
    """A synthetic corpus made by a seeded generator.

    Attributes:
        generator: its name; "tickets" is the only one.
        size: how many texts it makes.
        part: different parts share no text.
        sample: take so many rows at random; None takes all.
    """

    generator: Literal["tickets"] = "tickets"
    size: int = 4000
    part: int = 0
    sample: int | None = None

    @property
    def title(self) -> str:
        """What a message calls it."""
        return f"synthetic {self.generator}, part {self.part}"


Source: TypeAlias = FileSource | HubSource | GeneratedSource


@dataclass(frozen=True)
class Columns:
    """How the rows of a source are read.

    Attributes:
        text: the column with the text.
        id: the column with the id, kept as text; None numbers the rows (row-0, row-1, ...).
        labels: the column with the labels: a list, a JSON list, names joined by `separator`, or in JSON an
            object {label: 1, 0 or -1}; None reads no labels. Where names in a column `considered` stand
            beside a list of labels, other labels are not known of the row.
        label_columns: instead of `labels`, one 1/0/-1 column a label; -1 or blank is not known.
        separator: what stands between the names in a labels cell that is plain text.
        empty: what an empty labels cell says. "nothing": the text was labelled, and no label applies.
            "unlabelled": nobody has labelled it. "auto": nothing where other rows of the source have labels,
            unlabelled where none has.
    """

    text: str = "text"
    id: str | None = "id"
    labels: str | None = "labels"
    label_columns: tuple[str, ...] | None = None
    separator: str = "|"
    empty: Literal["auto", "nothing", "unlabelled"] = "auto"

    @property
    def label_fields(self) -> tuple[str, ...]:
        """The columns that labels are read from."""
        if self.label_columns is not None:
            return self.label_columns
        return () if self.labels is None else (self.labels,)

    @property
    def considered(self) -> str | None:
        """The column that says which labels are known; None where the name is another column's, or no use."""
        is_taken = CONSIDERED in (self.text, self.id, self.labels)
        return None if is_taken or self.labels is None or self.label_columns is not None else CONSIDERED

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that every row must have."""
        return (self.text,) if self.id is None else (self.text, self.id)


@dataclass(frozen=True)
class Split:
    """What is set aside from the pool's labelled texts: a number of texts (int) or a share of them (float).

    Attributes:
        validation: for early stopping and thresholds.
        test: for the learning curve only.
    """

    validation: int | float | None = None
    test: int | float | None = None
