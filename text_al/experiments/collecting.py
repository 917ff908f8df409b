"""All rounds of all finished cells in one table, as Parquet and as CSV."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from text_al.errors import TextALError
from text_al.experiments.cell_state import STATE, CellState, read_state
from text_al.metrics import METRIC_NAMES
from text_al.records import RoundRecord
from text_al.tracking.atomic import write_atomically
from text_al.tracking.records import from_json

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET, CSV = "rounds.parquet", "rounds.csv"
SHARED_OR_AFTER = ("tokenise", "encode", "test", "save", "sub_pool", "score", "query", "explain", "total")
"""Stages that are no training: what is made of texts once and shared by all cells, and all after the fit."""


@dataclass(frozen=True)
class Collected:
    """What was written.

    Attributes:
        parquet: the file.
        csv: the same as text.
        n_cells: finished cells in it.
        n_rounds: its rows.
    """

    parquet: Path
    csv: Path
    n_cells: int
    n_rounds: int


def collect(comparison: Path) -> Collected:
    """Writes rounds.parquet and rounds.csv anew, from the records of every finished cell.

    Args:
        comparison: its folder.

    Raises:
        TextALError: there is no finished cell.
        OSError: the files cannot be written; they are as they were before.
    """
    import pyarrow as pa
    from pyarrow import parquet

    cells = [(folder, state) for folder, state in _finished(comparison)]
    if not cells:
        raise TextALError(f"{comparison} has no finished run; begin with: text-al compare CONFIG")
    rows = [row for folder, state in cells for row in _rows(folder, state)]
    table = pa.Table.from_pylist(rows, schema=_schema(rows))
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    write_atomically(comparison / PARQUET, buffer.getvalue())
    write_atomically(comparison / CSV, _csv(rows, table.column_names).encode())
    return Collected(comparison / PARQUET, comparison / CSV, len(cells), len(rows))


def _finished(comparison: Path) -> Iterator[tuple[Path, CellState]]:
    for path in sorted(comparison.glob(f"cells/*/*/*/*/{STATE}")):
        state = read_state(path.parent)
        if state.finished:
            yield path.parent, state


def _rows(folder: Path, state: CellState) -> Iterator[dict[str, Any]]:
    """A row a round, in order."""
    data, learner, strategy, name = folder.parts[-4:]
    where = {"data": data, "learner": learner, "strategy": strategy, "seed": int(name.removeprefix("seed-"))}
    with (folder / "rounds.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield {**where, **_row(from_json(json.loads(line)), state)}


def _row(record: RoundRecord, state: CellState) -> dict[str, Any]:
    seconds = record.seconds
    return {
        "round": record.round,
        "n_labelled": record.n_labelled,
        "n_decisions": record.n_decisions,
        "cost": record.cost,
        "finished": record.finished,
        "seconds_train": sum(spent for stage, spent in seconds.items() if stage not in SHARED_OR_AFTER),
        "seconds_score": seconds.get("score", 0.0),
        "seconds_query": seconds.get("query", 0.0) + seconds.get("sub_pool", 0.0),
        "seconds_total": seconds.get("total", 0.0),
        "cpu_seconds": state.cpu_seconds.get(str(record.round)),
        "n_positive_labels": state.positive_labels.get(str(record.round)),
        "n_labels": state.n_labels,
        "n_pool": state.n_pool,
        **record.metrics,
        "per_label_f1": json.dumps(dict(record.per_label_f1), ensure_ascii=False),
        "per_label_set": record.per_label_set,
        "queried_rows": [text.row for text in record.queried],
    }


def _schema(rows: Sequence[dict[str, Any]]) -> "pa.Schema":
    import pyarrow as pa

    counts = ("seed", "round", "n_labelled", "n_decisions", "n_positive_labels", "n_labels", "n_pool")
    texts = ("data", "learner", "strategy", "finished", "per_label_f1", "per_label_set")
    kinds = {
        **dict.fromkeys(counts, pa.int64()),
        **dict.fromkeys(texts, pa.string()),
        "queried_rows": pa.list_(pa.int32()),
    }
    found = {name for row in rows for name in row}
    measured = [name for name in METRIC_NAMES if name in found]
    first = [name for name in rows[0] if name not in METRIC_NAMES]
    at = first.index("per_label_f1")
    return pa.schema(
        [(name, kinds.get(name, pa.float64())) for name in [*first[:at], *measured, *first[at:]]]
    )


def _csv(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    """The same columns; lists as JSON, and nothing where there is nothing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        values = (row.get(name) for name in names)
        writer.writerow([json.dumps(value) if isinstance(value, list) else value for value in values])
    return out.getvalue()
