"""BADGE draws what k-means++ would on the gradients themselves, without making them."""

import tracemalloc
from collections import Counter

import numpy as np
import pytest

from text_al.strategies import strategy
from text_al.strategies.from_embeddings import badge as module
from text_al.strategies.from_embeddings.badge import badge
from text_al.strategies.selection import best
from text_al.types import Candidates


def rng(seed=0):
    return np.random.default_rng(seed)


def candidates_of(probs, embeddings):
    probs, embeddings = np.asarray(probs), np.asarray(embeddings)
    return Candidates(
        np.arange(len(probs)),
        np.zeros_like(probs),
        probs,
        np.full(probs.shape[1], 0.5),
        embeddings=embeddings,
    )


def made_up(m, n_labels, width, seed=0, dtype=np.float64):
    draws = rng(seed)
    probs, embeddings = draws.random((m, n_labels)), draws.normal(size=(m, width))
    return candidates_of(probs.astype(dtype), embeddings.astype(dtype))


def gradients(candidates):
    """The gradients themselves: L (D + 1) numbers a text."""
    residuals = candidates.probs - (candidates.probs >= 0.5)
    ones = np.ones((len(candidates), 1))
    vectors = np.hstack([candidates.embeddings, ones])
    return np.einsum("ml,md->mld", residuals, vectors).reshape(len(candidates), -1)


def k_means_plus_plus(points, n, draws):
    taken = [int(best((points**2).sum(axis=1), 1, draws)[0])]
    while len(taken) < n:
        nearest = ((points[:, None] - points[taken]) ** 2).sum(axis=2).min(axis=1)
        taken.append(int(draws.choice(len(points), p=nearest / nearest.sum())))
    return taken


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("n_labels", "width"), [(1, 4), (3, 5), (12, 2)])
def test_it_draws_what_k_means_plus_plus_draws_on_the_gradients_themselves(seed, n_labels, width):
    candidates = made_up(40, n_labels, width, seed)
    expected = k_means_plus_plus(gradients(candidates), 12, rng(seed))
    assert badge(candidates, 12, rng(seed)).tolist() == expected


def test_the_squared_distances_are_those_between_the_gradients_also_in_single_precision():
    candidates = made_up(30, 7, 6, dtype=np.float32)
    points = gradients(candidates).astype(np.float64)
    found = module._Gradients(candidates)
    assert found.squares == pytest.approx((points**2).sum(axis=1), rel=1e-5)
    assert found.squared_distances(4) == pytest.approx(((points - points[4]) ** 2).sum(axis=1), rel=1e-4)
    assert found.squared_distances(4)[4] == 0


def test_a_gradient_worked_by_hand():
    candidates = candidates_of([[0.9, 0.5], [0.2, 0.0]], [[3.0], [0.0]])
    # r = (-0.1, -0.5) with [3, 1], and r = (0.2, 0) with [0, 1]; the product is (-0.02)(0 + 1).
    found = module._Gradients(candidates)
    assert found.squares == pytest.approx([0.26 * 10, 0.04])
    assert found.squared_distances(1) == pytest.approx([2.6 + 0.04 + 2 * 0.02, 0])


def test_the_longest_gradient_comes_first_and_chance_decides_between_equal_ones():
    candidates = candidates_of([[0.6], [0.6], [0.9], [0.4]], [[2.0], [2.0], [2.0], [1.0]])
    firsts = Counter(int(badge(candidates, 1, rng(seed))[0]) for seed in range(100))
    assert set(firsts) == {0, 1}
    assert min(firsts.values()) > 25


def test_the_second_is_drawn_in_proportion_to_its_squared_distance():
    candidates = candidates_of(np.full((4, 1), 0.5), [[9.0], [8.0], [7.0], [5.0]])
    counts = Counter(int(badge(candidates, 2, rng(seed))[1]) for seed in range(2100))
    # Squared distances 1, 4 and 16 of 21.
    chi_squared = sum(
        (counts[text] - 100 * weight) ** 2 / (100 * weight) for text, weight in {1: 1, 2: 4, 3: 16}.items()
    )
    assert counts[0] == 0
    assert chi_squared < 13.8  # the 99.9 % point with 2 degrees of freedom


def test_repeated_texts_are_not_taken_while_there_are_others_also_in_single_precision():
    few = made_up(5, 28, 384, dtype=np.float32)
    repeated = candidates_of(np.tile(few.probs, (20, 1)), np.tile(few.embeddings, (20, 1)))
    for seed in range(20):
        chosen = badge(repeated, 8, rng(seed))
        assert sorted(chosen[:5] % 5) == [0, 1, 2, 3, 4]
        assert len(set(chosen.tolist())) == 8


@pytest.mark.parametrize("sure", [0.0, 1.0])
def test_where_the_model_is_sure_of_all_chance_alone_decides(sure):
    candidates = candidates_of(np.full((10, 3), sure), rng().normal(size=(10, 4)))
    counts = Counter(text for seed in range(1000) for text in badge(candidates, 3, rng(seed)).tolist())
    chi_squared = sum((counts[text] - 300) ** 2 / 300 for text in range(10))
    assert chi_squared < 27.9  # the 99.9 % point with 9 degrees of freedom


def test_all_texts_may_be_asked_for():
    assert sorted(badge(made_up(17, 3, 4), 17, rng()).tolist()) == list(range(17))


def test_the_size_of_the_blocks_makes_no_difference(monkeypatch):
    candidates = made_up(50, 6, 4)
    whole = badge(candidates, 10, rng())
    monkeypatch.setattr(module, "_BLOCK", 13)
    assert badge(candidates, 10, rng()).tolist() == whole.tolist()


def test_memory_follows_the_texts_and_a_block_and_not_the_labels():
    candidates = made_up(20_000, 200, 16, dtype=np.float32)
    tracemalloc.start()
    strategy("badge").choose(candidates, 3, rng())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < candidates.probs.nbytes


def test_half_precision_is_worked_on_in_single():
    exact = made_up(40, 3, 5)
    half = candidates_of(exact.probs.astype(np.float16), (100 * exact.embeddings).astype(np.float16))
    single = candidates_of(half.probs.astype(np.float32), half.embeddings.astype(np.float32))
    for seed in range(5):
        assert badge(half, 12, rng(seed)).tolist() == badge(single, 12, rng(seed)).tolist()


def test_what_is_taken_is_never_drawn_again_whatever_rounding_makes_of_its_distance(monkeypatch):
    def not_quite_zero(self, position):
        return np.full(6, 1e-9)

    monkeypatch.setattr(module._Gradients, "squared_distances", not_quite_zero)
    for seed in range(20):
        assert sorted(badge(made_up(6, 2, 3), 6, rng(seed)).tolist()) == list(range(6))
