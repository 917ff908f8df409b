"""The nearest vectors by cosine: as a naive search finds them, whatever the blocks, and in little memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text_al import neighbours
from text_al.neighbours import nearest, unit, unit_blocks


def naively(queries, references, k):
    """All cosines; of equal ones the lower index first."""
    cosines = unit(queries).astype(float) @ unit(references).astype(float).T
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(cosines, order, axis=1)


@settings(deadline=None, max_examples=60)
@given(
    m=st.integers(0, 9),
    n=st.integers(0, 60),
    d=st.integers(1, 5),
    k=st.integers(0, 70),
    seed=st.integers(0, 99),
)
def test_the_nearest_are_those_of_a_naive_search(m, n, d, k, seed):
    rng = np.random.default_rng(seed)
    queries, references = rng.normal(size=(m, d)), rng.normal(size=(n, d))
    found = nearest(queries, references, k)
    indices, cosines = naively(queries, references, k)
    assert found.indices.shape == found.similarities.shape == (m, min(n, k))
    assert (found.indices.dtype, found.similarities.dtype) == (np.int64, np.float32)
    assert found.similarities == pytest.approx(cosines, abs=1e-6)
    if d > 1:  # on a line all cosines are 1 or -1, and equal only as far as float32 tells
        assert (found.indices == indices).mean() > 0.99 if indices.size else True


def test_the_nearest_do_not_depend_on_the_size_of_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    queries, references = rng.normal(size=(50, 6)), rng.normal(size=(333, 6))
    whole = nearest(queries, references, 7)
    for name, size in [("_QUERIES", 3), ("_REFERENCES", 10), ("_BLOCK", 6), ("_HELD", 1)]:
        monkeypatch.setattr(neighbours, name, size)
        parts = nearest(queries, references, 7)
        assert parts.indices.tolist() == whole.indices.tolist()
        assert parts.similarities == pytest.approx(whole.similarities, abs=1e-6)


def test_on_a_circle_the_nearest_are_the_next_ones_by_angle_however_long():
    angles = np.radians([0, 90, 10, 180, 45])
    lengths = np.array([5, 0.1, 1, 100, 3])
    references = np.stack([np.cos(angles), np.sin(angles)], axis=1) * lengths[:, None]
    found = nearest(np.array([[0.2, 0.0]]), references, 4)
    assert found.indices.tolist() == [[0, 2, 4, 1]]
    assert found.similarities[0] == pytest.approx(np.cos(np.radians([0, 10, 45, 90])), abs=1e-6)


@pytest.mark.parametrize("order", [1, -1])
def test_references_that_come_nearest_last_or_first_are_found_alike(order):
    angles = np.linspace(3, 0, 5000)[::order]
    references = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = nearest(np.array([[1.0, 0.0]]), references, 3).indices
    assert found.tolist() == [[4999, 4998, 4997] if order == 1 else [0, 1, 2]]


def test_of_equally_near_references_the_lower_index_comes_first():
    references = np.tile([[0.0, 1.0], [1.0, 0.0], [-1.0, 0.0]], (3000, 1))
    found = nearest(np.array([[2.0, 0.0], [-1.0, 0.0]]), references, 4)
    assert found.indices.tolist() == [[1, 4, 7, 10], [2, 5, 8, 11]]
    assert found.similarities.tolist() == [[1, 1, 1, 1]] * 2


def test_a_vector_of_length_0_is_like_nothing_and_neither_near_nor_opposite():
    found = nearest(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[-1.0, 0.0], [0.0, 0.0], [1.0, 1e-3]]), 3)
    assert found.indices.tolist() == [[2, 1, 0], [0, 1, 2]]
    assert found.similarities == pytest.approx(np.array([[1, 0, -1], [0, 0, 0]]), abs=1e-5)


def test_a_zero_with_a_sign_is_as_near_as_one_without():
    found = nearest(np.array([[1.0, 0.0]]), np.array([[-0.0, -1.0], [0.0, 1.0], [-0.0, 0.0], [0.0, 0.0]]), 4)
    assert found.indices.tolist() == [[0, 1, 2, 3]]
    assert len(set(neighbours._falling(np.array([-0.0, 0.0], dtype=np.float32)).tolist())) == 1


def test_numbers_are_sorted_by_whole_ones_in_the_opposite_order():
    numbers = np.array([1, 0.5, 1e-30, 0, -1e-30, -0.5, -1, -np.inf], dtype=np.float32)
    keys = neighbours._falling(numbers).astype(np.int64)
    assert (np.diff(keys) > 0).all()
    assert 0 <= keys[0] < keys[-1] < 2**32


def test_similarities_fall_and_are_cosines_even_where_rounding_goes_beyond_1():
    vectors = np.random.default_rng(0).normal(size=(200, 97)).astype(np.float16)
    found = nearest(vectors, vectors, 200)
    assert (np.diff(found.similarities, axis=1) <= 0).all()
    assert np.abs(found.similarities).max() <= 1
    assert found.indices[:, 0].tolist() == list(range(200))


def test_what_is_not_finite_is_refused_by_name():
    with pytest.raises(ValueError, match="vector 1 of 2 is not finite"):
        nearest(np.ones((1, 2)), np.array([[1, 2], [np.nan, 0]]), 1)
    with pytest.raises(ValueError, match="vector 0 of 1 is not finite"):
        unit(np.array([[np.inf, 1]]))


def test_unit_blocks_are_the_unit_vectors_in_order():
    vectors = np.random.default_rng(0).normal(size=(10_000, 3))
    blocks = list(unit_blocks(vectors))
    assert len(blocks) > 1
    assert [start for start, _ in blocks] == np.cumsum(
        [0, *(len(block) for _, block in blocks[:-1])]
    ).tolist()
    assert np.concatenate([block for _, block in blocks]) == pytest.approx(unit(vectors))
    assert np.linalg.norm(unit(vectors), axis=1) == pytest.approx(np.ones(10_000))
    assert unit(vectors).dtype == np.float32


@pytest.mark.parametrize("k", [5, 500])
def test_memory_follows_the_block_and_the_answer_and_not_all_pairs(k):
    vectors = np.random.default_rng(0).normal(size=(40_000, 8)).astype(np.float32)
    tracemalloc.start()
    found = nearest(vectors[:1000], vectors, k)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    answer = found.indices.nbytes + found.similarities.nbytes
    assert peak - answer < 64 * 2**20 < 1000 * 40_000 * 4


@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1e20, 1e37])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_vectors_of_any_finite_length_have_a_direction(scale, dtype):
    plain = np.array([[3, -4, 0], [0, 0, 0], [1, 2, 2]], dtype=dtype)
    assert unit(plain * dtype(scale)) == pytest.approx(unit(plain), abs=1e-6)
    mixed = plain * np.array([[scale], [1], [1]], dtype=dtype)
    assert unit(mixed) == pytest.approx(
        np.array([[0.6, -0.8, 0], [0, 0, 0], [1 / 3, 2 / 3, 2 / 3]]), abs=1e-6
    )


def test_among_long_vectors_one_that_is_not_finite_is_still_named():
    with pytest.raises(ValueError, match="vector 2 of 3 is not finite"):
        unit(np.array([[1e20, 1], [1, 1], [1e20, -np.inf]], dtype=np.float32))
