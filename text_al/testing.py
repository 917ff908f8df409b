"""The contract test for query strategies: all that come with text_al pass it, and yours should too.

Example:
    >>> from text_al.testing import check_strategy
    >>> check_strategy("multilabel_margin")
"""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from text_al.errors import StrategyError
from text_al.strategies import STRATEGIES, Strategy, strategy
from text_al.types import Candidates, FloatArray, IntArray, Labelled

__all__ = ["check_strategy", "example_candidates"]

_WIDTH, _PASSES, _LABELLED = 8, 3, 12
_DRAWS = 100  # the chance that one of six alike candidates is never among two drawn is 6 (2/3)^100, or 1e-17


def check_strategy(subject: str | Strategy | Callable[..., Any], **settings: Any) -> None:
    """See that a strategy keeps its contract, by trying it on made-up candidates.

    Args:
        subject: a registered name, the registered function itself, or a `Strategy` with its settings.
        **settings: its settings, where it is not a `Strategy`.

    Raises:
        StrategyError: names the strategy and the rule it broke.
        UnknownNameError: nothing is registered under this name.
    """
    checked = subject if isinstance(subject, Strategy) else strategy(_name_of(subject), **settings)
    for sentence, rule in {**_RULES, **(_SCORE_RULES if checked.kind == "score" else {})}.items():
        broken = f"{checked.name} breaks the rule that a strategy {sentence}"
        try:
            found = rule(checked)
        except Exception as error:
            raise StrategyError(f"{broken}: {error!r}") from error
        if found:
            raise StrategyError(f"{broken}: {found}")


def example_candidates(
    m: int, n_labels: int, needs: frozenset[str] = frozenset(), *, seed: int = 0
) -> Candidates:
    """Made-up candidates for tests of strategies.

    Args:
        m: M, how many.
        n_labels: L.
        needs: which of the optional parts they have; the others are None.
        seed: of the numbers.
    """
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 2, size=(m, n_labels)).astype(np.float32)
    labelled = Labelled(
        rows=np.arange(_LABELLED),
        targets=rng.integers(0, 2, size=(_LABELLED, n_labels), dtype=np.int8),
        probs=rng.uniform(size=(_LABELLED, n_labels)) if "labelled_probs" in needs else None,
        embeddings=rng.normal(size=(_LABELLED, _WIDTH)) if "labelled_embeddings" in needs else None,
    )
    parts = {
        "embeddings": rng.normal(size=(m, _WIDTH)),
        "passes": rng.uniform(size=(_PASSES, m, n_labels)),
        "label_embeddings": rng.normal(size=(n_labels, _WIDTH)),
    }
    given: dict[str, Any] = {name: part for name, part in parts.items() if name in needs}
    if any(need.startswith("labelled") for need in needs):
        given["labelled"] = labelled
    rows = 1000 + rng.permutation(m)
    return Candidates(rows, logits, _sigmoid(logits), np.full(n_labels, 0.5), **given)


def _name_of(subject: str | Callable[..., Any]) -> str:
    if isinstance(subject, str):
        return subject
    names = [name for name in STRATEGIES.names() if STRATEGIES.entry(name).function is subject]
    if not names:
        raise StrategyError(f"{subject!r} is not registered; put @score or @batch before it")
    return names[0]


def _leaves_input(subject: Strategy) -> str | None:
    given = example_candidates(9, 3, subject.needs)
    before = example_candidates(9, 3, subject.needs)
    _choose(subject, given, 4)
    changed = [part.name for part in fields(given) if not _equal(given, before, part.name)]
    return f"it changes {' and '.join(changed)}" if changed else None


def _chooses_as_asked(subject: Strategy) -> str | None:
    for m, n in [(0, 3), (1, 1), (1, 5), (9, 0), (9, 1), (9, 8), (9, 9), (9, 100)]:
        candidates = example_candidates(m, 3, subject.needs)
        rows = _choose(subject, candidates, n).tolist()
        if len(set(rows)) != min(m, n) or not set(rows) <= set(candidates.rows.tolist()):
            return f"of {m} candidates, asked for {n}, it chose {rows}"
    return None


def _copes_with_nothing_labelled(subject: Strategy) -> str | None:
    candidates = example_candidates(9, 3, subject.needs)
    if candidates.labelled is not None:
        parts = {part.name: getattr(candidates.labelled, part.name) for part in fields(Labelled)}
        none: dict[str, Any] = {name: None if part is None else part[:0] for name, part in parts.items()}
        _choose(subject, replace(candidates, labelled=Labelled(**none)), 4)
    return None


def _copes_with_labels(subject: Strategy) -> str | None:
    for n_labels in (1, 2, 1000):
        _choose(subject, example_candidates(5, n_labels, subject.needs), 2)
    return None


def _copes_with_extremes(subject: Strategy) -> str | None:
    for logit in (-12.0, 12.0, -200.0, 200.0):
        _choose(subject, _with_logits(example_candidates(5, 3, subject.needs), np.full((5, 3), logit)), 2)
    return None


def _draws_from_the_generator(subject: Strategy) -> str | None:
    candidates = example_candidates(30, 3, subject.needs)
    first, second = (_choose(subject, candidates, 10, seed=5).tolist() for _ in range(2))
    return None if first == second else f"with one seed it chose {first}, then {second}"


def _declares_probs(subject: Strategy) -> str | None:
    candidates = example_candidates(9, 3, subject.needs)
    others = _with_logits(candidates, -3 * candidates.logits)
    same = _choose(subject, candidates, 4).tolist() == _choose(subject, others, 4).tolist()
    return None if "probs" in subject.needs or same else "other predictions give other rows"


def _gives_each_its_turn(subject: Strategy) -> str | None:
    alike = _taken(example_candidates(1, 3, subject.needs), np.zeros(6, dtype=np.int64))
    alike = replace(alike, rows=np.arange(6))
    chosen = {row for seed in range(_DRAWS) for row in _choose(subject, alike, 2, seed=seed).tolist()}
    never = sorted(set(range(6)) - chosen)
    return f"in {_DRAWS} draws it never chose {never} of 0 to 5" if never else None


def _scores_by_text(subject: Strategy) -> str | None:
    candidates = example_candidates(40, 3, subject.needs)
    order = np.random.default_rng(1).permutation(40)
    return _difference(subject.scores(candidates)[order], subject.scores(_taken(candidates, order)))


def _scores_in_any_chunks(subject: Strategy) -> str | None:
    if not subject.is_by_text:
        return None
    candidates = example_candidates(40, 3, subject.needs)
    whole = subject.scores(candidates)
    return next(filter(None, (_difference(whole, subject.scores(candidates, chunk=c)) for c in (1, 7))), None)


def _is_symmetric(subject: Strategy) -> str | None:
    candidates = example_candidates(40, 3, subject.needs)
    mirrored = _with_logits(candidates, -candidates.logits)
    if "symmetric" not in subject.claims:
        return None
    return _difference(subject.scores(candidates), subject.scores(mirrored))


Rule = Callable[[Strategy], str | None]
_RULES: dict[str, Rule] = {
    "leaves what it is given as it is": _leaves_input,
    "chooses as many different candidates as asked, or all where there are fewer": _chooses_as_asked,
    "copes with one label, two, and a thousand": _copes_with_labels,
    "copes with nothing labelled yet": _copes_with_nothing_labelled,
    "copes with a model that is sure of no label, or of every one": _copes_with_extremes,
    "takes chance from the generator it is given, and from nowhere else": _draws_from_the_generator,
    "reads the model's predictions only if it says that it needs probs": _declares_probs,
    "gives each candidate its turn where all are alike": _gives_each_its_turn,
}
_SCORE_RULES: dict[str, Rule] = {
    "gives a text the same score wherever it stands in the pool": _scores_by_text,
    "gives the same scores in chunks of any size": _scores_in_any_chunks,
    "scores p and 1 - p alike, where it claims to": _is_symmetric,
}


def _choose(subject: Strategy, candidates: Candidates, n: int, seed: int = 0) -> IntArray:
    return subject.choose(candidates, n, np.random.default_rng(seed)).rows


def _taken(candidates: Candidates, positions: IntArray) -> Candidates:
    by_text = {name: getattr(candidates, name) for name in ("rows", "logits", "probs", "embeddings")}
    taken = {name: part[positions] for name, part in by_text.items() if part is not None}
    passes = None if candidates.passes is None else candidates.passes[:, positions]
    return replace(candidates, passes=passes, **taken)


def _with_logits(candidates: Candidates, logits: FloatArray) -> Candidates:
    return replace(candidates, logits=logits, probs=_sigmoid(logits))


def _sigmoid(logits: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1 + np.tanh(logits / 2)))


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
