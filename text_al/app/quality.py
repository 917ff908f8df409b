"""How good the model is so far, and how much is left to label."""

import math
from collections.abc import Sequence
from typing import Any

from text_al.data.states import PoolCounts
from text_al.loop.run import Plan
from text_al.records import RoundRecord
from text_al.tracking.naming import RULE_WORDS, f1_name, shown_sets

_SETS = {"val": "validation", "oof": "out of fold", "test": "test"}


def curve_of(records: Sequence[RoundRecord]) -> dict[str, Any]:
    """Macro-F1 by labelled texts, on validation, or else out of fold, or else on the test set.

    Args:
        records: the rounds so far, in order.
    """
    shown = shown_sets([record.metrics for record in records])
    if not shown:
        return {"metric": "macro-F1", "points": []}
    prefix, rule = shown[0]
    name = f1_name(prefix, "macro", rule)
    points = [
        [record.n_labelled, round(value, 4)]
        for record in records
        if not math.isnan(value := record.metrics.get(name, math.nan))
    ]
    return {"metric": f"macro-F1 ({_SETS[prefix]}, {RULE_WORDS[rule]})", "points": points}


def budget_of(counts: PoolCounts, plan: Plan, n_rounds: int) -> dict[str, int]:
    """How much is labelled and how much is to come, after the batch that waits.

    Args:
        counts: texts by state.
        plan: the numbers of the run.
        n_rounds: fits so far.
    """
    left = min(plan.stop.budget - counts.labelled - counts.pending, counts.open)
    rounds = math.ceil(max(left, 0) / plan.query_size)
    if plan.stop.max_rounds is not None:
        rounds = min(rounds, max(plan.stop.max_rounds - n_rounds - 1, 0))
    return {
        "labelled": counts.labelled,
        "skipped": counts.skipped,
        "pending": counts.pending,
        "budget": plan.stop.budget,
        "n_rounds_left": rounds,
        "queue_size": plan.query_size,
    }
