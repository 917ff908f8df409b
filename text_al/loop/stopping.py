"""When a run is done: a pure function of its records and of what is left."""

from collections.abc import Sequence
from dataclasses import dataclass

from text_al.metrics import lower_is_better
from text_al.records import RoundRecord


@dataclass(frozen=True)
class Goal:
    """A quality at which the run is done: at least `value`, or at most for a loss."""

    metric: str
    value: float


@dataclass(frozen=True)
class StopRules:
    """When to stop; numbers count texts, rounds, or the metric's own units.

    Attributes:
        budget: texts that may be labelled in all.
        goal: a quality that is enough.
        max_rounds: fits at most.
        patience: rounds without a gain in `metric`.
        metric: what patience watches.
        min_gain: a gain must be larger.
    """

    budget: int
    goal: Goal | None = None
    max_rounds: int | None = None
    patience: int | None = None
    metric: str = "val_macro_f1_tuned"
    min_gain: float = 0.0


def stop_reason(rules: StopRules, records: Sequence[RoundRecord], n_labelled: int, n_open: int) -> str:
    """Why the run ends after the last of these records, or "" if it goes on.

    Args:
        rules: what ends a run.
        records: all rounds so far, the one just trained last.
        n_labelled: texts labelled now.
        n_open: texts that may still be asked.
    """
    last = records[-1]
    if rules.goal is not None and _reached(rules.goal, last):
        return f"the goal is reached: {rules.goal.metric} is {last.metrics[rules.goal.metric]:.3f}"
    if n_labelled >= rules.budget:
        return f"the budget of {rules.budget} texts is spent"
    if n_open == 0:
        return "every text of the pool has been asked"
    if rules.max_rounds is not None and len(records) >= rules.max_rounds:
        return "1 round is done" if rules.max_rounds == 1 else f"{rules.max_rounds} rounds are done"
    if rules.patience is not None and rounds_without_gain(rules, records) >= rules.patience:
        moved = "fallen" if lower_is_better(rules.metric) else "risen"
        return f"{rules.metric} has not {moved} for {rules.patience} round{'s' * (rules.patience > 1)}"
    return ""


def of_one_kind(records: Sequence[RoundRecord]) -> list[RoundRecord]:
    """The last rounds, whose models have the same labels: means over fewer labels do not compare."""
    return [record for record in records if record.thresholds.keys() == records[-1].thresholds.keys()]


def rounds_without_gain(rules: StopRules, records: Sequence[RoundRecord]) -> int:
    """Rounds since the metric last gained more than `min_gain` on its best before, with the labels of now."""
    sign = -1.0 if lower_is_better(rules.metric) else 1.0
    best, since = -float("inf"), 0
    for record in of_one_kind(records):
        value = sign * record.metrics[rules.metric]
        best, since = (value, 0) if value > best + rules.min_gain else (best, since + 1)
    return since


def _reached(goal: Goal, record: RoundRecord) -> bool:
    value = record.metrics[goal.metric]
    return value <= goal.value if lower_is_better(goal.metric) else value >= goal.value
