"""Where label names lie among the texts' vectors: as they are read, evened, and moved towards the pool."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.metrics import average_precision_score

from text_al.training.label_directions import NEAREST, ONE_IN, SHARE, carried_over, directions, phrases
from text_al.types import Label

L, D = 8, 48


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def planted(n, *, seed=0, astray=2.0):
    """Names that lie beside their texts, the texts, and which label each text has."""
    rng = np.random.default_rng(seed)
    true = unit(rng.normal(size=(L, D)))
    which = rng.integers(0, L, size=n)
    texts = unit(true[which] + unit(rng.normal(size=(n, D))))
    return unit(true + astray * unit(rng.normal(size=(L, D)))), texts, np.eye(L)[which]


def precision(targets, texts, found):
    return average_precision_score(targets, texts @ found.T, average="macro")


def test_names_are_read_with_blanks_and_with_what_else_is_said():
    label = Label("product_question-new", "asks what it does", ("does it float?", " "))
    assert phrases(label) == ["product question new", "asks what it does", "does it float?"]
    assert phrases(Label("_")) == []


def test_without_a_pool_a_label_lies_at_the_mean_of_what_is_said_of_it_less_what_all_share():
    vectors = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]])
    means = np.array([[0.5**0.5, 0.5**0.5, 0], [0, 0, 1]])
    for sample in (None, np.empty((0, 3)), vectors[:1]):
        found = directions(vectors, [0, 0, 1], 2, sample=sample)
        assert found == pytest.approx(means - means.mean(axis=0))


@pytest.mark.parametrize("seed", range(3))
def test_moved_towards_the_pools_texts_the_names_rank_new_texts_better(seed):
    names, texts, targets = planted(3000, seed=seed)
    plain = directions(names, range(L), L)
    moved = directions(names, range(L), L, sample=texts[:1500])
    assert (
        precision(targets[1500:], texts[1500:], moved) > precision(targets[1500:], texts[1500:], plain) + 0.05
    )


def test_names_that_lie_right_are_not_led_astray():
    names, texts, targets = planted(2000, astray=0.0)
    assert precision(targets, texts, directions(names, range(L), L, sample=texts)) > 0.99


def test_a_pool_too_small_to_move_towards_evens_the_axes_by_half_their_variance():
    names, texts, _ = planted(ONE_IN - 1)
    spread = texts * np.linspace(3, 0.1, D)
    centred = names - (names.sum(axis=0) + spread.mean(axis=0)) / (L + 1)
    covariance = np.cov(spread.T)
    kept = covariance + np.trace(covariance) / D * np.eye(D)
    evened = centred @ np.linalg.inv(sqrtm(kept).real)
    evened *= np.linalg.norm(centred, axis=1).mean() / np.linalg.norm(evened, axis=1).mean()
    assert directions(names, range(L), L, sample=spread) == pytest.approx(evened)


def test_a_label_goes_part_of_the_way_to_the_mean_of_its_nearest_texts():
    rng = np.random.default_rng(0)
    texts = unit(rng.normal(size=(ONE_IN * 2, 3)))  # two of a hundred are the nearest
    names = np.eye(3)[:1]
    mean, covariance = texts.mean(axis=0), np.cov(texts.T)
    centred = names - (names + mean) / 2
    usual = np.linalg.norm(centred)
    evened = centred @ np.linalg.inv(sqrtm(covariance + np.trace(covariance) / 3 * np.eye(3)).real)
    evened *= usual / np.linalg.norm(evened)
    nearest = texts[np.argsort(-(texts @ evened[0]))[:2]].mean(axis=0, keepdims=True)
    towards = nearest - (nearest + mean) / 2
    expected = (1 - SHARE) * evened + SHARE * towards * usual / np.linalg.norm(towards)
    assert NEAREST > 2
    assert directions(names, [0], 1, sample=texts) == pytest.approx(expected)


def test_what_all_names_have_in_common_tells_no_labels_apart():
    rng = np.random.default_rng(0)
    own = unit(rng.normal(size=(L, D)))
    names = unit(own + 5 * unit(rng.normal(size=(1, D))))
    _, texts, _ = planted(400)
    likeness = (
        unit(directions(names, range(L), L, sample=texts))
        @ unit(directions(names, range(L), L, sample=texts)).T
    )
    assert (names @ names.T).min() > 0.8
    assert likeness[~np.eye(L, dtype=bool)].mean() < 0.3


@pytest.mark.parametrize("n_labels", [1, 2])
@pytest.mark.parametrize("n_texts", [1, 2, 60, 2000])
def test_one_or_two_labels_have_a_direction_with_a_pool_of_any_size(n_labels, n_texts):
    names, texts, _ = planted(n_texts)
    found = directions(names[:n_labels], range(n_labels), n_labels, sample=texts)
    assert found.shape == (n_labels, D)
    assert np.isfinite(found).all()
    # Without a pool to compare with, one label has nothing that others have not.
    assert np.linalg.norm(found, axis=1).min() > 0.1 or (n_labels, n_texts) == (1, 1)


def test_texts_that_are_all_alike_leave_the_names_apart():
    alike = np.repeat(np.eye(4)[3:], 100, axis=0)
    found = directions(np.eye(4)[:3], range(3), 3, sample=alike)
    assert np.isfinite(found).all()
    assert np.argmax(found @ np.eye(4)[:3].T, axis=1).tolist() == [0, 1, 2]
    assert not carried_over(found, alike, alike).any()


def test_a_label_of_which_nothing_is_said_leaves_the_others_as_they_are_without_a_pool():
    vectors = np.eye(3)[:2]
    found = directions(vectors, [0, 2], 3)
    assert found[0] - found[2] == pytest.approx(vectors[0] - vectors[1])
    assert np.isfinite(found).all()


def test_directions_are_the_same_each_time_and_whatever_the_order_of_the_texts():
    names, texts, _ = planted(1500)
    first, again, turned = (
        directions(names, range(L), L, sample=sample) for sample in (texts, texts, texts[::-1])
    )
    assert np.array_equal(first, again)
    assert turned == pytest.approx(first)


def test_half_precision_is_as_good():
    names, texts, _ = planted(1500)
    half = directions(names, range(L), L, sample=texts.astype(np.float16))
    assert half == pytest.approx(directions(names, range(L), L, sample=texts), abs=0.02)


def test_carried_over_to_other_features_they_rank_texts_as_before():
    names, texts, targets = planted(1500)
    found = directions(names, range(L), L, sample=texts)
    rng = np.random.default_rng(1)
    other = unit(texts @ rng.normal(size=(D, 2 * D)))
    carried = carried_over(found, texts[:1000], other[:1000])
    assert carried.shape == (L, 2 * D)
    before, after = texts[1000:] @ found.T, other[1000:] @ carried.T
    for label in range(L):
        assert np.corrcoef(before[:, label], after[:, label])[0, 1] > 0.9
    assert np.linalg.norm(carried, axis=1).mean() == pytest.approx(np.linalg.norm(found, axis=1).mean())
    assert (
        precision(targets[1000:], other[1000:], carried)
        > precision(targets[1000:], texts[1000:], found) - 0.05
    )
