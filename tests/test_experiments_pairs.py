"""Paired tests: against scipy, against all flips of signs tried one by one, and against cases by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from text_al.experiments.pairs import compare_pairs, holm, smallest_p
from text_al.experiments.resampling import wider_level


def by_all_flips(differences):
    """The two-sided p of the signed-rank sum by its definition: zeros dropped, ties sharing a mean rank."""
    kept = np.array([item for item in differences if item != 0])
    if not len(kept):
        return 1.0
    ranks = rankdata(np.abs(kept))
    middle = ranks.sum() / 2
    seen = abs(ranks[kept > 0].sum() - middle)
    sums = [np.dot(ranks, flips) for flips in product((0, 1), repeat=len(kept))]
    return float(np.mean([abs(item - middle) >= seen - 1e-9 for item in sums]))


def test_a_case_by_hand():
    # ranks of |d|: 1 2 3 4 5 6; the negative one has rank 2, so W = 2. Sums of ranks of 2 or less are made by
    # {}, {1}, {2}: 3 of 64 flips, and as many on the other side: p = 6 / 64.
    found = compare_pairs(np.array([1.0, -2.0, 3.0, 4.0, 5.0, 6.0]), np.zeros(6))
    assert (found.n, found.statistic, found.p) == (6, 2.0, 6 / 64)
    assert found.mean_difference == pytest.approx(17 / 6)


@given(st.integers(2, 40), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_without_ties_it_is_scipys_exact_test(n, seed):
    a, b = np.random.default_rng(seed).normal(size=(2, n))
    expected = wilcoxon(a, b, method="exact")
    found = compare_pairs(a, b, resamples=10)
    assert (found.statistic, found.p) == (pytest.approx(expected.statistic), pytest.approx(expected.pvalue))


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_with_ties_and_zeros_all_flips_of_signs_are_counted(differences):
    found = compare_pairs(0.1 * np.array(differences), np.zeros(len(differences)), resamples=10)
    assert found.p == pytest.approx(by_all_flips(differences))


def test_differences_that_are_equal_but_for_rounding_are_tied():
    a, b = np.array([0.3, 0.2, 0.9, 0.7]), np.array([0.2, 0.1, 0.7, 0.8])
    assert len({*np.round(a - b, 17)}) == 4
    assert compare_pairs(a, b).p == pytest.approx(by_all_flips([1, 1, 2, -1]))


@pytest.mark.parametrize(("n", "least"), [(1, 1.0), (4, 0.125), (5, 0.0625), (6, 0.03125), (10, 2 / 1024)])
def test_the_smallest_p_is_reached_where_all_differences_have_one_sign(n, least):
    found = compare_pairs(np.arange(1.0, n + 1), np.zeros(n))
    assert found.p == found.can_reach == smallest_p(n) == least


def test_strategies_that_never_differ_have_p_1():
    found = compare_pairs(np.full(7, 0.4), np.full(7, 0.4))
    assert (found.p, found.mean_difference, found.interval) == (1.0, 0.0, (0.0, 0.0))


def test_what_moves_both_of_a_pair_changes_nothing():
    rng = np.random.default_rng(0)
    a, b, seeds = rng.normal(size=(3, 10))
    plain, moved = compare_pairs(a, b), compare_pairs(a + 100 * seeds, b + 100 * seeds)
    assert moved.p == plain.p
    assert moved.interval == pytest.approx(plain.interval)


def test_one_pair_has_no_interval():
    assert np.isnan(compare_pairs(np.array([1.0]), np.array([0.0])).interval).all()


@pytest.mark.parametrize(
    ("a", "b", "words"), [([1, 2], [1], "shapes"), ([], [], "shapes"), ([1, np.nan], [1, 2], "finite")]
)
def test_what_is_not_in_pairs_is_refused(a, b, words):
    with pytest.raises(ValueError, match=words):
        compare_pairs(np.array(a, dtype=float), np.array(b, dtype=float))


def test_holm_by_hand():
    # sorted .005 .01 .03 .04: 4 x .005, 3 x .01, 2 x .03, and 1 x .04 may not fall below the .06 before it
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.4, 0.5]) == pytest.approx((0.8, 0.8))
    assert holm([0.9, 0.6]) == (1.0, 1.0)
    assert holm([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_holm_rejects_what_going_down_the_list_rejects(p_values):
    rejected = set()
    for step, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[i] * (len(p_values) - step) >= 0.05:
            break
        rejected.add(i)
    assert {i for i, p in enumerate(holm(p_values)) if p < 0.05} == rejected


def test_few_seeds_ask_the_bootstrap_for_more():
    assert wider_level(10, 0.95) == pytest.approx(0.9829, abs=1e-4)
    assert wider_level(1000, 0.95) == pytest.approx(0.95, abs=1e-3)
