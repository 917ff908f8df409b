"""Every registered strategy keeps the contract, and the contract's test catches each way of breaking it."""

import numpy as np
import pytest

from text_al.errors import StrategyError
from text_al.registry import SettingsError, UnknownNameError
from text_al.strategies import STRATEGIES, Strategy
from text_al.strategies.from_probs.margins import multilabel_margin
from text_al.strategies.selection import Selection, best
from text_al.testing import check_strategy, example_candidates

PROBS = frozenset({"probs"})


@pytest.mark.parametrize("name", STRATEGIES.names())
def test_every_strategy_keeps_the_contract(name):
    check_strategy(name)


@pytest.mark.parametrize("name", STRATEGIES.names())
def test_every_strategy_says_in_its_docstring_what_it_is_for(name):
    assert len(STRATEGIES.entry(name).summary) > 20


def test_a_registered_function_can_be_checked_as_well_as_its_name():
    check_strategy(multilabel_margin)
    with pytest.raises(StrategyError, match="is not registered; put @score or @batch before it"):
        check_strategy(lambda candidates: candidates.probs[:, 0])


def test_a_misspelt_name_or_setting_is_an_error_and_not_a_pass():
    with pytest.raises(UnknownNameError, match="Did you mean 'multilabel_margin'"):
        check_strategy("multilabel_margins")
    with pytest.raises(SettingsError, match="unknown key"):
        check_strategy("margin", temperature=2)


def unsure(candidates):
    return -np.abs(candidates.probs - 0.5).sum(axis=1)


def by_place(candidates):
    return np.arange(len(candidates), dtype=float)


def by_neighbour(candidates):
    return np.roll(unsure(candidates), 1)


def relative_to_the_chunk(candidates):
    scores = unsure(candidates)
    return scores - scores.mean()


def not_symmetric(candidates):
    return candidates.probs.sum(axis=1)


def writes(candidates):
    candidates.probs[:] = 0.5
    return unsure(candidates)


def writes_behind_the_view(candidates):
    base = candidates.probs if candidates.probs.base is None else candidates.probs.base
    base[0] = 0.5
    return unsure(candidates)


def reads_undeclared_embeddings(candidates):
    return candidates.embeddings.sum(axis=1)


def one_number(candidates):
    return unsure(candidates).sum()


def a_column(candidates):
    return unsure(candidates)[:, None]


def words(candidates):
    return np.full(len(candidates), "unsure")


def infinite_when_sure(candidates):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(np.abs(candidates.logits)).sum(axis=1) + np.log1p(-candidates.probs).sum(axis=1)


def needs_two_labels(candidates):
    highest = np.sort(candidates.probs, axis=1)
    return highest[:, -2] - highest[:, -1]


def committees_entropy(candidates):
    with np.errstate(divide="ignore", invalid="ignore"):
        return -(candidates.passes * np.log(candidates.passes)).sum(axis=(0, 2))


def unlike_what_is_labelled(candidates):
    with np.errstate(divide="ignore", invalid="ignore"):
        return -(candidates.probs @ np.log(candidates.labelled.probs).T).sum(axis=1)


def not_symmetric_in_its_committee(candidates):
    return candidates.passes.max(axis=0).sum(axis=1)


def counts_unknown_as_minus_one(candidates):
    with np.errstate(invalid="ignore"):
        weights = np.sqrt(candidates.labelled.targets.sum(axis=0) + 1)
    return (weights * np.abs(candidates.probs - 0.5)).sum(axis=1)


def divides_by_length(candidates):
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = np.linalg.norm(candidates.embeddings.astype(float), axis=1)
        return candidates.embeddings[:, 0] / lengths


def squares_in_half_precision(candidates):
    with np.errstate(over="ignore"):
        return (candidates.embeddings**2).sum(axis=1)


def takes_the_logit_of_thresholds(candidates):
    with np.errstate(divide="ignore"):
        boundaries = np.log(candidates.thresholds) - np.log1p(-candidates.thresholds)
    return -np.abs(candidates.logits - boundaries).sum(axis=1)


BAD_SCORES = {
    by_place: "each candidate its turn where all are alike",
    by_neighbour: "same score wherever it stands",
    relative_to_the_chunk: "same scores in chunks of any size",
    not_symmetric: "scores p and 1 - p alike",
    writes: "leaves what it is given as it is.*read-only",
    writes_behind_the_view: "leaves what it is given as it is: it changes probs",
    reads_undeclared_embeddings: "NoneType",
    one_number: "must give an array of shape",
    a_column: r"must give an array of shape \(9,\), not \(9, 1\)",
    words: "must give numbers, not <U6",
    infinite_when_sure: "sure of no label, or of every one.*must be finite",
    needs_two_labels: "copes with one label",
    committees_entropy: "sure of no label, or of every one.*must be finite",
    unlike_what_is_labelled: "sure of no label, or of every one.*must be finite",
    not_symmetric_in_its_committee: "scores p and 1 - p alike",
    counts_unknown_as_minus_one: "copes with awkward input.*must be finite",
    divides_by_length: "copes with awkward input.*must be finite",
    squares_in_half_precision: "copes with awkward input.*must be finite",
    takes_the_logit_of_thresholds: "copes with awkward input.*must be finite",
}

NEEDS = {
    committees_entropy: {"passes"},
    unlike_what_is_labelled: {"probs", "labelled_probs"},
    not_symmetric_in_its_committee: {"passes"},
    counts_unknown_as_minus_one: {"probs", "labelled"},
    divides_by_length: {"embeddings"},
    squares_in_half_precision: {"embeddings"},
}


@pytest.mark.parametrize(
    ("bad", "rule"), BAD_SCORES.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_a_bad_score_strategy_is_caught_and_told_which_rule_it_broke(bad, rule):
    needs = frozenset(NEEDS.get(bad, PROBS))
    with pytest.raises(StrategyError, match=rule) as caught:
        check_strategy(Strategy(bad.__name__, "score", bad, needs, claims=frozenset({"symmetric"})))
    assert str(caught.value).startswith(f"{bad.__name__} breaks the rule that a strategy ")


def first(candidates, n, rng):
    return np.arange(n)


def one_too_few(candidates, n, rng):
    return rng.permutation(len(candidates))[: max(n - 1, 1)]


def the_same_twice(candidates, n, rng):
    return rng.integers(0, 2, size=n) * 0


def rows_not_positions(candidates, n, rng):
    return candidates.rows[:n]


def negative(candidates, n, rng):
    return -1 - rng.permutation(len(candidates))[:n]


def a_list(candidates, n, rng):
    return rng.permutation(len(candidates))[:n].tolist()


def a_mask(candidates, n, rng):
    return rng.permutation(len(candidates))[:n] > 0


def its_own_chance(candidates, n, rng):
    return np.random.default_rng().permutation(len(candidates))[:n]


def reads_undeclared_probs(candidates, n, rng):
    order = rng.permutation(len(candidates))
    return order[np.argsort(candidates.probs[order, 0], kind="stable")[:n]]


def mostly_early(candidates, n, rng):
    weights = 1 / (1 + np.arange(len(candidates)))
    return rng.choice(len(candidates), size=n, replace=False, p=weights / weights.sum())


def always_the_middle(candidates, n, rng):
    middle = len(candidates) // 2
    others = np.setdiff1d(np.arange(len(candidates)), [middle])
    return np.concatenate([[middle], rng.choice(others, size=n - 1, replace=False)])


def far_from_the_first(candidates, n, rng):
    vectors, taken = candidates.embeddings.astype(float), [0]
    while len(taken) < n:
        far = np.linalg.norm(vectors[:, None] - vectors[taken], axis=2).min(axis=1)
        far[taken] = -1
        taken.append(int(best(far, 1, rng)[0]))
    return np.array(taken)


def doubt_by_halves(candidates, n, rng):
    """All of the first half first, unless all are alike."""
    order = rng.permutation(len(candidates))
    doubt = -np.abs(candidates.probs - 0.5).sum(axis=1)
    if len(np.unique(doubt)) > 1:
        doubt += np.arange(len(doubt)) < len(doubt) / 2
    return order[np.argsort(-doubt[order], kind="stable")[:n]]


BAD_BATCHES = {
    first: r"each candidate its turn where all are alike: in 100 draws it never chose \[2, 3, 4, 5\]",
    one_too_few: r"must choose an array of shape \(8,\), not \(7,\)|must choose an array of shape",
    the_same_twice: "chose a text twice",
    rows_not_positions: "chose position 10.*they are 0 to 8",
    negative: "chose position -",
    a_list: "must choose an array of shape .* not list",
    a_mask: "must choose whole positions, not bool",
    its_own_chance: "takes chance from the generator it is given",
    reads_undeclared_probs: "only if it says that it needs probs",
    mostly_early: "by what texts are, not by where they stand: .* it chose place 7.* on the mean, not 14.5",
    always_the_middle: "in 60 orders of 30 texts it chose place 15 60 times, not about 10",
    far_from_the_first: "not by where they stand: it chose .*and of the same texts in another order",
    doubt_by_halves: "not by where they stand: it chose .*and of the same texts in another order",
}

NEEDS |= {far_from_the_first: {"embeddings"}, doubt_by_halves: {"probs"}}


@pytest.mark.parametrize(
    ("bad", "rule"), BAD_BATCHES.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_a_bad_batch_strategy_is_caught_and_told_which_rule_it_broke(bad, rule):
    with pytest.raises(StrategyError, match=rule):
        check_strategy(Strategy(bad.__name__, "batch", bad, frozenset(NEEDS.get(bad, ()))))


def only_some(scores, n, rng):
    return rng.permutation(len(scores))[:1]


def test_a_bad_selection_rule_is_caught():
    bad = Strategy("unsure", "score", unsure, PROBS).with_selection(Selection("some", only_some))
    with pytest.raises(StrategyError, match="unsure, selection must choose an array of shape"):
        check_strategy(bad)


class Lazy(Strategy):
    """Checks nothing, and chooses one text too few."""

    def choose(self, candidates, n, rng):
        return super().choose(candidates, max(n - 1, 0), rng)


def test_a_strategy_with_its_own_way_of_choosing_is_held_to_the_contract_too():
    with pytest.raises(StrategyError, match=r"of 1 candidates, asked for 1, it chose \[\]"):
        check_strategy(Lazy("lazy", "score", unsure, PROBS))


def test_example_candidates_have_what_is_needed_and_nothing_else():
    needs = frozenset({"passes", "labelled", "embeddings", "label_embeddings"})
    full, bare = example_candidates(4, 3, needs), example_candidates(4, 3)
    assert full.passes.shape[1:] == (4, 3)
    assert (len(full.embeddings), len(full.label_embeddings)) == (4, 3)
    assert full.labelled.targets.shape == (len(full.labelled.rows), 3)
    assert all(getattr(bare, name) is None for name in needs)


def nearest_to_nothing_labelled(candidates, n, rng):
    order = rng.permutation(len(candidates))
    distances = np.abs(candidates.embeddings[:, None] - candidates.labelled.embeddings[None]).sum(axis=(1, 2))
    return order[np.argsort(-(distances + candidates.passes.sum(axis=(0, 2)))[order], kind="stable")[:n]]


def test_a_good_strategy_with_many_needs_passes():
    needs = frozenset({"embeddings", "labelled_embeddings", "passes", "label_embeddings"})
    check_strategy(Strategy("far", "batch", nearest_to_nothing_labelled, needs))
