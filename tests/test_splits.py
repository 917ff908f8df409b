"""Splits: seeded, every label in proportion, equal texts on one side, the sizes that were asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_al.data.sources import Split
from text_al.data.splits import part_sizes, stratified_parts
from text_al.errors import CorpusError


def _parts(targets, sizes, *, groups=None, seed=0):
    groups = np.arange(len(targets)) if groups is None else groups
    return stratified_parts(targets, groups, sizes, np.random.default_rng(seed))


def _rare_labels(n, shares, seed=0):
    return (np.random.default_rng(seed).random((n, len(shares))) < shares).astype(np.int8)


def test_sizes_are_met_to_the_row():
    parts = _parts(_rare_labels(1000, [0.3, 0.1, 0.02]), [100, 217])
    assert np.bincount(parts).tolist() == [683, 100, 217]


def test_every_label_is_spread_in_proportion():
    targets = _rare_labels(2000, [0.5, 0.1, 0.02, 0.01])
    parts = _parts(targets, [200, 400])
    for label in targets.T:
        wanted = label.sum() * np.array([0.7, 0.1, 0.2])
        assert np.abs(np.bincount(parts[label == 1], minlength=3) - wanted).max() <= 1.5


def test_it_spreads_rare_labels_better_than_chance_does():
    targets = _rare_labels(2000, [0.02] * 10)

    def error(parts):
        return np.abs(targets[parts == 1].sum(axis=0) - targets.sum(axis=0) * 0.1).mean()

    chance = [
        error(np.random.default_rng(seed).permutation(np.arange(2000) < 200).astype(int))
        for seed in range(20)
    ]
    assert error(_parts(targets, [200])) < 0.5 * np.mean(chance)


def test_known_answer_two_of_four_with_each_label_once_a_part():
    targets = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.int8)
    for seed in range(20):
        parts = _parts(targets, [2], seed=seed)
        assert sorted(parts[:2].tolist()) == [0, 1]
        assert sorted(parts[2:].tolist()) == [0, 1]


def test_what_is_not_known_counts_for_nothing():
    targets = _rare_labels(300, [0.2, 0.1])
    hidden = np.where(targets == 0, -1, targets).astype(np.int8)
    assert (_parts(targets, [60]) == _parts(hidden, [60])).all()


def test_one_seed_gives_one_split_and_another_gives_another():
    targets = _rare_labels(200, [0.3])
    assert (_parts(targets, [50], seed=1) == _parts(targets, [50], seed=1)).all()
    assert (_parts(targets, [50], seed=1) != _parts(targets, [50], seed=2)).any()


@given(st.lists(st.integers(0, 12), min_size=3, max_size=60), st.integers(0, 2**32), st.data())
def test_groups_stay_together_and_sizes_within_their_granularity(groups, seed, data):
    groups = np.array(groups)
    n = len(groups)
    first = data.draw(st.integers(1, n - 1))
    second = data.draw(st.integers(0, n - first))
    parts = _parts(_rare_labels(n, [0.3, 0.1], seed), [first, second], groups=groups, seed=seed)
    for group in np.unique(groups):
        assert len(set(parts[groups == group].tolist())) == 1
    largest = np.unique(groups, return_counts=True)[1].max()
    short = np.array([first, second]) - np.bincount(parts, minlength=3)[1:]
    assert (short >= 0).all()
    assert (short < largest).all() or (short == 0).all()


def test_labels_and_rows_that_are_not_there_do_no_harm():
    assert _parts(np.zeros((6, 0), np.int8), [2]).tolist().count(1) == 2
    assert _parts(np.zeros((6, 3), np.int8), [2]).tolist().count(1) == 2
    assert len(_parts(np.zeros((0, 3), np.int8), [])) == 0


@pytest.mark.parametrize(
    ("split", "n", "sizes"),
    [
        (Split(), 10, (0, 0)),
        (Split(validation=3), 10, (3, 0)),
        (Split(validation=0.2, test=0.3), 10, (2, 3)),
        (Split(test=9), 10, (0, 9)),
    ],
)
def test_sizes_are_numbers_or_shares(split, n, sizes):
    assert part_sizes(split, n) == sizes


@pytest.mark.parametrize(
    ("split", "n", "says"),
    [
        (Split(validation=0.01), 10, "split.validation is 0.01, which comes to no text of 10 labelled texts"),
        (Split(test=10), 10, "0 validation and 10 test texts, but only 10 labelled texts"),
        (Split(validation=0.6, test=0.5), 10, "6 validation and 5 test texts"),
        (Split(validation=5), 0, "only 0 labelled texts"),
    ],
)
def test_when_there_are_too_few_labelled_texts_then_it_is_refused(split, n, says):
    with pytest.raises(CorpusError, match=says):
        part_sizes(split, n)
