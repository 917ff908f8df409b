"""A model's card: what it is, how good it is and how that was measured, all from the run's records."""

from collections.abc import Mapping, Sequence
from typing import Any

from text_al.records import RoundRecord
from text_al.tracking.naming import SET_WORDS
from text_al.tracking.table import footnote, summary_table


def model_card(
    name: str, record: RoundRecord, records: Sequence[RoundRecord], about: Mapping[str, Any]
) -> str:
    """The card in Markdown.

    Args:
        name: the run's.
        record: the round whose model this is.
        records: all rounds of the run, in order.
        about: what the model says of itself: kind, encoder, pooling, versions.
    """
    parts = [
        f"{_HEAD}\n\n# {name}",
        _summary(record, len(records)),
        _USE,
        _about(about),
        _labels(record),
        f"## Rounds\n\n```\n{summary_table(records)}\n```",
        _measured(record, footnote(records)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_HEAD = """---
tags: [text-classification, multilabel, active-learning]
library_name: text_al
---"""

_USE = """## Use

```python
import text_al

model = text_al.load("this folder")
model.predict(["a text"])        # names of the labels that reach their thresholds
model.predict_proba(["a text"])  # (1, L) probabilities
```"""

_RULES = {
    "tuned": (
        "Thresholds were tuned on the validation set, so F1 on it is optimistic; on a test set it is not."
    ),
    "plug_in": (
        "There was no validation set: thresholds are where the probabilities of the pool promise the best F1."
    ),
    "0.5": "There was no validation set: a label is predicted from 0.5 on, rarely the best threshold.",
}


def _summary(record: RoundRecord, n_rounds: int) -> str:
    return (
        f"A multilabel text classifier with {len(record.thresholds)} labels, one sigmoid each, trained on "
        f"{record.n_labelled} labelled texts (round {record.round} of {n_rounds} of an active-learning run)."
    )


def _about(about: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{package} {number}" for package, number in about.get("versions", {}).items())
    facts = {
        key: about[key] for key in ("kind", "encoder", "pooling", "max_length", "analyzer") if key in about
    }
    lines = [f"- {key}: {value}" for key, value in facts.items()]
    return "\n".join(["## Made of\n", *lines, f"- versions: {versions}"])


def _labels(record: RoundRecord) -> str:
    head = f"F1 {SET_WORDS[record.per_label_set]}" if record.per_label_f1 else "F1"
    rows = [
        f"| {_cell(name)} | {value:.3f} | {_figure(record.per_label_f1.get(name))} |"
        for name, value in record.thresholds.items()
    ]
    return "\n".join(["## Labels\n", f"| label | threshold | {head} |", "|---|---|---|", *rows])


def _measured(record: RoundRecord, explained: str) -> str:
    sentences = dict.fromkeys([explained, *record.notes])  # the first round's notes may explain it too
    notes = [f"- {sentence}" for sentence in sentences if sentence]
    rule = _RULES[record.threshold_rule]
    return "\n".join(["## How it was measured\n", rule, *(["", *notes] if notes else [])])


def _cell(name: str) -> str:
    return name.replace("|", "\\|").replace("\n", " ")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
