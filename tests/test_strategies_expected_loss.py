"""Expected loss reduction: against brute force over all pairs, and against conditional covariances."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_passes.expected_loss import expected_reductions, scatter_of
from text_al.strategies.from_passes.greedy import Outlook, take_in_turn
from text_al.strategies.from_passes.moments import moments_of
from text_al.types import Candidates


def of_passes(passes):
    passes = np.asarray(passes)
    m, n_labels = passes.shape[1:]
    shape = (m, n_labels)
    return Candidates(
        np.arange(m), np.zeros(shape), np.full(shape, 0.5), np.full(n_labels, 0.5), passes=passes
    )


def rng(seed=0):
    return np.random.default_rng(seed)


def reductions(passes, **settings):
    candidates = of_passes(passes)
    return expected_reductions(candidates, scatter_of(candidates, **settings), **settings)


def chosen(passes, n, seed=0, **settings):
    return (
        strategy("expected_loss_reduction", **settings).choose(of_passes(passes), n, rng(seed)).rows.tolist()
    )


def by_bayes(passes):
    """The expected fall of the squared error of all texts by the answer of each, member by member."""
    _, m, n_labels = passes.shape
    found = np.zeros(m)
    for i in range(m):
        for label in range(n_labels):
            p, before = passes[:, i, label], passes[:, :, label].mean(axis=0)
            for likelihood in (p, 1 - p):
                if likelihood.sum() > 0:
                    after = likelihood @ passes[:, :, label] / likelihood.sum()
                    found[i] += likelihood.mean() * ((after - before) ** 2).sum()
    return found


def by_conditioning(passes, known):
    """(M,) gains once the answers of `known` count, by the covariances of all answers of each label."""
    _, m, n_labels = passes.shape
    found = np.zeros(m)
    for label in range(n_labels):
        p = passes[:, :, label]
        covariances = np.cov(p, rowvar=False, bias=True)
        unsure = p.mean(axis=0) * (1 - p.mean(axis=0))
        answers = covariances[np.ix_(known, known)].copy()
        np.fill_diagonal(answers, unsure[known])
        explained = covariances[:, known] @ np.linalg.solve(answers, covariances[known])
        found += ((covariances - explained) ** 2).sum(axis=0) / (unsure - np.diag(explained))
    return found


@given(st.integers(1, 6), st.integers(1, 7), st.integers(1, 4), st.integers(0, 10**6))
def test_the_closed_form_equals_brute_force_over_all_pairs(n_passes, m, n_labels, seed):
    passes = rng(seed).beta(0.5, 0.5, size=(n_passes, m, n_labels))
    assert reductions(passes) == pytest.approx(by_bayes(passes), abs=1e-9)


def test_the_closed_form_equals_the_sum_of_squared_covariances():
    passes = rng().uniform(size=(5, 30, 1))
    means = passes[:, :, 0].mean(axis=0)
    covariances = np.cov(passes[:, :, 0], rowvar=False, bias=True)
    expected = (covariances**2).sum(axis=1) / (means * (1 - means))
    assert reductions(passes) == pytest.approx(expected, abs=1e-12)


def test_two_members_at_odds_about_two_texts_are_told_apart_by_either_answer():
    passes = np.array([[[1.0], [1.0]], [[0.0], [0.0]]])  # each text's squared error is 1/4 before and 0 after
    assert reductions(passes) == pytest.approx([0.5, 0.5])


def test_a_label_of_which_all_are_sure_counts_nothing():
    passes = rng().uniform(size=(4, 6, 3))
    passes[:, :, 1] = 1.0
    passes[:, :, 2] = 0.0
    assert reductions(passes) == pytest.approx(reductions(passes[:, :, :1]))


def test_the_gains_do_not_depend_on_the_blocks():
    passes = rng().uniform(size=(3, 23, 4))
    for size in (1, 50, 10**9):
        assert reductions(passes, size=size) == pytest.approx(reductions(passes), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_passes_of_fewer_digits_give_the_gains_of_the_same_numbers(dtype):
    passes = rng().beta(0.3, 3, size=(8, 200, 10)).astype(dtype)
    assert reductions(passes) == pytest.approx(reductions(passes.astype(np.float64)), rel=1e-4)


def test_the_first_text_is_the_best_of_brute_force_also_from_a_shortlist():
    for seed in range(20):
        passes = rng(seed).beta(0.5, 2, size=(4, 40, 3))
        best = int(by_bayes(passes).argmax())
        assert (
            chosen(passes, 1)
            == chosen(passes, 1, shortlist=1)
            == chosen(passes, 5, shortlist=7)[:1]
            == [best]
        )


def test_gains_after_some_answers_equal_those_of_conditional_covariances():
    passes = rng(3).beta(0.5, 1, size=(6, 25, 4))
    outlook = Outlook.before(moments_of(passes), scatter_of(of_passes(passes)))
    for known in ([], [7], [7, 2], [7, 2, 19]):
        if known:
            outlook.count_in(known[-1])
        others = np.setdiff1d(np.arange(25), known)
        assert outlook.gains()[others] == pytest.approx(by_conditioning(passes, known)[others], rel=1e-9)


def test_the_batch_takes_at_each_turn_what_conditional_covariances_say():
    passes = rng(4).beta(0.5, 1, size=(6, 25, 4))
    known = []
    for _ in range(8):
        gains = by_conditioning(passes, known)
        gains[known] = -np.inf
        known.append(int(gains.argmax()))
    assert chosen(passes, 8) == known


def test_the_linear_form_never_promises_more_than_two_answers_hold():
    """Over the four answers of two texts, weighed by what the committee expects of them."""
    for seed in range(50):
        passes = rng(seed).beta(0.4, 0.6, size=(4, 5, 1))
        p, before = passes[:, :, 0], passes[:, :, 0].mean(axis=0)
        exact = 0.0
        for first in (p[:, 0], 1 - p[:, 0]):
            for second in (p[:, 1], 1 - p[:, 1]):
                likelihood = first * second
                after = likelihood @ p / likelihood.sum()
                exact += likelihood.mean() * ((after - before) ** 2).sum()
        promised = by_conditioning(passes, [])[0] + by_conditioning(passes, [0])[1]
        assert promised <= exact + 1e-12


def test_the_same_text_is_not_asked_about_twice_where_another_one_tells_more():
    members = np.array([[0.95, 0.05, 0.5, 0.5], [0.5, 0.5, 0.94, 0.06]])  # two questions, for four members
    passes = np.repeat(members, 10, axis=0).T[:, :, None]
    for seed in range(10):
        first, second = chosen(passes, 2, seed=seed)
        assert {first // 10, second // 10} == {0, 1}


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_once_members_are_told_apart_for_certain_nothing_is_left_to_gain(dtype):
    passes = np.array([[[1.0, 0.5]] * 6, [[0.0, 0.5]] * 6], dtype=dtype)
    outlook = Outlook.before(moments_of(passes), scatter_of(of_passes(passes)))
    assert outlook.gains() == pytest.approx(np.full(6, 1.5))
    outlook.count_in(2)
    assert outlook.gains() == pytest.approx(np.zeros(6), abs=1e-6)
    assert sorted(take_in_turn(outlook, 6).tolist()) == list(range(6))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rounding_is_not_taken_for_a_variance_that_is_left(dtype):
    for seed in range(20):
        sure = rng(seed).integers(0, 2, size=(3 + seed % 8, 20, 3))
        passes = np.concatenate([sure, 0.2 + 0.6 * sure], axis=1).astype(dtype)
        outlook = Outlook.before(moments_of(passes), scatter_of(of_passes(passes)))
        before = outlook.gains().max()
        for text in range(20):  # answers that tell apart all members that can be told apart
            outlook.count_in(text)
        assert np.abs(outlook.gains()).max() < 1e-5 * before


def test_in_fewer_digits_a_long_batch_is_about_as_good():
    passes = rng(5).beta(0.3, 2, size=(8, 300, 12))
    exact = Outlook.before(moments_of(passes), scatter_of(of_passes(passes)))
    rough = Outlook.before(moments_of(passes.astype(np.float32)), scatter_of(of_passes(passes)))
    for text in range(60):
        exact.count_in(text)
        rough.count_in(text)
    assert rough.gains()[60:] == pytest.approx(exact.gains()[60:], rel=1e-3)


def test_a_shortlist_changes_what_is_taken_from_but_not_what_is_predicted():
    passes = rng(6).beta(0.5, 2, size=(5, 60, 3))
    listed = set(np.argsort(-by_bayes(passes))[:10].tolist())
    found = chosen(passes, 6, shortlist=10)
    assert set(found) <= listed
    gains = by_conditioning(passes, found[:1])
    rest = sorted(listed - {found[0]})
    assert found[1] == rest[int(gains[rest].argmax())]


def test_a_shortlist_as_long_as_the_pool_or_longer_changes_nothing():
    passes = rng(7).uniform(size=(5, 30, 3))
    assert chosen(passes, 10, shortlist=30) == chosen(passes, 10, shortlist=10**6)


def test_a_shortlist_shorter_than_the_batch_is_as_long_as_the_batch():
    passes = rng(7).uniform(size=(5, 30, 3))
    assert set(chosen(passes, 6, shortlist=2)) == set(np.argsort(-by_bayes(passes))[:6].tolist())


def test_of_alike_texts_each_comes_on_the_shortlist_at_some_draw():
    passes = np.repeat(rng(8).uniform(size=(7, 1, 3)).astype(np.float32), 50, axis=1)
    assert {chosen(passes, 1, seed=seed, shortlist=1)[0] for seed in range(600)} == set(range(50))


def test_an_empty_shortlist_is_refused():
    with pytest.raises(SettingsError, match="shortlist"):
        strategy("expected_loss_reduction", shortlist=0)


def test_memory_follows_the_block_and_the_shortlist_not_the_pool():
    passes = np.broadcast_to(rng().uniform(size=(4, 1000, 10)).astype(np.float16), (40, 4, 1000, 10))
    passes = passes.transpose(1, 0, 2, 3).reshape(4, 40_000, 10)
    candidates = of_passes(passes)
    tracemalloc.start()
    strategy("expected_loss_reduction", shortlist=100).choose(candidates, 5, rng())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * 4 * 2**19 + 10 * 8 * 40_000  # five temporaries of a block, and scores
