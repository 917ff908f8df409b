"""What every section is built of: the base, numbers with their range, components, metrics."""

from functools import partial
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from text_al.metrics import METRIC_NAMES
from text_al.sentences import did_you_mean, shown

Count = Annotated[int, Field(ge=1)]
CountOrZero = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]

# A tag in <> names the form of a value that may take several; errors drop it from the key they name.
CountOrShare = Annotated[
    Annotated[Count, Tag("<count>")] | Annotated[Share, Tag("<share>")],
    Discriminator(lambda value: "<count>" if isinstance(value, int) else "<share>"),
]


class Section(BaseModel):
    """The base of every section: frozen, strict about types, and an unknown key is an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_default=True,
    )


class Component(Section):
    """A registered function by name, and its settings."""

    type: Text
    """The registered name."""
    args: dict[str, Any] = {}
    """Its settings; checked against its signature."""

    @model_validator(mode="before")
    @classmethod
    def _name_is_not_alone(cls, value: Any) -> Any:
        if isinstance(value, str):
            # pydantic collects a ValueError, not a TypeError.
            raise ValueError(f"{shown(value)} is text; write {{type: {value}}}.")  # noqa: TRY004
        return value


def known_metric(name: str, prefix: str) -> str:
    """The name, if it is a metric that a round records and begins with `prefix`.

    Raises:
        ValueError: it is not; the sentence gives the nearest name.
    """
    known = _metrics(prefix)
    if name not in known:
        raise ValueError(f"'{name}' is not a metric. {did_you_mean(name, known)}")
    return name


def _metrics(prefix: str) -> list[str]:
    return [metric for metric in METRIC_NAMES if metric.startswith(prefix)]


Metric = Annotated[
    str,
    AfterValidator(partial(known_metric, prefix="")),
    Field(json_schema_extra={"enum": [*_metrics("")]}),
]
ValidationMetric = Annotated[
    str,
    AfterValidator(partial(known_metric, prefix="val_")),
    Field(json_schema_extra={"enum": [*_metrics("val_")]}),
]
