"""The adaptive mixture: exact refits, its parts' own orders, and an independent account of the method."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_probs.adaptive import adaptive, approximate_error, filled_signs, fit_head
from text_al.testing import check_strategy
from text_al.types import Candidates, Labelled


def rng(seed=0):
    return np.random.default_rng(seed)


def simulated(seed, m=12, n=15, n_labels=4, width=5, unknown=0.0):
    """Texts each of which has its own gap."""
    draw = rng(seed)
    logits = draw.normal(size=(m, n_labels))
    targets = (draw.uniform(size=(n, n_labels)) < 0.4).astype(np.int8)
    targets[draw.uniform(size=targets.shape) < unknown] = -1
    labelled = Labelled(np.arange(n), targets, embeddings=draw.normal(size=(n, width)))
    return Candidates(
        np.arange(m), logits, 1 / (1 + np.exp(-logits)), np.full(n_labels, 0.5),
        embeddings=draw.normal(size=(m, width)), labelled=labelled,
    )  # fmt: skip


def unit(x):
    return np.c_[x / np.linalg.norm(x, axis=1, keepdims=True), np.ones(len(x))]


def full_fit(x, y, ridge):
    """Ridge regression as least squares with extra rows."""
    width = x.shape[1]
    padded = np.r_[x, np.sqrt(ridge) * np.eye(width)]
    return np.linalg.lstsq(padded, np.r_[y, np.zeros((width, y.shape[1]))], rcond=None)[0]


def account(candidates, betas, ridge, n):
    """The method as told in words: propose by each share, refit in full for each, take the least error.

    The error of a text is how far the least sure predicted label is below +1, plus how far the least sure
    other label is above -1, summed over the whole pool.
    """
    z, predicted = candidates.logits, 2.0 * (candidates.probs >= 0.5) - 1
    gaps = [min(row[row > 0]) - max(row[row <= 0]) if len(set(row > 0)) == 2 else np.inf for row in z]
    u = 1 / np.array(gaps)
    c = np.abs((predicted > 0).sum(axis=1) - candidates.labelled.targets.mean(axis=0).sum())
    x, pool = unit(candidates.labelled.embeddings), unit(candidates.embeddings)
    y, left, taken = 2.0 * candidates.labelled.targets - 1, list(range(len(pool))), []
    for _ in range(n):
        proposed = {max(left, key=lambda i, b=b: u[i] ** b * c[i] ** (1 - b)) for b in betas}
        errors = {}
        for i in proposed:
            outputs = pool @ full_fit(np.r_[x, pool[[i]]], np.r_[y, predicted[[i]]], ridge)
            errors[i] = 0
            for f in outputs:
                errors[i] += max([0, *(1 - v for v in f if v >= 0)])
                errors[i] += max([0, *(1 + v for v in f if v <= 0)])
        best = min(errors, key=errors.get)
        taken.append(best)
        left.remove(best)
        x, y = np.r_[x, pool[[best]]], np.r_[y, predicted[[best]]]
    return taken


def without_ties(candidates):
    """One candidate of each predicted number of labels, so that no two score alike."""
    counts = (candidates.probs >= 0.5).sum(axis=1)
    _, first = np.unique(counts, return_index=True)
    kept = {name: getattr(candidates, name)[first] for name in ("rows", "logits", "probs", "embeddings")}
    return replace(candidates, **kept)


def test_it_keeps_the_contract():
    check_strategy(adaptive)
    check_strategy(adaptive, betas=(0.5,), reference=2)


def test_a_head_updated_text_by_text_equals_one_fitted_in_full():
    draw = rng(1)
    x, y = draw.normal(size=(60, 20)) * 3, draw.choice([-1.0, 1.0], size=(60, 6))
    head = fit_head(x[:10], y[:10], ridge=0.5)
    for place in range(10, 60):
        head = head.updated(x[place], y[place])
    assert_allclose(head.weights, full_fit(x, y, 0.5), atol=1e-8)
    assert_allclose(head.inverse, np.linalg.inv(x.T @ x + 0.5 * np.eye(20)), atol=1e-8)


def test_the_outputs_move_as_after_a_full_refit():
    draw = rng(2)
    x, y, pool = draw.normal(size=(8, 20)), draw.choice([-1.0, 1.0], size=(8, 3)), draw.normal(size=(30, 20))
    head = fit_head(x[:-1], y[:-1], ridge=2.0)
    shifted = pool @ head.weights + head.shifts(pool, x[-1], y[-1])
    assert_allclose(shifted, pool @ full_fit(x, y, 2.0), atol=1e-8)


def test_a_head_that_learned_from_nothing_says_nothing():
    head = fit_head(np.empty((0, 3)), np.empty((0, 2)), ridge=4.0)
    assert not head.weights.any()
    assert_allclose(head.inverse, np.eye(3) / 4)


def test_the_error_has_these_known_answers():
    assert approximate_error(np.array([[0.9, 0.2, -0.7, -0.1]])) == pytest.approx(0.8 + 0.9)
    assert approximate_error(np.array([[0.5, 0.75]])) == pytest.approx(0.5)
    assert approximate_error(np.array([[-0.5, -0.75]])) == pytest.approx(0.5)
    assert approximate_error(np.array([[-1.5, -2.0]])) == 0
    assert approximate_error(np.array([[1.5, -0.75]])) == pytest.approx(0.25)
    assert approximate_error(np.array([[1.0, -1.0], [0.0, 0.0]])) == pytest.approx(2)


PARTS = [
    (1, strategy("max_margin_uncertainty", one_sided="boundary")),
    (0, strategy("label_cardinality_inconsistency")),
]


@pytest.mark.parametrize(("beta", "part"), PARTS, ids=lambda value: getattr(value, "name", str(value)))
def test_with_one_share_texts_come_in_the_order_of_that_part_alone(beta, part):
    candidates = simulated(3, m=40)
    scores = part.scores(candidates)
    chosen = strategy("adaptive", betas=[beta]).choose(candidates, 30, rng())
    assert scores[chosen.rows].tolist() == sorted(scores.tolist(), reverse=True)[:30]


@pytest.mark.parametrize(("one_sided", "distinct"), [("boundary", 1), ("first", 6), ("last", 6)])
def test_where_no_label_is_predicted_only_the_boundary_tells_texts_apart(one_sided, distinct):
    candidates = simulated(9, m=6)
    logits = -np.abs(candidates.logits)
    candidates = replace(candidates, logits=logits, probs=1 / (1 + np.exp(-logits)))
    chooser = strategy("adaptive", betas=[1.0], one_sided=one_sided)
    firsts = {int(chooser.choose(candidates, 1, rng(seed)).rows[0]) for seed in range(60)}
    assert len(firsts) == distinct
    assert int(logits.max(axis=1).argmax()) in firsts


def test_at_share_0_a_text_with_no_gap_counts_by_its_cardinality_alone():
    candidates = simulated(4)
    logits = candidates.logits.copy()
    logits[5] = 1.0  # all labels: the largest count, and on one side only
    candidates = replace(candidates, logits=logits, probs=1 / (1 + np.exp(-logits)))
    assert strategy("adaptive", betas=[0.0]).choose(candidates, 1, rng()).rows.tolist() == [5]


@pytest.mark.parametrize("seed", range(12))
def test_it_takes_what_an_independent_account_of_the_method_takes(seed):
    candidates = without_ties(simulated(seed, m=60, n_labels=7))
    n = len(candidates) - 3
    betas = (0.2, 0.5, 0.8, 1.0)
    chosen = strategy("adaptive", betas=betas, ridge=0.3, one_sided="last").choose(candidates, n, rng(seed))
    places = [candidates.rows.tolist().index(row) for row in chosen.rows.tolist()]
    assert places == account(candidates, betas, 0.3, n)


def test_the_account_is_no_order_of_one_score_so_that_agreeing_with_it_says_something():
    betas = (0.2, 0.5, 0.8, 1.0)
    mixed = [account(without_ties(simulated(seed, m=60, n_labels=7)), betas, 0.3, 1) for seed in range(12)]
    for share in betas:
        one = [
            account(without_ties(simulated(seed, m=60, n_labels=7)), (share,), 0.3, 1) for seed in range(12)
        ]
        assert one != mixed


def test_targets_that_are_not_known_are_set_to_their_labels_mean():
    targets = np.array([[1, 0, -1], [1, -1, -1], [0, -1, -1], [-1, 1, -1]], dtype=np.int8)
    expected = [[1, -1, 0], [1, 0, 0], [-1, 0, 0], [1 / 3, 1, 0]]
    assert_allclose(filled_signs(targets), expected)
    assert filled_signs(targets[:0]).shape == (0, 3)


def test_targets_that_are_not_known_are_taken_neither_as_yes_nor_as_no():
    candidates = simulated(5, m=30, unknown=0.4)
    targets = candidates.labelled.targets
    assert (targets == -1).any()
    chosen = strategy("adaptive").choose(candidates, 10, rng())
    yes, no = (
        replace(candidates, labelled=replace(candidates.labelled, targets=np.where(targets < 0, v, targets)))
        for v in (np.int8(1), np.int8(0))
    )
    others = [strategy("adaptive").choose(c, 10, rng()).rows.tolist() for c in (yes, no)]
    assert chosen.rows.tolist() not in others


def test_a_text_is_not_moved_by_the_length_of_its_embedding():
    candidates = simulated(6, m=30)
    lengths = rng(7).uniform(0.1, 10, size=(30, 1))
    stretched = replace(candidates, embeddings=candidates.embeddings * lengths)
    first, second = (strategy("adaptive").choose(c, 8, rng()).rows.tolist() for c in (candidates, stretched))
    assert first == second


def test_an_embedding_of_zeros_is_no_trouble():
    candidates = simulated(8)
    zeros = replace(candidates, embeddings=np.zeros_like(candidates.embeddings))
    assert len(strategy("adaptive").choose(zeros, 5, rng()).rows) == 5


def test_settings_out_of_range_are_refused():
    for bad in ({"betas": []}, {"betas": [1.1]}, {"ridge": 0}, {"reference": 0}):
        with pytest.raises(SettingsError, match=next(iter(bad))):
            strategy("adaptive", **bad)
