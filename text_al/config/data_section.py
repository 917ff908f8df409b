"""The section `data`: sources, columns, labels and splits."""

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from text_al.config.section import CountOrShare, CountOrZero, Section, Text
from text_al.config.sources import Source


class LabelSpec(Section):
    """A label with what it means."""

    name: Text
    """Its name, as in the data."""
    description: str = ""
    """What it means, for people and for the learner."""
    examples: list[str] = Field(default=[])
    """Texts that have it."""


_NameOrSpec = Annotated[
    Annotated[Text, Tag("<name>")] | Annotated[LabelSpec, Tag("<described>")],
    Discriminator(lambda label: "<described>" if isinstance(label, dict | LabelSpec) else "<name>"),
]


def _each_once(labels: list[str | LabelSpec]) -> list[str | LabelSpec]:
    names = [label if isinstance(label, str) else label.name for label in labels]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(map(repr, twice))} is listed more than once; a label stands once.")
    return labels


Labels = Annotated[
    Annotated[list[_NameOrSpec], Field(min_length=1), AfterValidator(_each_once), Tag("<names>")]
    | Annotated[Text, Tag("<file>")],
    Discriminator(lambda labels: "<file>" if isinstance(labels, str) else "<names>"),
]


class Columns(Section):
    """How the rows of a file are read."""

    text: Text = "text"
    """The column with the text."""
    id: Text | None = "id"
    """The column with the id, kept as text; null numbers the rows (row-0, row-1, ...)."""
    labels: Text | None = "labels"
    """The column with the labels: a list, a JSON list, or names joined by the separator."""
    label_columns: Annotated[list[Text], Field(min_length=1)] | None = None
    """Instead of `labels`: one 0/1/-1 column a label; -1 or blank is not known."""
    separator: Text = "|"
    """What stands between the names in a labels column that is plain text."""
    empty: Literal["auto", "nothing", "unlabelled"] = "auto"
    """What an empty labels cell says: nothing, the text has none of the labels; unlabelled, nobody has said.
    auto: nothing where other rows of the source have labels; how many is said in the log."""


class Split(Section):
    """What is set aside from the pool's labelled texts where no file is given: so many texts, or a share."""

    validation: CountOrShare | None = None
    """For early stopping and thresholds."""
    test: CountOrShare | None = None
    """For the learning curve only."""

    @model_validator(mode="after")
    def _something_is_left(self) -> Self:
        shares = [share for share in (self.validation, self.test) if isinstance(share, float)]
        if sum(shares) >= 1:
            raise ValueError(
                f"the shares {shares[0]} and {shares[1]} leave nothing to learn from; lower one."
            )
        return self


class Data(Section):
    """Where the texts are."""

    pool: Source
    """Texts to be labelled. Labels that stand beside them are hidden from the learner by the simulated
    oracle, and taken as labels already given by any other."""
    labelled: Source | None = None
    """Texts that are labelled from the start."""
    validation: Source | None = None
    """Labelled texts for early stopping and thresholds."""
    test: Source | None = None
    """Labelled texts that nothing but the curve ever looks at."""
    columns: Columns = Columns()
    """How the rows are read, in every file alike."""
    labels: Labels | None = None
    """The label names, in order; or a JSON file with them; null finds them in the data, sorted, and freezes
    them."""
    split: Split = Split()
    """What is set aside where no file is given."""
    seed: CountOrZero = 0
    """For splits and samples; apart from the run's seed, so that runs with other seeds are measured on the
    same texts."""

    @field_validator("split")
    @classmethod
    def _one_origin_a_set(cls, split: Split, info: ValidationInfo) -> Split:
        for name in ("validation", "test"):
            if info.data.get(name) is not None and getattr(split, name) is not None:
                raise ValueError(f"both data.{name} and data.split.{name} are set; remove one of the two.")
        return split

    def has(self, name: str) -> bool:
        """Whether there is a set of this name, "validation" or "test", as a source or set aside."""
        return getattr(self, name) is not None or getattr(self.split, name) is not None
