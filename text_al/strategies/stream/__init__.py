"""Texts that come one after another, and have to be decided on at once."""

from text_al.strategies.stream.query import StreamQuery
from text_al.strategies.stream.rules import (
    FixedUncertainty,
    RandomVariableUncertainty,
    Rule,
    Seen,
    VariableUncertainty,
)

__all__ = [
    "FixedUncertainty",
    "RandomVariableUncertainty",
    "Rule",
    "Seen",
    "StreamQuery",
    "VariableUncertainty",
]
