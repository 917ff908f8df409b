"""A data set on the Hugging Face Hub as a stream of records; numbers of classes become their names."""

from collections.abc import Callable, Iterator
from typing import Any

from text_al.data.findings import Findings
from text_al.data.records import Record, header_serves, wanted_columns
from text_al.data.sources import Columns, HubSource
from text_al.errors import CorpusError

_ROWS_AT_ONCE = 1000


def read_hub(source: HubSource, columns: Columns, findings: Findings) -> Iterator[Record]:
    """The records of one split, of the columns that are needed.

    What cannot be read becomes a problem in `findings`, as with files.
    """
    try:
        dataset = _load(source)
    except CorpusError as error:
        findings.problems_of(error)
        return
    if not header_serves(dataset.column_names, columns, findings, source.title):
        return
    nameless = _nameless_classes(dataset, columns, source)
    if nameless is not None:
        findings.problem(nameless)
        return
    wanted = wanted_columns(dataset.features.arrow_schema, columns)
    yield from _records(dataset.select_columns(wanted), columns, source)


def _nameless_classes(dataset: Any, columns: Columns, source: HubSource) -> str | None:
    """The sentence for a labels column of numbers that no list of names belongs to."""
    from datasets import Value

    feature = dataset.features.get(columns.labels) if columns.label_columns is None else None
    inner = getattr(feature, "feature", feature)
    if not isinstance(inner, Value) or inner.dtype == "bool" or "string" in inner.dtype:
        return None
    mend = "take a configuration of it that has names, or save it as JSONL with names in place of numbers"
    return f"{source.title}: column '{columns.labels}' holds numbers ({inner.dtype}) without names; {mend}"


def _load(source: HubSource) -> Any:
    import datasets
    from datasets.exceptions import DatasetsError

    try:
        return datasets.load_dataset(source.name, source.config, split=source.split, revision=source.revision)
    except (OSError, ValueError, DatasetsError) as error:
        reason = str(error).strip().partition("\n")[0]
        mend = "check name, config, split, revision and the connection, or save it as JSONL and name the file"
        raise CorpusError(source.title, [f"{source.title} cannot be loaded ({reason}); {mend}"]) from error


def _records(dataset: Any, columns: Columns, source: HubSource) -> Iterator[Record]:
    read_labels = _label_reading(
        dataset.features.get(columns.labels) if columns.label_columns is None else None
    )
    number = 0
    for batch in dataset.iter(batch_size=_ROWS_AT_ONCE):
        for values in zip(*batch.values(), strict=True):
            number += 1
            fields = dict(zip(batch, values, strict=True))
            if columns.labels in fields:
                fields[columns.labels] = read_labels(fields[columns.labels])
            yield Record(fields, f"{source.title}, row {number}")


def _label_reading(feature: Any) -> Callable[[Any], Any]:
    """How a value of the labels column is read: class numbers as names, all else as it stands."""
    from datasets import ClassLabel

    if isinstance(feature, ClassLabel):
        return lambda value: _names(feature, [value])
    inner = getattr(feature, "feature", None)
    if isinstance(inner, ClassLabel):
        return lambda values: None if values is None else _names(inner, values)
    return lambda value: value


def _names(classes: Any, numbers: list[int | None]) -> list[str] | None:
    """The classes' names; None where the Hub's -1 or null says that the row is not labelled."""
    if any(number is None or number < 0 for number in numbers):
        return None
    return [classes.int2str(number) for number in numbers]
