"""Discriminative active learning: what a classifier is surest that it is not labelled."""

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from text_al.strategies import strategy
from text_al.strategies.from_embeddings import discriminative as module
from text_al.strategies.from_embeddings.discriminative import discriminative
from text_al.types import Candidates, Labelled


def rng(seed=0):
    return np.random.default_rng(seed)


def around(direction, n, seed=0):
    """So many vectors about a unit vector of 6 dimensions, of lengths from 1 to 3."""
    draws = rng(seed)
    centre = np.eye(6)[direction]
    return ((centre + 0.05 * draws.normal(size=(n, 6))) * draws.uniform(1, 3, size=(n, 1))).astype(np.float32)


def candidates_of(embeddings, known):
    probs, n = np.full((len(embeddings), 1), 0.5), len(known)
    labelled = Labelled(np.arange(n), np.zeros((n, 1), dtype=np.int8), embeddings=known)
    rows = np.arange(len(probs))
    return Candidates(rows, probs * 0, probs, np.full(1, 0.5), embeddings=embeddings, labelled=labelled)


def test_it_takes_texts_where_nothing_is_labelled():
    candidates = candidates_of(np.concatenate([around(0, 30), around(1, 30, 1)]), around(0, 10, 2))
    for seed in range(5):
        assert (discriminative(candidates, 10, rng(seed), sub_batches=1) >= 30).all()


def test_what_is_taken_counts_as_labelled_in_the_next_part_of_the_batch():
    places = np.concatenate([around(1, 40), around(2, 40, 1)])
    candidates = candidates_of(places, around(0, 20, 2))
    for seed in range(5):
        chosen = discriminative(candidates, 4, rng(seed), sub_batches=4) // 40
        assert Counter(chosen.tolist()) == {0: 2, 1: 2}


def test_a_regression_is_fitted_for_each_part_and_learns_from_a_sample(monkeypatch):
    seen = []

    def spy(labelled, unlabelled):
        seen.append((len(labelled), len(unlabelled)))
        return np.ones(6, dtype=np.float32)

    monkeypatch.setattr(module, "_direction", spy)
    candidates = candidates_of(around(1, 50), around(0, 5, 1))
    assert len(set(discriminative(candidates, 7, rng(), sub_batches=3, sample=45).tolist())) == 7
    assert seen == [(5, 45), (8, 45), (10, 45)]
    seen.clear()
    discriminative(candidates, 2, rng(), sub_batches=10)
    assert seen == [(5, 50), (6, 49)]


def test_texts_outside_the_sample_are_scored_too():
    candidates = candidates_of(np.concatenate([around(0, 200), around(1, 200, 1)]), around(0, 10, 2))
    chosen = discriminative(candidates, 100, rng(), sub_batches=1, sample=40)
    assert (chosen >= 200).all()


def test_the_two_classes_weigh_the_same_however_few_are_labelled():
    weights = module._direction(around(0, 1), around(1, 2000, 1))
    assert weights[1] > 0.5
    assert weights[0] < -0.5


def test_lengths_of_vectors_do_not_count():
    candidates = candidates_of(around(1, 20), around(0, 5, 1))
    longer = candidates_of(candidates.embeddings * 8, around(0, 5, 1) * 4)
    assert discriminative(candidates, 5, rng()).tolist() == discriminative(longer, 5, rng()).tolist()


def test_while_nothing_is_labelled_every_text_has_the_same_chance():
    candidates = candidates_of(around(0, 10), np.empty((0, 6), dtype=np.float32))
    counts = Counter(
        text for seed in range(1000) for text in discriminative(candidates, 3, rng(seed)).tolist()
    )
    chi_squared = sum((counts[text] - 300) ** 2 / 300 for text in range(10))
    assert chi_squared < 27.9  # the 99.9 % point with 9 degrees of freedom


def test_among_texts_that_are_alike_chance_decides():
    alike = np.tile(around(1, 1), (101, 1))
    candidates = candidates_of(alike, around(0, 5))
    counts = Counter(
        text for seed in range(60) for text in discriminative(candidates, 20, rng(seed), sub_batches=1)
    )
    assert len(counts) == 101
    assert max(counts.values()) < 30


def test_all_texts_may_be_asked_for():
    candidates = candidates_of(around(1, 12), around(0, 5))
    assert sorted(strategy("discriminative").choose(candidates, 12, rng()).rows.tolist()) == list(range(12))


def test_scikit_learn_is_imported_only_when_it_is_used():
    code = "import sys, text_al.strategies; sys.exit('sklearn' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("setting", ["sub_batches", "sample"])
def test_settings_are_at_least_1(setting):
    with pytest.raises(Exception, match=setting):
        strategy("discriminative", **{setting: 0})
