"""How figures of a comparison are written in a sentence."""

import math
from collections.abc import Sequence

from text_al.tracking.naming import RULE_WORDS, SET_WORDS

_MEASURES = {
    "loss": "loss",
    "macro_average_precision": "macro average precision",
    "brier": "Brier score",
    "classwise_ece": "classwise calibration error",
}


def metric_words(name: str) -> str:
    """A metric's flat name in words: "test_macro_f1_at_0.5" is "macro F1 (at 0.5) on test"."""
    prefix, _, rest = name.partition("_")
    where = SET_WORDS.get(prefix)
    average, is_f1, rule = rest.partition("_f1_")
    if where is None or not (is_f1 or rest in _MEASURES):
        return name
    return (
        f"{average} F1 ({RULE_WORDS.get(rule.removeprefix('at_'), rule)}) {where}"
        if is_f1
        else (f"{_MEASURES[rest]} {where}")
    )


def listed(words: Sequence[str]) -> str:
    """Words in a row: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def counted(n: int, thing: str, things: str = "") -> str:
    """A number and what it counts, in the plural where it is not 1: "1 seed", "10 seeds"."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def from_to(numbers: Sequence[float], thing: str) -> str:
    """How many there are of something in all places: "10 seeds", or "8 to 10 seeds"."""
    low, high = round(min(numbers)), round(max(numbers))
    return counted(high, thing) if low == high else f"{low:,} to {high:,} {thing}s"


def p_words(p: float) -> str:
    """A p: "p = 0.012", "p = 0.0020", or "p < 0.001"."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.4f}" if p < 0.01 else f"p = {p:.3f}"


def least_p(p: float) -> str:
    """A smallest p that is possible: "0.125", "0.15625"."""
    return f"{p:.5g}"


def difference(value: float) -> str:
    """A difference with its sign: "+0.012"; a true minus, and 0 where it rounds to it."""
    text = f"{value:+.3f}".replace("-", "\u2212")
    return "0.000" if set(text) <= set("+\u22120.") else text


def interval_words(interval: tuple[float, float], level: float, *, signed: bool = False) -> str:
    """An interval: "95 % interval 1.10 to 1.80"; "no interval from one seed" where there is none."""
    if any(math.isnan(end) for end in interval):
        return "no interval from one seed"
    low, high = (difference(end) if signed else f"{end:.2f}" for end in interval)
    return f"{100 * level:g} % interval {low} to {high}"


def number(value: float) -> str:
    """A number of texts: "1,000"."""
    return f"{round(value):,}"


def begun(prefix: str, sentence: str) -> str:
    """A sentence after its opening, or else with a capital."""
    return prefix + sentence if prefix else sentence[0].upper() + sentence[1:]
