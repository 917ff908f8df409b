"""Texts from the middle of each group."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from text_al.neighbours import unit
from text_al.strategies import strategy
from text_al.strategies.from_embeddings import k_means as module
from text_al.strategies.from_embeddings.k_means import clusters_of
from text_al.types import Candidates


def seen(vectors):
    vectors = np.asarray(vectors, dtype=np.float32)
    m, zeros = len(vectors), np.zeros((len(vectors), 2))
    return Candidates(np.arange(m), zeros, zeros + 0.5, np.full(2, 0.5), embeddings=vectors)


def picks(vectors, n, seed=0):
    return strategy("k_means").choose(seen(vectors), n, np.random.default_rng(seed)).rows.tolist()


def fan(middle, n, spread=0.02):
    """Unit vectors at n angles around a middle one, which is at place n // 2."""
    angles = middle + spread * (np.arange(n) - n // 2)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_of_each_group_the_text_in_its_middle_is_taken_and_the_largest_group_comes_first():
    vectors = np.concatenate([fan(0, 5), fan(2, 9), fan(4, 7)])
    assert picks(vectors, 3) == [5 + 4, 14 + 3, 2]


def test_lengths_do_not_matter():
    vectors = np.concatenate([fan(0, 5), fan(2, 9), fan(4, 7)])
    lengths = np.random.default_rng(0).uniform(0.1, 50, size=(21, 1))
    assert picks(vectors * lengths, 3) == picks(vectors, 3)


@pytest.mark.parametrize("above", [10**6, 0])
def test_each_text_taken_is_the_nearest_to_the_centre_of_its_cluster(monkeypatch, above):
    monkeypatch.setattr(module, "_MINI_BATCH_ABOVE", above)
    vectors = unit(np.random.default_rng(0).normal(size=(200, 6)))
    clusters = clusters_of(vectors, 7, np.random.default_rng(3))
    distances = np.linalg.norm(vectors[:, None] - clusters.centres, axis=2)
    distances[clusters.labels[:, None] != np.arange(7)] = np.inf
    assert sorted(picks(vectors, 7, seed=3)) == sorted(distances.argmin(axis=0).tolist())


def test_the_clusters_are_those_of_scikit_learn():
    vectors = unit(np.random.default_rng(0).normal(size=(300, 6)))
    seed = int(np.random.default_rng(4).integers(2**31))
    expected = KMeans(9, n_init=1, random_state=seed).fit(vectors)
    found = clusters_of(vectors, 9, np.random.default_rng(4))
    assert found.labels.tolist() == expected.labels_.tolist()
    assert found.centres == pytest.approx(expected.cluster_centers_, abs=1e-5)


def test_the_members_of_clusters_are_all_vectors_once_also_where_a_cluster_is_empty():
    clusters = module.Clusters(np.array([2, 0, 2, 0, 0]), np.zeros((4, 1)))
    assert [members.tolist() for members in clusters.members()] == [[1, 3, 4], [], [0, 2], []]


def test_where_few_texts_differ_each_kind_is_taken_once_and_the_rest_is_drawn_by_chance():
    kinds = np.repeat(np.eye(3), [20, 10, 5], axis=0)
    found = [picks(kinds, 8, seed=seed) for seed in range(40)]
    of = np.repeat([0, 1, 2], [20, 10, 5])
    assert all(of[order[:3]].tolist() == [0, 1, 2] for order in found)
    assert all(len(set(order)) == 8 for order in found)
    assert {place for order in found for place in order} == set(range(35))


def test_of_alike_texts_in_the_middle_each_has_its_turn():
    vectors = np.concatenate([fan(0, 5), np.tile(fan(2, 1), (4, 1))])
    assert {picks(vectors, 2, seed=seed)[1] for seed in range(60)} == {5, 6, 7, 8}


def test_rounding_does_not_decide_between_alike_texts():
    vectors = unit(np.tile(np.random.default_rng(0).normal(size=(1, 301)), (37, 1)))
    found = {
        module._nearest_to(vectors.mean(axis=0), vectors, np.arange(37), np.random.default_rng(seed))
        for seed in range(400)
    }
    assert found == set(range(37))


def test_as_many_as_there_are_come_in_random_order():
    vectors = np.random.default_rng(0).normal(size=(6, 3))
    found = [picks(vectors, 6, seed=seed) for seed in range(5)]
    assert all(sorted(order) == list(range(6)) for order in found)
    assert len({tuple(order) for order in found}) > 1


def test_a_large_pool_is_divided_by_mini_batches_and_the_same_seed_divides_it_alike():
    rng = np.random.default_rng(0)
    middles = unit(rng.normal(size=(8, 16)))
    of = rng.integers(8, size=module._MINI_BATCH_ABOVE + 1)
    vectors = middles[of] + 0.05 * rng.normal(size=(len(of), 16)).astype(np.float32)
    found = picks(vectors, 8, seed=1)
    assert len(set(of[found].tolist())) >= 6
    assert found == picks(vectors, 8, seed=1)
