"""EPIG over labels: against the information of four cells, and against the expected gain in log score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_passes.epig import mutual_informations
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


def informations(passes, targets=None, **settings):
    seen = moments_of(passes if targets is None else passes[:, targets])
    return mutual_informations(of_passes(passes), seen, **settings)


def over_pairs(passes, of_pair):
    """(M,) the sum over labels, and mean over targets, of a function of two texts' members (T,)."""
    _, m, n_labels = passes.shape
    return [
        sum(of_pair(passes[:, i, label], passes[:, j, label]) for j in range(m) for label in range(n_labels))
        / m
        for i in range(m)
    ]


def four_cells(own, other):
    """The mutual information of two answers, from their joint probabilities."""
    found = 0.0
    for mine in (own, 1 - own):
        for theirs in (other, 1 - other):
            joint = (mine * theirs).mean()
            if joint > 0:
                found += joint * np.log(joint / (mine.mean() * theirs.mean()))
    return found


def log_score_gain(own, other):
    """By how much an answer improves the expected log score of another text's prediction."""

    def entropy(p):
        return -sum(q * np.log(q) for q in (p, 1 - p) if q > 0)

    found = entropy(other.mean())
    for likelihood in (own, 1 - own):
        if likelihood.sum() > 0:
            found -= likelihood.mean() * entropy(likelihood @ other / likelihood.sum())
    return found


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.integers(0, 10**6))
def test_epig_equals_the_information_of_four_cells(n_passes, m, n_labels, seed):
    passes = rng(seed).beta(0.5, 0.5, size=(n_passes, m, n_labels))
    assert informations(passes) == pytest.approx(over_pairs(passes, four_cells), abs=1e-9)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.integers(0, 10**6))
def test_epig_equals_the_expected_gain_in_log_score(n_passes, m, n_labels, seed):
    passes = rng(seed).beta(0.5, 0.5, size=(n_passes, m, n_labels))
    assert informations(passes) == pytest.approx(over_pairs(passes, log_score_gain), abs=1e-9)


def test_epig_takes_probabilities_of_exactly_nothing_and_exactly_one():
    passes = rng().integers(0, 2, size=(3, 6, 2)).astype(float)
    assert informations(passes) == pytest.approx(over_pairs(passes, four_cells), abs=1e-9)


def test_an_answer_that_settles_another_one_is_worth_its_entropy():
    passes = np.array([[[1.0], [1.0]], [[0.0], [0.0]]])
    assert informations(passes) == pytest.approx([np.log(2), np.log(2)])


def test_epig_gives_nothing_for_doubt_that_tells_nothing_of_the_targets():
    passes = rng().uniform(size=(4, 5, 1))
    passes[:, 0] = 0.5  # unsure, and alike for all members
    assert informations(passes)[0] == 0
    assert (informations(passes)[1:] > 0).all()


def test_the_informations_do_not_depend_on_the_blocks():
    passes = rng().uniform(size=(3, 23, 4))
    for size in (1, 100, 10**9):
        assert informations(passes, size=size) == pytest.approx(informations(passes), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_passes_of_fewer_digits_give_the_informations_of_the_same_numbers(dtype):
    passes = rng().beta(0.3, 3, size=(8, 100, 10)).astype(dtype)
    assert informations(passes) == pytest.approx(informations(passes.astype(np.float64)), rel=1e-4, abs=1e-7)


def test_epig_takes_the_texts_that_tell_most_about_all():
    passes = rng(2).uniform(size=(4, 30, 3))
    expected = np.argsort(-np.array(over_pairs(passes, four_cells)))[:6]
    assert strategy("epig").choose(of_passes(passes), 6, rng()).rows.tolist() == expected.tolist()


def test_epig_may_take_any_text_though_few_are_targets():
    passes = rng(3).uniform(size=(4, 30, 3))
    chosen = strategy("epig", targets=2)
    seen = {row for seed in range(60) for row in chosen.choose(of_passes(passes), 2, rng(seed)).rows.tolist()}
    assert len(seen) > 10  # other targets, other texts


def test_of_alike_texts_each_has_its_turn_though_products_round():
    passes = np.repeat(rng(4).uniform(size=(7, 1, 3)).astype(np.float32), 40, axis=1)
    rows = {strategy("epig").choose(of_passes(passes), 1, rng(seed)).rows.item() for seed in range(400)}
    assert rows == set(range(40))


def test_epig_without_targets_is_refused():
    with pytest.raises(SettingsError, match="targets"):
        strategy("epig", targets=0)
