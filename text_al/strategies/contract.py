"""The rules that every strategy keeps: each tries one on made-up candidates, and says what was wrong."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from text_al.strategies.base import Strategy
from text_al.strategies.examples import (
    all_sure,
    awkward_candidates,
    example_candidates,
    mirrored,
    taken,
    with_logits,
)
from text_al.types import Candidates, FloatArray, IntArray, Labelled

_DRAWS = 100  # the chance that one of six alike candidates is never among two drawn is 6 (2/3)^100, or 1e-17
_ORDERS = 60
_FEW = 3  # draws that are all alike are taken to be of no chance
_MOST_ERRORS = 5.0  # standard errors: chance goes beyond that once in two million
_BY_MODEL = frozenset({"probs", "passes", "labelled_probs"})

Rule = Callable[[Strategy], str | None]
"""What it found wrong; None: nothing."""


def _leaves_input(subject: Strategy) -> str | None:
    given = example_candidates(9, 3, subject.asks)
    before = example_candidates(9, 3, subject.asks)
    _choose(subject, given, 4)
    changed = [part.name for part in fields(given) if not _equal(given, before, part.name)]
    return f"it changes {' and '.join(changed)}" if changed else None


def _chooses_as_asked(subject: Strategy) -> str | None:
    for m, n in [(0, 3), (1, 1), (1, 5), (9, 0), (9, 1), (9, 8), (9, 9), (9, 100)]:
        candidates = example_candidates(m, 3, subject.asks)
        rows = _choose(subject, candidates, n).tolist()
        if len(set(rows)) != min(m, n) or not set(rows) <= set(candidates.rows.tolist()):
            return f"of {m} candidates, asked for {n}, it chose {rows}"
    return None


def _copes_with_nothing_labelled(subject: Strategy) -> str | None:
    candidates = example_candidates(9, 3, subject.asks)
    if candidates.labelled is not None:
        parts = {part.name: getattr(candidates.labelled, part.name) for part in fields(Labelled)}
        none: dict[str, Any] = {name: None if part is None else part[:0] for name, part in parts.items()}
        _choose(subject, replace(candidates, labelled=Labelled(**none)), 4)
    return None


def _copes_with_labels(subject: Strategy) -> str | None:
    for n_labels in (1, 2, 1000):
        _choose(subject, example_candidates(5, n_labels, subject.asks), 2)
    return None


def _copes_with_extremes(subject: Strategy) -> str | None:
    for logit in (-12.0, 12.0, -200.0, 200.0):
        _choose(subject, all_sure(example_candidates(5, 3, subject.asks), logit), 2)
    return None


def _copes_with_awkward(subject: Strategy) -> str | None:
    for n in (1, 5, 12):
        _choose(subject, awkward_candidates(12, subject.asks), n)
    return None


def _draws_from_the_generator(subject: Strategy) -> str | None:
    candidates = example_candidates(30, 3, subject.asks)
    first, second = (_choose(subject, candidates, 10, seed=5).tolist() for _ in range(2))
    return None if first == second else f"with one seed it chose {first}, then {second}"


def _declares_probs(subject: Strategy) -> str | None:
    candidates = example_candidates(9, 3, subject.asks)
    others = with_logits(candidates, -3 * candidates.logits)
    same = _choose(subject, candidates, 4).tolist() == _choose(subject, others, 4).tolist()
    return None if "probs" in subject.needs or same else "other predictions give other rows"


def _gives_each_its_turn(subject: Strategy) -> str | None:
    one = taken(example_candidates(1, 3, subject.asks), np.zeros(6, dtype=np.int64))
    alike = replace(one, rows=np.arange(6))
    sure = [all_sure(alike, logit) for logit in (-200.0, 200.0)] if subject.needs & _BY_MODEL else []
    for candidates in (alike, *sure):
        never = set(range(6))
        for seed in range(_DRAWS):
            never -= set(_choose(subject, candidates, 2, seed=seed).tolist())
            if not never:
                break
        else:
            return f"in {_DRAWS} draws it never chose {sorted(never)} of 0 to 5"
    return None


def _does_not_go_by_place(subject: Strategy) -> str | None:
    m, n = 30, 5
    candidates = example_candidates(m, 3, subject.asks)
    sets = {frozenset(_choose(subject, candidates, n, seed=seed).tolist()) for seed in range(_FEW)}
    is_by_chance = len(sets) > 1
    times = np.zeros(m)
    for seed in range(_ORDERS if is_by_chance else _FEW):
        order = np.random.default_rng((1, seed)).permutation(m)
        rows = _choose(subject, taken(candidates, order), n, seed=seed)
        if not is_by_chance and set(rows.tolist()) not in sets:
            return f"it chose {sorted(*sets)}, and of the same texts in another order {sorted(rows.tolist())}"
        times += np.isin(candidates.rows[order], rows)
    return _unlike_chance(times, n) if is_by_chance else None


def _unlike_chance(times: FloatArray, n: int) -> str | None:
    """Of the times that each of m places was taken, where by chance n are taken in each of some orders."""
    m, n_orders = len(times), round(times.sum() / n)
    mean = float(times @ np.arange(m) / times.sum())
    error = np.sqrt((m + 1) * (m - n) / (12 * n) / n_orders)
    if abs(mean - (m - 1) / 2) > _MOST_ERRORS * error:
        return f"in {n_orders} orders of {m} texts it chose place {mean:.1f} on the mean, not {(m - 1) / 2}"
    usual, error = n_orders * n / m, np.sqrt(n_orders * n / m * (1 - n / m))
    if times.max() > usual + _MOST_ERRORS * error:
        often = f"place {times.argmax()} {times.max():.0f} times"
        return f"in {n_orders} orders of {m} texts it chose {often}, not about {usual:.0f}"
    return None


def _scores_by_text(subject: Strategy) -> str | None:
    candidates = example_candidates(40, 3, subject.asks)
    order = np.random.default_rng(1).permutation(40)
    return _difference(subject.scores(candidates)[order], subject.scores(taken(candidates, order)))


def _scores_in_any_chunks(subject: Strategy) -> str | None:
    if not subject.is_by_text:
        return None
    candidates = example_candidates(40, 3, subject.asks)
    whole = subject.scores(candidates)
    return next(filter(None, (_difference(whole, subject.scores(candidates, chunk=c)) for c in (1, 7))), None)


def _is_symmetric(subject: Strategy) -> str | None:
    if "symmetric" not in subject.claims:
        return None
    candidates = example_candidates(40, 3, subject.asks)
    return _difference(subject.scores(candidates), subject.scores(mirrored(candidates)))


_RULES: dict[str, Rule] = {
    "leaves what it is given as it is": _leaves_input,
    "chooses as many different candidates as asked, or all where there are fewer": _chooses_as_asked,
    "copes with one label, two, and a thousand": _copes_with_labels,
    "copes with nothing labelled yet": _copes_with_nothing_labelled,
    "copes with a model that is sure of no label, or of every one": _copes_with_extremes,
    "copes with awkward input": _copes_with_awkward,
    "takes chance from the generator it is given, and from nowhere else": _draws_from_the_generator,
    "reads the model's predictions only if it says that it needs probs": _declares_probs,
    "gives each candidate its turn where all are alike": _gives_each_its_turn,
}
_SCORE_RULES: dict[str, Rule] = {
    "gives a text the same score wherever it stands in the pool": _scores_by_text,
    "gives the same scores in chunks of any size": _scores_in_any_chunks,
    "scores p and 1 - p alike, where it claims to": _is_symmetric,
}
_LAST_RULES: dict[str, Rule] = {
    "chooses by what texts are, not by where they stand": _does_not_go_by_place,
}


def rules_of(subject: Strategy) -> dict[str, Rule]:
    """The rules for a strategy of this kind, by the sentence that says what it does."""
    return {**_RULES, **(_SCORE_RULES if subject.kind == "score" else {}), **_LAST_RULES}


def _choose(subject: Strategy, candidates: Candidates, n: int, seed: int = 0) -> IntArray:
    return subject.choose(candidates, n, np.random.default_rng(seed)).rows


def _equal(one: Candidates, other: Candidates, name: str) -> bool:
    first, second = getattr(one, name), getattr(other, name)
    if isinstance(first, Labelled):
        return all(_equal_arrays(getattr(first, f.name), getattr(second, f.name)) for f in fields(first))
    return _equal_arrays(first, second)


def _equal_arrays(first: Any, second: Any) -> bool:
    return first is second or np.array_equal(first, second)


def _difference(expected: FloatArray, found: FloatArray) -> str | None:
    wrong = np.flatnonzero(~np.isclose(expected, found, rtol=1e-5, atol=1e-6))
    return f"a text scored {expected[wrong[0]]:.6g} and {found[wrong[0]]:.6g}" if len(wrong) else None
