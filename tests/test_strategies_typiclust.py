"""Typical texts of groups that nothing is labelled in."""

import numpy as np
import pytest

from text_al.neighbours import unit
from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_embeddings import typiclust as module
from text_al.types import Candidates, Labelled


def seen(vectors, labelled=()):
    vectors = np.asarray(vectors, dtype=np.float32)
    labelled = np.asarray(labelled, dtype=np.float32).reshape(-1, vectors.shape[1])
    m, zeros = len(vectors), np.zeros((len(vectors), 2))
    known = Labelled(
        np.arange(m, m + len(labelled)), np.zeros((len(labelled), 2), np.int8), embeddings=labelled
    )
    return Candidates(np.arange(m), zeros, zeros + 0.5, np.full(2, 0.5), embeddings=vectors, labelled=known)


def picks(candidates, n, seed=0, **given):
    return strategy("typiclust", **given).choose(candidates, n, np.random.default_rng(seed)).rows.tolist()


def group(axis, n, seed=0, spread=0.05):
    """Vectors about one axis of eight."""
    rng = np.random.default_rng(seed)
    return np.eye(8)[axis] + spread * rng.normal(size=(n, 8))


def typicality(vectors, k=20):
    """The definition, by all distances."""
    vectors = unit(vectors).astype(float)
    apart = np.sort(np.linalg.norm(vectors[:, None] - vectors, axis=2), axis=1)[:, 1 : k + 1]
    return 1 / apart.mean(axis=1)


def test_the_most_typical_text_of_each_group_is_taken_largest_group_first():
    sizes = [10, 30, 60]
    groups = [group(axis, size, seed=axis) for axis, size in enumerate(sizes)]
    typical = [int(typicality(vectors).argmax()) for vectors in groups]
    assert picks(seen(np.concatenate(groups)), 3) == [40 + typical[2], 10 + typical[1], typical[0]]


def test_within_a_group_texts_are_ranked_by_the_mean_distance_to_their_nearest():
    vectors = np.random.default_rng(1).normal(2, 1, size=(70, 5)).astype(np.float32)
    found = module._most_typical_first(unit(vectors), np.arange(70), np.random.default_rng(0))
    assert found.tolist() == np.argsort(-typicality(vectors)).tolist()
    few = module._most_typical_first(unit(vectors), np.array([3, 5, 8, 60]), np.random.default_rng(0))
    assert few[0] == [3, 5, 8, 60][int(typicality(vectors[[3, 5, 8, 60]], 3).argmax())]


def test_groups_with_something_labelled_come_after_those_with_nothing_however_large():
    vectors = np.concatenate([group(0, 60), group(1, 10), group(2, 30)])
    found = picks(seen(vectors, group(0, 1, seed=9)), 2)
    assert [place >= 70 for place in found] == [True, False]
    assert all(place >= 60 for place in found)


def test_of_two_groups_with_labels_the_one_with_fewer_comes_first():
    labelled = np.concatenate([group(0, 3, seed=8), group(1, 1, seed=9)])
    vectors = np.concatenate([group(0, 60), group(1, 10)])
    first = picks(seen(vectors, labelled), 1, max_clusters=2)
    assert first[0] >= 60


def test_clusters_of_fewer_than_five_texts_come_last_even_with_nothing_labelled():
    vectors = np.concatenate([group(0, 30), group(1, 4), group(2, 5)])
    found = picks(seen(vectors, group(0, 1, seed=9)), 38, max_clusters=3)
    assert found[0] >= 34
    assert sorted(found[-3:]) == sorted(set(range(30, 34)) & set(found))
    assert all(not 30 <= place < 34 for place in found[:-3])


def test_where_more_texts_are_wanted_than_clusters_are_allowed_the_clusters_take_turns():
    vectors = np.concatenate([group(0, 30), group(1, 20)])
    of = [int(place >= 30) for place in picks(seen(vectors), 8, max_clusters=2)]
    assert of == [0, 1] * 4


def test_labelled_texts_are_never_chosen_and_do_not_make_a_text_typical():
    crowd = group(1, 50, seed=3, spread=0.001)
    vectors = np.concatenate([group(0, 20), group(1, 10)])
    found = picks(seen(vectors, crowd), 30)
    assert sorted(found) == list(range(30))


def test_all_are_taken_once_where_as_many_are_wanted_as_there_are():
    vectors = np.random.default_rng(0).normal(size=(25, 4))
    assert sorted(picks(seen(vectors), 25)) == list(range(25))


def test_of_alike_texts_each_has_its_turn():
    vectors = np.concatenate([np.tile(group(0, 1), (6, 1)), group(1, 9)])
    found = [picks(seen(vectors), 2, seed=seed) for seed in range(80)]
    assert {order[1] for order in found} == set(range(6))


def test_no_cluster_at_all_is_refused():
    with pytest.raises(SettingsError, match="max_clusters"):
        strategy("typiclust", max_clusters=0)


def test_in_a_large_cluster_a_sample_is_compared_and_the_others_come_after_it(monkeypatch):
    monkeypatch.setattr(module, "_COMPARED", 30)
    vectors = unit(np.random.default_rng(1).normal(2, 1, size=(70, 5)))
    found = module._most_typical_first(vectors, np.arange(70), np.random.default_rng(0))
    assert sorted(found.tolist()) == list(range(70))
    compared = np.sort(found[:30])
    assert found[:30].tolist() == compared[np.argsort(-typicality(vectors[compared]))].tolist()
    drawn = [module._most_typical_first(vectors, np.arange(70), np.random.default_rng(s)) for s in range(40)]
    assert set(np.concatenate([order[:30] for order in drawn]).tolist()) == set(range(70))
