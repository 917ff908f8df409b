"""A row of a source as it stands there, before anything is made of it."""

from typing import Any, NamedTuple

import pyarrow as pa

from text_al.data.findings import Findings, missing_column, shown
from text_al.data.sources import Columns


class Record(NamedTuple):
    """One row of a source.

    Attributes:
        fields: column to value.
        where: its place in words, for messages.
    """

    fields: dict[str, Any]
    where: str


def header_serves(header: list[str], columns: Columns, findings: Findings, where: str) -> bool:
    """Whether a header has each needed column, and none that is read twice; if not, `findings` says why."""
    missing = [name for name in columns.needed if name not in header]
    for name in missing:
        findings.problem(f"{where}: {missing_column(name, header, mend(name, columns))}")
    twice = [name for name in (*columns.needed, *_said_of_labels(columns)) if header.count(name) > 1]
    for name in twice:
        findings.problem(
            f"{where}: {header.count(name)} columns are called {shown(name)}; rename all but one"
        )
    partly = _missing_label_columns(header, columns)
    for name in partly:
        findings.problem(
            f"{where}: {missing_column(name, header, 'Say in data.columns.label_columns what there is.')}"
        )
    return not missing and not twice and not partly


def _missing_label_columns(header: list[str], columns: Columns) -> list[str]:
    """Those that are missing where others are there; a table without any is one without labels."""
    missing = [name for name in columns.label_columns or () if name not in header]
    return missing if len(missing) < len(columns.label_fields) else []


def wanted_columns(schema: pa.Schema, columns: Columns) -> list[str]:
    """The columns that are read; where no label column is among them, also those a message may point to."""
    wanted = [name for name in (*columns.needed, *_said_of_labels(columns)) if name in schema.names]
    if not columns.label_fields or any(name in schema.names for name in columns.label_fields):
        return list(dict.fromkeys(wanted))
    return list(dict.fromkeys(wanted + [field.name for field in schema if _could_be_labels(field.type)]))


def _said_of_labels(columns: Columns) -> tuple[str, ...]:
    return columns.label_fields if columns.considered is None else (*columns.label_fields, columns.considered)


def _could_be_labels(kind: pa.DataType) -> bool:
    inner = kind.value_type if pa.types.is_list(kind) else kind
    return any(fits(inner) for fits in (pa.types.is_integer, pa.types.is_boolean, pa.types.is_string))


def mend(column: str, columns: Columns) -> str:
    """What to do about a needed column that is not there."""
    if column == columns.text:
        return "Say in data.columns.text which one it is."
    return "Say in data.columns.id which one it is, or set it to null to number the rows."
