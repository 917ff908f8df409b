"""How a metric's flat name is made and read: by people, and as a tag of TensorBoard.

F1 depends on the thresholds it was measured at, so wherever it is shown they are named: "tuned", "plug-in" or
"at 0.5".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

Rule = Literal["tuned", "plug_in", "at_0.5"]
AVERAGES = ("macro", "micro", "sample")
RULES: tuple[Rule, ...] = ("tuned", "plug_in", "at_0.5")
"""The best first."""
RULE_WORDS: Mapping[str, str] = {"tuned": "tuned", "plug_in": "plug-in", "at_0.5": "at 0.5", "0.5": "at 0.5"}
"""By a metric's rule, and by a record's `threshold_rule`."""
SET_WORDS: Mapping[str, str] = {"val": "on val", "test": "on test", "oof": "out of fold"}
"""Where something was measured, to stand behind its name."""
OUT_OF_FOLD = (
    "oof, out of fold: each labelled text by a model that had not seen it; texts chosen by a strategy are "
    "harder than the pool's, so these figures are mostly lower than on random texts"
)


def f1_name(prefix: str, average: str, rule: Rule) -> str:
    """The flat name of an F1, for example "val_macro_f1_tuned"."""
    return f"{prefix}_{average}_f1_{rule}"


def best_rule(prefix: str, metrics: Iterable[Mapping[str, float]]) -> Rule | None:
    """The rule by which a set can be shown throughout: the best one that all that measured it have.

    Args:
        prefix: "train", "val", "test" or "oof".
        metrics: flat names to values, of one or several rounds.

    Returns:
        The rule, or None where the set was never measured.
    """
    measured = [found for found in metrics if f1_name(prefix, "macro", "at_0.5") in found]
    everywhere = (
        rule for rule in RULES if all(f1_name(prefix, "macro", rule) in found for found in measured)
    )
    return next(everywhere) if measured else None


def shown_sets(metrics: Sequence[Mapping[str, float]]) -> list[tuple[str, Rule]]:
    """The sets that a table or a curve shows, each with its rule: validation, or else out of fold; and test.

    Args:
        metrics: flat names to values, of all rounds.
    """
    rules = {prefix: best_rule(prefix, metrics) for prefix in ("val", "oof", "test")}
    if rules["val"]:
        del rules["oof"]
    return [(prefix, rule) for prefix, rule in rules.items() if rule]


def headline(metrics: Mapping[str, float]) -> str:
    """The one F1 to look at, in words, such as "val macro F1 0.512 (tuned)"; "" where no set has one."""
    for prefix in ("val", "test", "oof", "train"):
        rule = best_rule(prefix, [metrics])
        if rule:
            return f"{prefix} macro F1 {metrics[f1_name(prefix, 'macro', rule)]:.3f} ({RULE_WORDS[rule]})"
    return ""


def metric_tag(name: str) -> str:
    """A metric's tag by global step: "val_macro_f1_tuned" is in the group "val", as val/macro_f1_tuned."""
    return name.replace("_", "/", 1)


def label_tags(names: Iterable[str]) -> dict[str, str]:
    """Label names to tags: no "/", which would make a group; different labels always have different tags.

    Args:
        names: the labels, in the run's order; the same names give the same tags.
    """
    tags: dict[str, str] = {}
    for name in names:
        clean = re.sub(r"[^\w.+-]+", "_", name)
        tag, copies = clean, 1
        while tag in tags.values():
            copies += 1
            tag = f"{clean}_{copies}"
        tags[name] = tag
    return tags
