"""The Beta family of scores, against quadrature and its two named members; and the batch made with it."""

import numpy as np
import pytest
from scipy.integrate import quad

from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_passes.beta_family import BetaScore
from text_al.strategies.from_passes.beta_score import expected_gains
from text_al.strategies.from_passes.moments import moments_of
from text_al.types import Candidates

SETTINGS = [(0.1, 1), (1, 0.1), (1, 1), (0, 0), (0, 1), (1, 0), (1e-6, 1e-6), (0.5, 0.5), (2, 3), (0.3, 10)]


def of_passes(passes):
    passes = np.asarray(passes)
    m, n_labels = passes.shape[1:]
    shape = (m, n_labels)
    return Candidates(
        np.arange(m), np.zeros(shape), np.full(shape, 0.5), np.full(n_labels, 0.5), passes=passes
    )


def rng(seed=0):
    return np.random.default_rng(seed)


def gains(passes, alpha, beta, **settings):
    """(M, M) with every text as a reference."""
    seen = moments_of(passes, np.dtype(np.float64))
    return expected_gains(of_passes(passes), seen, BetaScore(alpha, beta), **settings)


def divergence(q, p, alpha, beta):
    """The loss from predicting p where q holds, by quadrature of its definition."""
    return quad(lambda u: (q - u) * u ** (alpha - 1) * (1 - u) ** (beta - 1), p, q, epsabs=1e-12)[0]


def by_definition(passes, of_pair):
    """(M, M) sum over labels and answers of P(y) D(q_j|y, pbar_j), with members weighed by the answer."""
    _, m, n_labels = passes.shape
    found = np.zeros((m, m))
    for i, j, label in np.ndindex(m, m, n_labels):
        own, other = passes[:, i, label], passes[:, j, label]
        for likelihood in (own, 1 - own):
            if likelihood.sum() > 0:
                after = likelihood @ other / likelihood.sum()
                found[i, j] += likelihood.mean() * of_pair(after, other.mean())
    return found


@pytest.mark.parametrize(("alpha", "beta"), SETTINGS)
def test_phi_has_the_divergences_of_quadrature(alpha, beta):
    u = np.array([1e-6, 0.01, 0.2, 0.49, 0.5, 0.51, 0.8, 0.99, 1 - 1e-6])
    phi = BetaScore(alpha, beta).phi(u)
    for i, low in enumerate(u):  # between three points phi bends by D(middle's neighbours, middle)
        for k in range(i + 2, len(u)):
            middle = u[i + 1]
            share = (u[k] - middle) / (u[k] - low)
            bend = share * phi[i] + (1 - share) * phi[k] - phi[i + 1]
            expected = share * divergence(low, middle, alpha, beta)
            expected += (1 - share) * divergence(u[k], middle, alpha, beta)
            assert bend == pytest.approx(expected, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize(("alpha", "beta"), SETTINGS)
def test_gains_equal_their_definition_by_quadrature(alpha, beta):
    passes = rng(1).beta(0.7, 1.5, size=(3, 4, 2))
    expected = by_definition(passes, lambda q, p: divergence(q, p, alpha, beta))
    assert gains(passes, alpha, beta) == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_alpha_and_beta_of_one_give_half_the_brier_score():
    passes = rng(2).uniform(size=(4, 6, 3))
    expected = by_definition(passes, lambda q, p: (q - p) ** 2 / 2)
    assert gains(passes, 1, 1) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("near", [0, 1e-9, 1e-5])
def test_alpha_and_beta_of_zero_and_near_it_give_the_log_score(near):
    passes = rng(3).uniform(size=(4, 6, 3))
    expected = by_definition(passes, lambda q, p: q * np.log(q / p) + (1 - q) * np.log((1 - q) / (1 - p)))
    assert gains(passes, near, near) == pytest.approx(expected, rel=1e-3 if near else 1e-6)


def test_swapping_alpha_and_beta_swaps_yes_and_no():
    passes = rng(4).uniform(size=(4, 6, 3))
    assert gains(passes, 0.1, 0.7) == pytest.approx(gains(1 - passes, 0.7, 0.1), rel=1e-6)


@pytest.mark.parametrize(("alpha", "beta"), [(0, 0), (0.1, 1), (3, 0.5)])
def test_gains_are_finite_and_right_where_members_are_wholly_sure(alpha, beta):
    passes = np.array([[[1.0], [1.0], [0.0]], [[0.0], [0.5], [0.0]]])
    found = gains(passes, alpha, beta)
    phi = BetaScore(alpha, beta).phi(np.array([1.0, 0.5, 0.75]))
    assert found[0, 1] == pytest.approx(phi[:2].mean() - phi[2], rel=1e-6)
    assert found[:, 2].tolist() == [0, 0, 0]


def test_where_members_agree_the_gain_is_exactly_nothing():
    passes = np.repeat(rng(5).uniform(size=(1, 9, 3)), 5, axis=0)
    assert not gains(passes, 0.1, 1).any()


def test_the_gains_do_not_depend_on_the_blocks():
    passes = rng(6).uniform(size=(3, 23, 2))
    for size in (1, 50, 10**9):
        assert gains(passes, 0.3, 0.4, size=size) == pytest.approx(gains(passes, 0.3, 0.4), rel=1e-6)


def test_texts_below_the_top_share_are_not_taken_unless_more_are_asked_for():
    passes = rng(7).uniform(size=(4, 40, 2))
    top = set(np.argsort(-gains(passes, 0.1, 1).sum(axis=1))[:10].tolist())
    for seed in range(10):
        few = strategy("beta_score", top_share=0.25).choose(of_passes(passes), 5, rng(seed))
        assert set(few.rows.tolist()) <= top
    many = strategy("beta_score", top_share=0.25).choose(of_passes(passes), 10, rng())
    assert set(many.rows.tolist()) == top
    assert len(strategy("beta_score", top_share=0.25).choose(of_passes(passes), 11, rng())) == 11


def test_texts_come_by_their_summed_gain_the_highest_first():
    passes = rng(8).uniform(size=(4, 30, 2))
    sums = gains(passes, 0.1, 1).sum(axis=1)
    rows = strategy("beta_score").choose(of_passes(passes), 6, rng()).rows
    assert sums[rows].tolist() == sorted(sums[rows].tolist(), reverse=True)


def test_each_group_of_texts_that_help_the_same_others_gives_one():
    groups = np.array([0.0, 1.0])[
        (np.arange(8)[:, None] >> np.arange(3)) & 1
    ].T  # three independent questions
    passes = (0.1 + 0.8 * np.repeat(groups, 10, axis=0)).T[:, :, None]
    for seed in range(5):
        chosen = strategy("beta_score", top_share=1).choose(of_passes(passes), 3, rng(seed))
        assert sorted((chosen.rows // 10).tolist()) == [0, 1, 2]


def test_texts_that_help_the_same_others_more_or_less_count_as_one_group():
    questions = np.array([-1.0, 1.0])[(np.arange(8)[:, None] >> np.arange(3)) & 1]
    strengths = np.repeat([0.4, 0.05, 0.05], 10) * rng().uniform(0.3, 1, size=30)
    passes = (0.5 + np.repeat(questions, 10, axis=1) * strengths)[:, :, None]
    for seed in range(
        5
    ):  # with the Brier score gains are squared covariances, so that their shapes are equal
        chosen = strategy("beta_score", alpha=1, beta=1, top_share=1).choose(of_passes(passes), 3, rng(seed))
        assert sorted((chosen.rows // 10).tolist()) == [0, 1, 2]


def test_alike_texts_give_as_many_different_rows_as_asked():
    passes = np.repeat(rng().uniform(size=(4, 1, 2)), 30, axis=1)
    assert len(set(strategy("beta_score").choose(of_passes(passes), 9, rng()).rows.tolist())) == 9


def test_large_pools_use_mini_batches_and_keep_the_contract(monkeypatch):
    monkeypatch.setattr("text_al.strategies.from_passes.beta_score._MANY", 10)
    passes = rng(9).uniform(size=(4, 60, 2))
    first, second = (strategy("beta_score").choose(of_passes(passes), 8, rng()).rows for _ in range(2))
    assert len(set(first.tolist())) == 8
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize(
    "settings", [{"alpha": -0.1}, {"beta": 11}, {"references": 0}, {"top_share": 0}, {"top_share": 1.1}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(SettingsError, match=next(iter(settings))):
        strategy("beta_score", **settings)
