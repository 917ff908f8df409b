"""What `text-al agreement` prints."""

import math
import shlex
import textwrap
from collections.abc import Sequence
from statistics import fmean

from rich.cells import cell_len, set_cell_size

from text_al.circumstances import is_machine
from text_al.tracking.agreement import Agreement, Dispute, PairLine, SetAgreement, worst_first

_WIDTH = 100
_NAME, _LABELS, _DISPUTES, _PAIRS = 40, 40, 5, 15
_READ = (
    "alpha: Krippendorff's, with MASI distance between sets of labels; 1 is perfect agreement, 0 what chance "
    "gives. same: pairs of answers that are the same set. agree: pairs that say the same of the label. "
    "kappa: Fleiss' of a label, and of two people the mean of Cohen's over labels; - where all say the same."
)


def agreement(found: Agreement) -> str:
    """How far annotators agree: all of them, every two, each label; and the texts they differ about.

    Args:
        found: of a run.
    """
    parts = [_summary(found), _annotators(found)]
    if found.people.n_texts:
        parts += [_pairs(found), _labels(found)]
        parts += [textwrap.fill(_READ, _WIDTH)]
    return "\n\n".join([*(part for part in parts if part), _disputes(found)])


def _summary(found: Agreement) -> str:
    people, n_people = found.people, sum(not is_machine(who) for who in found.n_answers)
    if not people.n_texts:
        return (
            f"{found.folder}: no text was decided on by two people, so there is no agreement to measure.\n"
            "Set annotation.overlap in the configuration, or have others fill in the same query file."
        )
    return (
        f"{found.folder}: {n_people} people, {_texts(people.n_texts)} with answers of two or more of them\n"
        f"alpha {_figure(people.alpha)}{_interval(people)}, the same labels throughout in "
        f"{_percent(people.same)} of pairs"
    )


def _annotators(found: Agreement) -> str:
    if not found.n_answers:
        return ""
    rows = [["annotator", "answers", "", "alpha with most people"][: 4 if found.machines else 2]]
    for who, count in found.n_answers.items():
        row = [_short(who), f"{count:,}"]
        if who in found.machines:
            with_people = found.machines[who]
            row += [
                "program",
                f"{_figure(with_people.alpha)}{_interval(with_people)} on {_texts(with_people.n_texts)}",
            ]
        elif found.machines:
            row += ["program" if is_machine(who) else "", ""]
        rows.append(row)
    return _aligned(rows, right={1})


def _pairs(found: Agreement) -> str:
    if len(found.pairs) < 2:
        return ""
    worst = sorted(found.pairs, key=lambda pair: pair.agreement.alpha)[:_PAIRS]
    rows = [["two people", "", "texts", "same", "alpha", "kappa"], *map(_pair, worst)]
    left = len(found.pairs) - len(worst)
    return _aligned(rows, right={2, 3, 4, 5}) + (
        f"\nand {left:,} more pairs, who agree better" if left else ""
    )


def _pair(pair: PairLine) -> list[str]:
    kappa = fmean(pair.kappas.values()) if pair.kappas else math.nan
    of_sets = pair.agreement
    figures = [f"{of_sets.n_texts:,}", _percent(of_sets.same), _figure(of_sets.alpha), _figure(kappa)]
    return [_short(pair.first), _short(pair.second), *figures]


def _labels(found: Agreement) -> str:
    rows = [["label, worst first", "texts", "agree", "kappa"]]
    for line in worst_first(found.labels)[:_LABELS]:
        figures = [f"{line.n_texts:,}", _percent(line.observed), _figure(line.kappa)]
        rows.append([_short(line.name), *figures])
    left = len(found.labels) - _LABELS
    return _aligned(rows, right={1, 2, 3}) + (f"\nand {left:,} more labels" if left > 0 else "")


def _disputes(found: Agreement) -> str:
    waiting = [dispute for dispute in found.disputes if not dispute.settled]
    settled = len(found.disputes) - len(waiting)
    if not found.disputes:
        return "People differ about no text."
    said = f"People differ about {_texts(len(found.disputes))}; {settled:,} of them settled."
    if not waiting:
        return said
    shown = [line for dispute in waiting[:_DISPUTES] for line in _dispute(dispute)]
    more = [f"  and {len(waiting) - _DISPUTES:,} more"] if len(waiting) > _DISPUTES else []
    command = shlex.join(["text-al", "query", str(found.folder), "--disagreements"])
    return "\n".join([said, *shown, *more, "", "Next:", f"  {command}"])


def _dispute(dispute: Dispute) -> list[str]:
    said = [f"    {_short(who)}: {', '.join(labels) or 'none'}" for who, labels in dispute.said.items()]
    about = _cut(", ".join(dispute.labels), _NAME)
    return [_cut(f"  {dispute.id} (differ about {about}): {dispute.text}"), *map(_cut, said)]


def _aligned(rows: Sequence[Sequence[str]], *, right: set[int]) -> str:
    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        pads = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [
            pad + cell if i in right else cell + pad
            for i, (cell, pad) in enumerate(zip(row, pads, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _cut(text: str, width: int = _WIDTH) -> str:
    text = "".join(sign if sign.isprintable() else " " for sign in text)  # nothing that a terminal would obey
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _short(name: str) -> str:
    return _cut(" ".join(name.split()), _NAME)


def _interval(found: SetAgreement) -> str:
    return "" if math.isnan(found.low) else f" (95%: {found.low:.3f} to {found.high:.3f})"


def _figure(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.0%}"


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count:,} texts"
