"""How people label: what they are told and shown, how many label a text, and what holds where they differ."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from text_al.config.section import Section, Text


class Overlap(Section):
    """Texts that several people label, so that their agreement is known."""

    share: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Of each batch, drawn by chance."""
    annotators: Annotated[int, Field(ge=2)] = 2
    """How many different people label each of these."""


class Resolution(Section):
    """What holds of a label where annotators differ; all that they said is kept."""

    rule: Literal["latest", "majority", "all", "trusted"] = "latest"
    """latest: the last word. majority, all: what more of them, or all of them, say; otherwise the label is
    not known, until somebody settles it. trusted: what `trusted` says, and else the majority."""
    trusted: Text | None = None
    """The annotator of rule trusted."""

    @model_validator(mode="after")
    def _trusted_has_a_name(self) -> Self:
        if (self.rule == "trusted") != (self.trusted is not None):
            raise ValueError(
                "rule trusted and the annotator's name in `trusted` belong together; give both, or neither."
            )
        return self


class Annotation(Section):
    """How people label."""

    guidelines: Text | None = None
    """A text or Markdown file with what annotators are told; language models are told it too."""
    suggestions: Literal["none", "ranked", "checked"] = "ranked"
    """What annotators see of the model: nothing; the labels by probability, none ticked; or the predicted
    ones ticked already, which shifts what they decide. What was shown is kept with each answer."""
    blind_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Of each batch, drawn by chance: texts shown without any suggestion, to see what suggestions do."""
    overlap: Overlap | None = None
    """Texts that several people label; null: none."""
    resolution: Resolution = Resolution()
    """What holds where annotators differ."""
