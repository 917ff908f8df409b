"""Greedy coverage: which texts have the most uncovered others within a radius."""

import tracemalloc
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text_al.errors import StrategyError
from text_al.neighbours import unit
from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_embeddings import prob_cover as module
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
    return strategy("prob_cover", **given).choose(candidates, n, np.random.default_rng(seed)).rows.tolist()


def at(*degrees):
    """Vectors at angles, of any length."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.linspace(1, 9, len(angles))[:, None]


def chord(degrees):
    return 2 * np.sin(np.radians(degrees) / 2)


def gains(vectors, labelled, taken, delta):
    """(M,) what each text would cover anew, by all distances."""
    vectors, labelled = unit(vectors).astype(float), unit(labelled).astype(float)
    near = np.linalg.norm(vectors[:, None] - vectors, axis=2) <= delta
    by_labelled = (np.linalg.norm(vectors[:, None] - labelled, axis=2) <= delta).any(axis=1)
    covered = by_labelled | near[:, taken].any(axis=1)
    return (near & ~covered).sum(axis=1)


@settings(deadline=None, max_examples=40)
@given(m=st.integers(2, 40), n_labelled=st.integers(0, 4), delta=st.floats(0.05, 2), seed=st.integers(0, 99))
def test_each_pick_covers_as_many_as_the_best_of_a_naive_search(m, n_labelled, delta, seed):
    rng = np.random.default_rng(seed)
    vectors, labelled = rng.normal(size=(m, 3)), rng.normal(size=(n_labelled, 3))
    found = picks(seen(vectors, labelled), min(m, 6), delta=delta)
    for turn, place in enumerate(found):
        possible = gains(vectors, labelled, found[:turn], delta)
        assert possible[place] == np.delete(possible, found[:turn]).max()


def test_the_text_with_the_most_within_the_radius_comes_first_then_what_it_leaves_uncovered():
    vectors = at(0, 10, 20, 90, 98, 180)
    assert picks(seen(vectors), 3, delta=chord(10.5)) in ([1, 3, 5], [1, 4, 5])
    assert picks(seen(vectors), 2, delta=chord(85)) in ([2, 4], [2, 5])


def test_what_a_labelled_text_covers_is_not_sought_again():
    vectors = at(0, 1, 2, 3, 4, 90, 91)
    assert picks(seen(vectors, at(2)), 1, delta=chord(5)) in ([5], [6])


def test_once_all_is_covered_chance_decides():
    vectors = at(0, 1, 2, 3, 4, 5)
    found = [picks(seen(vectors), 6, delta=2, seed=seed) for seed in range(60)]
    assert all(sorted(order) == list(range(6)) for order in found)
    assert {order[-1] for order in found} == set(range(6))


def test_greedy_covers_at_least_the_known_share_of_the_best_cover():
    vectors = np.random.default_rng(0).normal(size=(12, 3))
    near = np.linalg.norm(unit(vectors)[:, None] - unit(vectors), axis=2) <= 0.7
    best = max(near[:, list(some)].any(axis=1).sum() for some in combinations(range(12), 3))
    covered = near[:, picks(seen(vectors), 3, delta=0.7)].any(axis=1).sum()
    assert covered >= (1 - 1 / np.e) * best


@pytest.mark.parametrize(("n", "n_labelled"), [(4, 0), (9, 0), (9, 10)])
def test_auto_takes_the_radius_at_which_a_text_has_its_share_of_the_others(n, n_labelled):
    vectors = unit(np.random.default_rng(0).normal(size=(900, 6)))
    least = module._least_cosine(vectors, n + n_labelled, 10**9, np.random.default_rng(0))
    share = ((vectors @ vectors.T >= least).sum(axis=1) - 1).mean() / 899
    assert share == pytest.approx(1 / (n + n_labelled + 1), rel=0.02)


def test_auto_judges_a_large_pool_by_a_sample():
    vectors = unit(np.random.default_rng(0).normal(size=(5000, 6)))
    least = module._least_cosine(vectors, 19, 10**9, np.random.default_rng(0))
    assert (vectors[:300] @ vectors.T >= least).mean() == pytest.approx(1 / 20, rel=0.1)


def test_auto_keeps_to_the_limit_of_pairs_whatever_it_is():
    vectors = np.random.default_rng(0).normal(size=(2000, 6))
    assert len(picks(seen(vectors), 3, max_edges=100_000)) == 3
    with pytest.raises(StrategyError, match="max_edges is 100,000"):
        picks(seen(vectors), 3, max_edges=100_000, delta=1.0)


def test_auto_finds_the_groups():
    rng = np.random.default_rng(0)
    of = np.repeat(np.arange(5), [50, 40, 30, 20, 10])
    vectors = np.eye(8)[of] + 0.05 * rng.normal(size=(150, 8))
    assert of[picks(seen(vectors), 5)].tolist() == [0, 1, 2, 3, 4]
    labelled = np.eye(8)[[0, 2]]
    assert of[picks(seen(vectors, labelled), 3)].tolist() == [1, 3, 4]


def test_too_many_pairs_are_refused_before_they_are_kept_and_the_error_says_what_to_set():
    vectors = np.tile(np.random.default_rng(0).normal(size=(1, 4)), (20_000, 1))
    candidates = seen(vectors)
    tracemalloc.start()
    with pytest.raises(StrategyError) as caught:
        picks(candidates, 3, delta=0.5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(caught.value) == (
        "prob_cover: within delta 0.5 there are about 400,000,000 edges between texts, but max_edges is "
        "20,000,000. Lower delta, raise max_edges, or let fewer texts compete "
        "(active_learning.max_candidates or sub_pool)"
    )
    assert peak < 250 * 2**20 < 400_000_000


def test_pairs_do_not_depend_on_the_size_of_blocks(monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(60, 3))
    whole = picks(seen(vectors), 10, delta=0.6)
    monkeypatch.setattr(module, "_ROWS", 7)
    assert picks(seen(vectors), 10, delta=0.6) == whole


def test_a_text_without_a_direction_covers_itself_alone():
    vectors = np.concatenate([np.zeros((2, 2)), at(0, 1, 2)])
    assert picks(seen(vectors), 3, delta=0.1)[0] >= 2
    assert sorted(picks(seen(vectors), 3, delta=0.1)[1:]) == [0, 1]


@pytest.mark.parametrize("seed", range(20))
def test_alike_texts_cover_each_other_at_any_radius(seed):
    vectors = np.tile(np.random.default_rng(seed).normal(size=(1, 300)), (7, 1))
    balls = module._Balls.of(unit(vectors), 1 - module._ALIKE, 100)
    assert balls.ends.tolist() == list(range(7)) * 7
    others = np.random.default_rng(99).normal(size=(30, 300))
    assert picks(seen(np.concatenate([others, vectors])), 1, seed, delta=1e-6)[0] >= 30


@pytest.mark.parametrize("delta", [0, -1, 2.5, "small", True, None])
def test_what_is_no_radius_is_refused_with_a_sentence(delta):
    with pytest.raises(
        SettingsError, match=r"delta: .* is no distance between vectors of length 1; it must be auto"
    ):
        strategy("prob_cover", delta=delta)


def test_more_texts_than_it_may_compare_are_refused_before_any_are_compared():
    with pytest.raises(StrategyError) as caught:
        picks(seen(np.eye(5)), 2, max_texts=4)
    assert str(caught.value) == (
        "prob_cover compares all pairs of 5 texts, but max_texts is 4. Set active_learning.max_candidates "
        "(to 4) or a sub_pool, or raise max_texts"
    )
    assert len(picks(seen(np.eye(5)), 2, max_texts=5)) == 2


def test_the_limit_of_texts_holds_by_default():
    with pytest.raises(StrategyError, match="compares all pairs of 20,001 texts, but max_texts is 20,000"):
        picks(seen(np.zeros((20_001, 2))), 2)
