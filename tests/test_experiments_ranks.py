"""Ranks over data sets: against a published table, against scipy, and groups of a diagram by hand."""

import math

import numpy as np
import pytest
from scipy.stats import friedmanchisquare, ttest_rel

from text_al.experiments.curves import Curves
from text_al.experiments.penalties import penalties
from text_al.experiments.ranks import cliques, nemenyi, rank

# Demsar (2006), table 6: areas under the ROC curve of four trees on fourteen data sets. In the last but one
# he prints .975 twice and ranks the first of them higher.
PUBLISHED = """
.763 .768 .771 .798
.599 .591 .590 .569
.954 .971 .968 .967
.628 .661 .654 .657
.882 .888 .886 .898
.936 .931 .916 .931
.661 .668 .609 .685
.583 .583 .563 .625
.775 .838 .866 .875
1.00 1.00 1.00 1.00
.940 .962 .965 .962
.619 .666 .614 .669
.972 .981 .9751 .975
.957 .978 .946 .970
"""
TREES = ("plain", "m", "cf", "m+cf")


def published():
    return np.array([[float(item) for item in line.split()] for line in PUBLISHED.split("\n") if line])


def test_mean_ranks_and_critical_difference_are_the_published_ones():
    found = rank(published(), TREES)
    np.testing.assert_allclose(found.mean_ranks, [3.143, 2.000, 2.893, 1.964], atol=5e-4)
    assert found.critical_difference == pytest.approx(1.25, abs=0.005)
    assert found.groups == (("m+cf", "m", "cf", "plain"),)
    assert found.n_blocks == 14


def test_the_test_is_scipys_and_kendalls_w_follows_from_it():
    found, expected = rank(published(), TREES), friedmanchisquare(*published().T)
    assert (found.statistic, found.p) == (pytest.approx(expected.statistic), pytest.approx(expected.pvalue))
    assert found.agreement == pytest.approx(found.statistic / (14 * 3))


def test_data_sets_that_agree_wholly_give_w_1():
    assert rank(np.tile([0.3, 0.2, 0.1], (5, 1)), ("a", "b", "c")).agreement == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("k", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (8, 3.031), (10, 3.164)]
)
def test_nemenyis_constants_are_those_of_the_table(k, q):
    assert nemenyi(k, 6) == pytest.approx(q * math.sqrt(k * (k + 1) / 36), rel=5e-4)


def test_the_best_has_rank_1_whichever_way_the_metric_goes():
    scores = np.array([[0.1, 0.2, 0.3], [0.1, 0.2, 0.3]])
    assert rank(scores, ("a", "b", "c")).mean_ranks.tolist() == [3, 2, 1]
    assert rank(scores, ("a", "b", "c"), lower_is_better=True).mean_ranks.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("scores", "problem"),
    [
        (np.array([[0.1, 0.2, 0.3]]), "there is 1 data set"),
        (np.array([[0.1, 0.2], [0.1, 0.3]]), "there are 2 strategies"),
        (np.full((3, 3), 0.5), "all strategies are equal"),
    ],
)
def test_where_there_can_be_no_test_it_says_why(scores, problem):
    found = rank(scores, tuple("abc"[: scores.shape[1]]))
    assert found.problem.startswith(problem)
    assert math.isnan(found.p)
    assert found.groups == ()


def test_few_data_sets_cannot_separate_many_strategies():
    scores = np.arange(8.0)
    assert not rank(np.tile(scores, (2, 1)), tuple("abcdefgh")).can_separate
    assert rank(np.tile(scores, (4, 1)), tuple("abcdefgh")).can_separate


@pytest.mark.parametrize(
    ("mean_ranks", "distance", "groups"),
    [
        ([1.0, 2.0, 3.0], 1.0, ((0, 1), (1, 2))),  # just as far apart as that is not further
        ([1.0, 2.0, 3.0], 0.9, ()),
        ([1.0, 2.0, 3.0], 2.5, ((0, 1, 2),)),
        ([3.0, 1.2, 1.0, 2.9], 0.5, ((2, 1), (3, 0))),
        ([1.0, 1.4, 1.9, 2.3, 4.0], 1.0, ((0, 1, 2), (1, 2, 3))),
    ],
)
def test_groups_tie_neighbours_that_are_not_told_apart(mean_ranks, distance, groups):
    assert cliques(np.array(mean_ranks), distance) == groups


def curves_of(values):
    return Curves(np.arange(100.0, 100.0 * (values.shape[1] + 1), 100.0), values, np.arange(len(values)))


def test_a_penalty_is_the_share_of_budgets_at_which_a_paired_t_test_says_so():
    rng = np.random.default_rng(0)
    settings = [
        {name: curves_of(gain + rng.normal(size=(6, 8))) for name, gain in (("a", 0.0), ("b", 1.5))}
        for _ in range(3)
    ]
    found = penalties(settings, ["a", "b"])
    sides = [(setting["a"].values, setting["b"].values) for setting in settings]
    expected = sum(
        float(((ttest_rel(b, a).pvalue < 0.05) & (b.mean(0) > a.mean(0))).mean()) for a, b in sides
    )
    assert found.wins[1, 0] == pytest.approx(expected)
    assert 0 < expected < 3
    assert found.wins[0, 1] == 0
    assert found.beaten.tolist() == [found.wins[1, 0], found.wins[0, 1]]
    assert found.n_settings == 3


def test_penalties_turn_around_where_the_metric_falls():
    rng = np.random.default_rng(0)
    setting = {"a": curves_of(rng.normal(size=(5, 4))), "b": curves_of(3 + rng.normal(size=(5, 4)))}
    up, down = (penalties([setting], ["a", "b"], lower_is_better=side).wins for side in (False, True))
    np.testing.assert_array_equal(up, down.T)


def test_what_never_differs_beats_nothing_and_one_seed_proves_nothing():
    same = curves_of(np.ones((5, 4)))
    assert not penalties([{"a": same, "b": same}], ["a", "b"]).wins.any()
    ahead = {"a": curves_of(np.ones((1, 4))), "b": curves_of(np.zeros((1, 4)))}
    assert not penalties([ahead], ["a", "b"]).wins.any()


def test_a_strategy_that_did_not_run_somewhere_wins_and_loses_nothing_there():
    found = penalties([{"a": curves_of(np.ones((5, 4)))}], ["a", "b"])
    assert not found.wins.any()
