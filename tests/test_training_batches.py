"""Batches hold every text once, little padding, and no more tokens than they may."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_al.training.batches import BUCKET, scoring_batches, training_batches

lengths_of_texts = st.lists(st.integers(0, 300), max_size=200).map(
    lambda found: np.array(found, dtype=np.int64)
)


@given(lengths_of_texts, st.integers(1, 20), st.integers(0, 5))
def test_an_epoch_holds_every_text_once(lengths, batch_size, seed):
    batches = training_batches(lengths, batch_size, np.random.default_rng(seed))
    assert sorted(np.concatenate([*batches, []]).tolist()) == list(range(len(lengths)))
    sizes = sorted((len(batch) for batch in batches), reverse=True)
    assert sizes[:-1] == [batch_size] * (len(sizes) - 1)
    assert len(batches) == -(-len(lengths) // batch_size)


@given(lengths_of_texts, st.integers(1, 500))
def test_scoring_holds_every_text_once_within_the_tokens_allowed(lengths, max_tokens):
    batches = list(scoring_batches(lengths, max_tokens))
    assert sorted(np.concatenate([*batches, []]).tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= max_tokens


@given(lengths_of_texts, st.integers(1, 500))
def test_scoring_begins_with_the_longest_so_that_memory_runs_out_at_once_or_never(lengths, max_tokens):
    in_order = [lengths[at] for batch in scoring_batches(lengths, max_tokens) for at in batch]
    assert in_order == sorted(in_order, reverse=True)


def test_scoring_batches_are_as_full_as_the_tokens_allow():
    lengths = np.full(100, 10)
    assert [len(batch) for batch in scoring_batches(lengths, 250)] == [25, 25, 25, 25]


def padding(lengths, batches):
    return sum(len(batch) * lengths[batch].max() - lengths[batch].sum() for batch in batches)


def test_texts_of_like_length_train_together():
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 60, size=16 * BUCKET)
    order = rng.permutation(len(lengths))
    unsorted = [order[at : at + 16] for at in range(0, len(order), 16)]
    assert padding(lengths, training_batches(lengths, 16, rng)) < 0.2 * padding(lengths, unsorted)


def flat(lengths, seed):
    return np.concatenate(training_batches(lengths, 4, np.random.default_rng(seed))).tolist()


def test_the_seed_makes_the_order():
    lengths = np.random.default_rng(0).integers(3, 60, size=50)
    assert flat(lengths, 1) == flat(lengths, 1)
    assert flat(lengths, 1) != flat(lengths, 2)


def test_batches_do_not_come_shortest_first():
    lengths = np.arange(1, 101)
    means = [lengths[batch].mean() for batch in training_batches(lengths, 4, np.random.default_rng(0))]
    assert means != sorted(means)
    assert means != sorted(means, reverse=True)


def test_texts_of_one_length_are_mixed_anew():
    lengths = np.full(60, 7)
    assert flat(lengths, 0) != sorted(flat(lengths, 0))
    partners = [
        {frozenset(batch) for batch in map(tuple, training_batches(lengths, 4, np.random.default_rng(seed)))}
        for seed in (0, 1)
    ]
    assert len(partners[0] & partners[1]) < 3


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_one_text_is_one_batch(batch_size):
    assert [
        batch.tolist() for batch in training_batches(np.array([5]), batch_size, np.random.default_rng(0))
    ] == [[0]]
