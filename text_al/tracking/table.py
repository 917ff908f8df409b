"""Records as aligned plain text, at most 100 columns, also where names are in wide (Chinese) letters."""

import math
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from text_al.records import RoundRecord
from text_al.tracking.naming import AVERAGES, OUT_OF_FOLD, RULE_WORDS, Rule, f1_name, shown_sets

_GAP = "  "
_STAGES = ("tokenise", "encode", "head", "train", "evaluate", "test", "save", "sub_pool", "score", "query")
"""In the order of a round."""
_LONGEST_NAME = 60
_PRICED = ("decisions", "cost")


def summary_table(records: Sequence[RoundRecord]) -> str:
    """One line a round: labelled texts, F1 on the validation and the test set, and seconds.

    Without a validation set, F1 out of fold stands in its place. F1 is at tuned or plug-in thresholds where
    all rounds have it, else at 0.5; the header says which. A set that was never measured has no columns; a
    round that did not measure it has "-". Where some targets of labelled texts are not known, there are
    columns for the labels decided so far, and for what all answers cost.
    """
    shown = shown_sets([record.metrics for record in records])
    priced = any(0 < record.n_decisions < record.n_labelled * len(record.thresholds) for record in records)
    averages = [average for _ in shown for average in AVERAGES]
    titles = ["round", "labels", *(_PRICED if priced else ()), *averages, "seconds"]
    rows = [_row(record, shown, priced=priced) for record in records]
    lines = _aligned([titles, *rows], n_left=0)
    return "\n".join([*_group_titles(lines[0], shown), *lines])


def footnote(records: Sequence[RoundRecord]) -> str:
    """The sentence that explains what `summary_table` shows of these records, or "" where none is needed."""
    shown = shown_sets([record.metrics for record in records])
    return OUT_OF_FOLD if any(prefix == "oof" for prefix, _ in shown) else ""


def label_table(record: RoundRecord) -> str:
    """One line a label: its F1 on the set that was measured, and the threshold it is predicted at."""
    f1_title = f"F1 ({record.per_label_set})" if record.per_label_set else "F1"
    rule = (
        "threshold" if record.threshold_rule == "0.5" else f"threshold ({RULE_WORDS[record.threshold_rule]})"
    )
    rows = [
        (_short(name), _figure(record.per_label_f1.get(name)), _figure(threshold))
        for name, threshold in record.thresholds.items()
    ]
    return "\n".join(_aligned([("label", f1_title, rule), *rows], n_left=1))


def counts_table(titles: Sequence[str], rows: Sequence[tuple[str, *tuple[int, ...]]]) -> str:
    """One line a label: its name, and counts under their titles, the first of which is the names'."""
    lines = [[_short(name), *(f"{count:,}" for count in counts)] for name, *counts in rows]
    return "\n".join(_aligned([titles, *lines], n_left=1))


def stage_table(record: RoundRecord) -> str:
    """One line a stage of a round, in their order: seconds, texts, and texts a second.

    A stage that counts no texts, or that took less than is shown, has no rate.
    """
    others = [name for name in record.seconds if name not in (*_STAGES, "total")]
    shown = [name for name in (*_STAGES, *others, "total") if name in record.seconds]
    titles = [f"round {record.round}", "seconds", "texts", "texts/s"]
    return "\n".join(_aligned([titles, *(_stage_row(record, name) for name in shown)], n_left=1))


def _stage_row(record: RoundRecord, name: str) -> list[str]:
    seconds, n_texts = record.seconds[name], record.texts.get(name, 0)
    texts = f"{n_texts:,}" if n_texts else ""
    rate = f"{n_texts / seconds:,.0f}" if n_texts and seconds >= 0.005 else ""
    return [name, f"{seconds:.2f}", texts, rate]


def _row(record: RoundRecord, shown: Sequence[tuple[str, Rule]], *, priced: bool) -> list[str]:
    names = [f1_name(prefix, average, rule) for prefix, rule in shown for average in AVERAGES]
    figures = [_figure(record.metrics.get(name)) for name in names]
    seconds = record.seconds.get("total", sum(record.seconds.values()))
    price = [f"{record.n_decisions:,}", f"{record.cost:,.1f}"] if priced else []
    return [str(record.round), f"{record.n_labelled:,}", *price, *figures, f"{seconds:.1f}"]


def _figure(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.3f}"


def _group_titles(header: str, shown: Sequence[tuple[str, Rule]]) -> list[str]:
    """The line over the header that says which set and which thresholds the columns below are for."""
    line, at = "", 0
    for prefix, rule in shown:
        at = header.index(AVERAGES[0], at)
        line = line.ljust(at) + f"{prefix} F1 ({RULE_WORDS[rule]})"
        at += len(AVERAGES[0])
    return [line] if line else []


def _aligned(rows: Sequence[Sequence[str]], *, n_left: int) -> list[str]:
    """Rows with columns under each other: the first `n_left` to the left, numbers to the right."""
    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell + " " * (width - cell_len(cell)) if i < n_left else " " * (width - cell_len(cell)) + cell
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(_GAP.join(cells).rstrip())
    return lines


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if cell_len(name) <= _LONGEST_NAME else set_cell_size(name, _LONGEST_NAME - 1).rstrip() + "…"
