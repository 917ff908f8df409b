"""Greedy k-center: the farthest from all that is labelled or taken, as a naive search finds it."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_embeddings.k_center import _Farthest, _Space
from text_al.types import Candidates, Labelled

GOLDEN = Path(__file__).parents[1].parent / "shared" / "reference" / "golden_multilabel.json"


def seen(vectors, labelled=()):
    """Candidates with these vectors; rows are positions."""
    vectors = np.asarray(vectors, dtype=np.float32)
    labelled = np.asarray(labelled, dtype=np.float32).reshape(-1, vectors.shape[1])
    m, zeros = len(vectors), np.zeros((len(vectors), 2))
    known = Labelled(
        np.arange(m, m + len(labelled)), np.full((len(labelled), 2), -1, np.int8), embeddings=labelled
    )
    return Candidates(np.arange(m), zeros, zeros + 0.5, np.full(2, 0.5), embeddings=vectors, labelled=known)


def picks(candidates, n, *, seed=0, **given):
    return strategy("k_center", **given).choose(candidates, n, np.random.default_rng(seed)).rows.tolist()


def naively(vectors, centres, n, metric="euclidean"):
    """The definition, by all distances."""
    taken = []
    for _ in range(n):
        near = cdist(vectors, np.concatenate([centres, vectors[taken]]), metric).min(axis=1)
        taken.append(int(np.argmax(near)))
    return taken


def test_the_picks_are_the_golden_ones_and_chance_decides_between_the_four_that_are_equally_far():
    if not GOLDEN.exists():
        pytest.skip("the golden values are not beside the repository")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))["k_center"]
    vectors = np.array(golden["X"])
    is_open = np.setdiff1d(np.arange(len(vectors)), golden["labeled"])
    candidates = seen(vectors[is_open], vectors[golden["labeled"]])
    found = [is_open[picks(candidates, golden["k"], seed=seed)].tolist() for seed in range(60)]
    assert all(order[:2] == golden["picks"][:2] for order in found)
    assert {order[2] for order in found} == {1, 2, 4, 5}
    assert golden["picks"] in found


@settings(deadline=None, max_examples=40)
@given(
    metric=st.sampled_from(["euclidean", "cosine"]),
    m=st.integers(1, 40),
    n_labelled=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_each_pick_is_the_farthest_of_a_naive_search(metric, m, n_labelled, seed):
    rng = np.random.default_rng(seed)
    vectors, labelled = rng.normal(2, 1, size=(m, 5)), rng.normal(size=(n_labelled, 5))
    n = min(m, 8)
    assert picks(seen(vectors, labelled), n, metric=metric) == naively(vectors, labelled, n, metric)


def test_with_nothing_labelled_the_first_is_drawn_by_chance_and_the_others_follow_from_it():
    vectors = np.random.default_rng(0).normal(size=(12, 3))
    found = [picks(seen(vectors), 5, seed=seed) for seed in range(60)]
    assert {first for first, *_ in found} == set(range(12))
    assert all(rest == naively(vectors, vectors[[first]], 4) for first, *rest in found)


def test_an_outlier_comes_first_and_its_neighbour_late():
    line = np.array([[0], [1], [2], [100], [101], [50]])
    assert picks(seen(line, [[0]]), 6)[:3] == [4, 5, 2]


def test_cosine_looks_at_directions_and_not_at_lengths():
    vectors, labelled = [[9, 0], [1, 1], [0, 0.1]], [[1, 0]]
    assert picks(seen(vectors, labelled), 1, metric="euclidean") == [0]
    assert picks(seen(vectors, labelled), 3, metric="cosine") == [2, 1, 0]


def test_what_is_alike_to_something_labelled_or_taken_comes_last():
    rng = np.random.default_rng(0)
    groups = rng.normal(5, 1, size=(6, 300))
    vectors = np.repeat(groups[:5], 50, axis=0)
    for metric in ("euclidean", "cosine"):
        found = picks(seen(vectors, groups[[0, 5]]), 10, metric=metric)
        assert {place // 50 for place in found[:4]} == {1, 2, 3, 4}


@pytest.mark.parametrize("seed", range(20))
def test_alike_texts_are_not_apart_by_rounding_whatever_their_place(seed):
    vectors = np.tile(np.random.default_rng(seed).normal(3, 1, size=(1, 301)), (37, 1))
    space = _Space(vectors)
    assert not space.to_nearest(vectors[[5]]).any()
    assert not space.to_nearest(vectors[:2]).any()


def test_of_texts_that_are_equally_far_each_has_its_turn_and_none_comes_twice():
    vectors = np.concatenate([np.eye(4), -np.eye(4), np.zeros((3, 4))])
    found = [picks(seen(vectors, np.zeros((1, 4))), 11, seed=seed) for seed in range(100)]
    assert {first for first, *_ in found} == set(range(8))
    assert {order[8] for order in found} == {8, 9, 10}
    assert all(sorted(order) == list(range(11)) for order in found)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 999))
def test_the_distance_that_is_left_is_at_most_twice_the_least_possible(seed):
    vectors = np.random.default_rng(seed).normal(size=(9, 2))
    left = cdist(vectors, vectors)
    best = min(left[:, list(some)].min(axis=1).max() for some in combinations(range(9), 3))
    assert left[:, picks(seen(vectors), 3, seed=seed)].min(axis=1).max() <= 2 * best + 1e-5


def test_many_labelled_texts_are_compared_in_blocks_to_the_same_end(monkeypatch):
    rng = np.random.default_rng(1)
    vectors, labelled = rng.normal(size=(50, 4)), rng.normal(size=(30, 4))
    whole = picks(seen(vectors, labelled), 10)
    monkeypatch.setattr("text_al.strategies.from_embeddings.k_center._BLOCK", 70)
    assert picks(seen(vectors, labelled), 10) == whole


def test_another_metric_is_refused():
    with pytest.raises(SettingsError, match=r"metric: 'cosin' is not known\. Did you mean 'cosine'"):
        strategy("k_center", metric="cosin")


@pytest.mark.parametrize("seed", range(8))
def test_sparing_products_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    groups = rng.normal(size=(12, 6)) * 5
    vectors = (groups[rng.integers(12, size=3000)] + rng.normal(size=(3000, 6))).astype(np.float32)
    labelled = vectors[rng.permutation(3000)[: 7 * (seed % 2)]]
    chosen = picks(seen(vectors, labelled), 60, seed=seed)
    distances = cdist(vectors, labelled).min(axis=1, initial=np.inf)
    for turn, position in enumerate(chosen):
        if turn or len(labelled):
            assert distances[position] == pytest.approx(distances.max(), rel=1e-5)
        distances = np.minimum(distances, np.linalg.norm(vectors - vectors[position], axis=1))


def test_few_texts_are_looked_at_again(monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(20_000, 16)).astype(np.float32)
    looked, look_at = [], _Farthest._look_at

    def spy(self, positions):
        looked.append(len(positions))
        look_at(self, positions)

    monkeypatch.setattr(_Farthest, "_look_at", spy)
    picks(seen(vectors, vectors[:5]), 50)
    assert sum(looked) < 3 * 20_000  # of the 50 times 20,000 that were looked at otherwise
