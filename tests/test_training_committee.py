"""A committee is what fitting each head alone would be, and disagrees where labels are few."""

import numpy as np
import pytest
from scipy import sparse

from text_al.metrics import sigmoid
from text_al.training.committee import Committee
from text_al.training.first_head import committee_on
from text_al.training.lesson import Lesson
from text_al.training.linear_head import fit_linear_head


def problem(n=50, width=6, n_labels=3, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, width))
    signal = features @ rng.normal(size=(width, n_labels)) + rng.normal(size=(n, n_labels))
    targets = (signal > 0.5).astype(np.int8)
    targets[rng.random(targets.shape) < 0.1] = -1
    return features, targets


def fitted(features, targets, *, seed=0, n_heads=4, **settings):
    return Committee.fit(
        features, targets, n_heads=n_heads, c=2.0, rng=np.random.default_rng(seed), **settings
    )


@pytest.mark.parametrize("as_given", [np.asarray, sparse.csr_matrix], ids=lambda f: f.__name__)
@pytest.mark.parametrize("width", [6, 80])
def test_each_head_is_fitted_on_its_own_draw_of_texts(as_given, width):
    features, targets = problem(width=width)
    elsewhere = np.random.default_rng(9).normal(size=(20, width))
    found = fitted(as_given(features), targets).probs(as_given(elsewhere))
    draws = np.random.default_rng(0).multinomial(50, np.full(50, 1 / 50), size=4)
    assert draws.sum(axis=1).tolist() == [50] * 4
    for passed, times in zip(found, draws, strict=True):
        rows = np.repeat(np.arange(50), times)
        alone = fit_linear_head(features[rows], targets[rows], c=2.0)
        assert passed == pytest.approx(sigmoid(alone.logits(elsewhere)), abs=1e-3)


@pytest.mark.parametrize("shape", [(50,), (50, 3)])
def test_weights_count_in_every_draw(shape):
    features, targets = problem()
    weights = np.random.default_rng(2).exponential(size=shape)
    found = fitted(features, targets, weights=weights).probs(features)
    draws = np.random.default_rng(0).multinomial(50, np.full(50, 1 / 50), size=4)
    for passed, times in zip(found, draws, strict=True):
        each = (times * weights.T).T
        alone = fit_linear_head(features, targets, c=2.0, weights=each)
        assert passed == pytest.approx(sigmoid(alone.logits(features)), abs=1e-3)


def test_probabilities_are_heads_by_texts_by_labels():
    features, targets = problem()
    found = fitted(features, targets).probs(features[:7])
    assert found.shape == (4, 7, 3)
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    assert fitted(features, targets).probs(features[:0]).shape == (4, 0, 3)


def test_the_same_generator_makes_the_same_committee_and_another_another():
    features, targets = problem()
    one, same, other = (fitted(features, targets, seed=seed).probs(features) for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert np.abs(one - other).max() > 0.01


def test_heads_on_trained_vectors_draw_anew_in_each_round_and_alike_when_it_is_done_again():
    vectors, targets = problem()
    one, again, next_round, other_seed = (
        committee_on(
            vectors, Lesson(np.arange(50), targets, round_number), n_heads=4, seed=seed
        ).heads.weights
        for round_number, seed in ((1, 0), (1, 0), (2, 0), (1, 1))
    )
    assert np.array_equal(one, again)
    for other in (next_round, other_seed):
        assert np.abs(one - other).max() > 0.01


def test_heads_disagree_more_where_fewer_texts_are_labelled():
    features, targets = problem(n=2000)
    few, many = (fitted(features[:n], targets[:n], n_heads=8).probs(features) for n in (40, 2000))
    assert few.std(axis=0).mean() > 3 * many.std(axis=0).mean()


def test_a_draw_without_a_labels_only_positive_has_its_rate():
    features, targets = problem(n_labels=1)
    targets[:], targets[0] = 0, 1
    found = fitted(features, targets, n_heads=16)
    draws = np.random.default_rng(0).multinomial(50, np.full(50, 1 / 50), size=16)
    without = draws[:, 0] == 0
    assert 0 < without.sum() < 16
    assert found.heads.bias[without] == pytest.approx(np.log(0.5 / 50.5))
    assert (found.heads.weights[without] == 0).all()
    assert (found.heads.weights[~without] != 0).any(axis=1).all()
