"""The expected gradient length is the mean over all sets of labels, without going through them."""

from itertools import product

import numpy as np
import pytest

from text_al.strategies import strategy
from text_al.strategies.from_embeddings import gradient_length as module
from text_al.types import Candidates


def candidates_of(probs, embeddings):
    probs, embeddings = np.asarray(probs), np.asarray(embeddings)
    return Candidates(
        np.arange(len(probs)),
        np.zeros_like(probs),
        probs,
        np.full(probs.shape[1], 0.5),
        embeddings=embeddings,
    )


def by_all_sets_of_labels(probs, vector):
    """The definition: the squared length of each set's gradient, weighed by how likely the set is."""
    total = 0.0
    for labels in product([0, 1], repeat=len(probs)):
        chance = np.prod(np.where(labels, probs, 1 - probs))
        gradient = np.outer(probs - labels, [*vector, 1])
        total += chance * (gradient**2).sum()
    return total


@pytest.mark.parametrize("n_labels", [1, 2, 5])
def test_it_is_the_mean_squared_length_over_all_sets_of_labels(n_labels):
    rng = np.random.default_rng(n_labels)
    probs, vectors = rng.random((12, n_labels)), rng.normal(size=(12, 4))
    expected = [by_all_sets_of_labels(*text) for text in zip(probs, vectors, strict=True)]
    scores = strategy("expected_gradient_length", normalise=False).scores(candidates_of(probs, vectors))
    assert scores == pytest.approx(expected)


def test_with_unit_lengths_it_is_that_mean_for_the_direction_of_the_vector():
    rng = np.random.default_rng(3)
    probs, vectors = rng.random((12, 3)), rng.normal(size=(12, 4))
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = [by_all_sets_of_labels(*text) for text in zip(probs, units, strict=True)]
    assert strategy("expected_gradient_length").scores(candidates_of(probs, vectors)) == pytest.approx(
        expected
    )


def test_answers_worked_by_hand():
    candidates = candidates_of([[0.5, 0.9], [0.5, 0.9], [1.0, 0.0]], [[3.0, 4.0], [0.0, 0.0], [3.0, 4.0]])
    # 0.25 + 0.09, times 26, 1 and 26, or 2, 1 and 2: a vector of length 0 has no direction.
    raw = strategy("expected_gradient_length", normalise=False).scores(candidates)
    assert raw == pytest.approx([8.84, 0.34, 0])
    assert strategy("expected_gradient_length").scores(candidates) == pytest.approx([0.68, 0.34, 0])


def test_a_long_vector_decides_only_where_lengths_are_left_as_they_are():
    candidates = candidates_of([[0.5], [0.9]], [[1.0], [100.0]])
    assert np.argmax(strategy("expected_gradient_length").scores(candidates)) == 0
    assert np.argmax(strategy("expected_gradient_length", normalise=False).scores(candidates)) == 1


def test_the_size_of_the_blocks_makes_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    candidates = candidates_of(rng.random((30, 4), dtype=np.float32), rng.normal(size=(30, 4)))
    whole = strategy("expected_gradient_length").scores(candidates)
    monkeypatch.setattr(module, "_BLOCK", 9)
    assert strategy("expected_gradient_length").scores(candidates) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("normalise", [True, False])
def test_half_precision_is_worked_on_in_single(normalise):
    rng = np.random.default_rng(0)
    probs, vectors = rng.random((30, 4)).astype(np.float16), (300 * rng.normal(size=(30, 4)))
    half = candidates_of(probs, vectors.astype(np.float16))
    single = candidates_of(probs.astype(np.float32), half.embeddings.astype(np.float32))
    scorer = strategy("expected_gradient_length", normalise=normalise)
    assert scorer.scores(half) == pytest.approx(scorer.scores(single), rel=1e-6)
