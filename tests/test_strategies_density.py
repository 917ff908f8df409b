"""Doubt weighed by density, and by rank with diversity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text_al.errors import StrategyError
from text_al.neighbours import unit
from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.base import STRATEGIES, score
from text_al.strategies.from_embeddings.density import mean_cosines
from text_al.strategies.inner import inner_scores
from text_al.types import Candidates, Labelled

EXAMPLES = settings(deadline=None, max_examples=40)


def seen(probs, vectors, labelled=()):
    vectors, probs = np.asarray(vectors, dtype=np.float32), np.asarray(probs, dtype=np.float64)
    labelled = np.asarray(labelled, dtype=np.float32).reshape(-1, vectors.shape[1])
    known = Labelled(
        np.arange(100, 100 + len(labelled)),
        np.zeros((len(labelled), probs.shape[1]), np.int8),
        embeddings=labelled,
    )
    logits = np.log(probs) - np.log1p(-probs)
    thresholds = np.full(probs.shape[1], 0.5)
    return Candidates(np.arange(len(probs)), logits, probs, thresholds, embeddings=vectors, labelled=known)


@pytest.fixture
def plain():
    """A score that is simply the first label's probability, for the time of a test."""
    registered = score("plain", needs=["probs"])(lambda candidates: candidates.probs[:, 0].astype(float))
    yield "plain"
    assert STRATEGIES._entries.pop("plain").function is registered


def density(candidates, **given):
    return strategy("information_density", **given).scores(candidates)


def picks(candidates, n, seed=0, **given):
    rng = np.random.default_rng(seed)
    return strategy("uncertainty_density_diversity", **given).choose(candidates, n, rng).rows.tolist()


@EXAMPLES
@given(m=st.integers(1, 30), seed=st.integers(0, 99))
def test_the_mean_cosine_is_that_of_all_pairs(m, seed):
    vectors = np.random.default_rng(seed).normal(1, 1, size=(m, 4))
    expected = (unit(vectors).astype(float) @ unit(vectors).T).mean(axis=1)
    assert mean_cosines(vectors) == pytest.approx(expected, abs=2e-6)


def test_the_mean_cosine_of_many_texts_is_made_in_blocks():
    vectors = np.random.default_rng(0).normal(1, 1, size=(10_000, 4))
    expected = unit(vectors[:50]).astype(float) @ unit(vectors).mean(axis=0, dtype=float)
    assert mean_cosines(vectors)[:50] == pytest.approx(expected, abs=2e-6)


@EXAMPLES
@given(m=st.integers(1, 20), beta=st.floats(0, 3), seed=st.integers(0, 99))
def test_density_is_doubt_times_a_power_of_the_mean_cosine(m, beta, seed):
    rng = np.random.default_rng(seed)
    candidates = seen(rng.uniform(0.01, 0.99, size=(m, 3)), rng.normal(0.5, 1, size=(m, 4)))
    doubt = strategy("multilabel_margin").scores(candidates)
    cosines = np.maximum((unit(candidates.embeddings) @ unit(candidates.embeddings).T).mean(axis=1), 0)
    found = density(candidates, of="multilabel_margin", beta=beta)
    assert found == pytest.approx((doubt - doubt.min()) * cosines**beta, abs=1e-4)


def test_density_of_four_texts_by_hand(plain):
    candidates = seen([[0.2], [0.4], [0.8], [0.8]], [[2, 0], [0, 3], [1, 0], [-1, 0]])
    assert density(candidates, of=plain) == pytest.approx([0.2 / 4, 0.4 / 4, 0.8 / 4, 0])
    assert density(candidates, of=plain, beta=0.5) == pytest.approx([0.1, 0.2, 0.4, 0])
    assert density(candidates, of=plain, beta=0) == pytest.approx([0.2, 0.4, 0.8, 0.8])


def test_scores_that_are_never_negative_are_not_shifted_and_negative_ones_are(plain):
    candidates = seen([[0.3], [0.5]], [[1, 0], [1, 0]])
    assert density(candidates, of=plain) == pytest.approx([0.3, 0.5])
    assert density(candidates, of="multilabel_margin") == pytest.approx([0, 0.2])


def test_a_doubtful_oddity_loses_to_a_doubtful_text_among_others():
    vectors = [[1, 0], [1, 0.1], [1, -0.1], [-1, 0.2]]
    candidates = seen([[0.9], [0.52], [0.9], [0.5]], vectors)
    assert strategy("multilabel_margin").choose(candidates, 1, np.random.default_rng(0)).rows.tolist() == [3]
    chosen = strategy("information_density", of="multilabel_margin").choose(
        candidates, 1, np.random.default_rng(0)
    )
    assert chosen.rows.tolist() == [1]


def shares(values):
    """The definition of an empirical distribution."""
    return np.array([np.mean(values <= value) for value in values])


def products(candidates, taken, of):
    """U I D of all candidates, by all pairs."""
    own = unit(candidates.embeddings).astype(float)
    others = np.concatenate([unit(candidates.labelled.embeddings), own[taken]])
    density = shares(np.round((own @ own.T).mean(axis=1), 6))
    closest = np.round((own @ others.T).max(axis=1), 6) if len(others) else np.zeros(len(own))
    return shares(strategy(of).scores(candidates)) * density * shares(-closest)


@EXAMPLES
@given(m=st.integers(1, 25), n_labelled=st.integers(0, 4), seed=st.integers(0, 99))
def test_each_pick_has_the_highest_product_of_a_naive_search(m, n_labelled, seed):
    rng = np.random.default_rng(seed)
    candidates = seen(
        rng.uniform(0.01, 0.99, size=(m, 3)),
        rng.normal(0.5, 1, size=(m, 4)),
        rng.normal(size=(n_labelled, 4)),
    )
    found = picks(candidates, min(m, 6), of="multilabel_margin")
    for turn, place in enumerate(found):
        possible = products(candidates, found[:turn], "multilabel_margin")
        assert possible[place] == pytest.approx(np.delete(possible, found[:turn]).max())


def test_of_two_doubtful_texts_that_say_the_same_only_one_is_taken_at_first():
    vectors = [[1, 0.02], [1, 0.02], [0.7, 0.7], [0, 1], [0, 1]]
    candidates = seen([[0.5], [0.5], [0.6], [0.9], [0.95]], vectors)
    first, second = picks(candidates, 2, of="multilabel_margin")
    assert sorted([first, second]) in ([0, 2], [1, 2])


def test_what_is_like_something_labelled_does_not_come_first():
    vectors = [[1, 0], [0.99, 0.1], [0, 1], [0.1, 0.99]]
    probs = [[0.5]] * 4
    assert set(picks(seen(probs, vectors, [[1, 0.05]]), 1, of="multilabel_margin")) <= {2, 3}
    assert set(picks(seen(probs, vectors, [[0.05, 1]]), 1, of="multilabel_margin")) <= {0, 1}


def test_any_rising_scale_of_doubt_gives_the_same_batch(plain):
    rng = np.random.default_rng(0)
    probs, vectors = rng.uniform(0.01, 0.99, size=(30, 1)), rng.normal(size=(30, 4))
    assert picks(seen(probs, vectors), 8, of=plain) == picks(seen(probs**3, vectors), 8, of=plain)


@pytest.mark.parametrize("name", ["information_density", "uncertainty_density_diversity"])
@pytest.mark.parametrize("of", ["random", "bald", "information_density", "multilable_margin"])
def test_what_is_no_score_by_probabilities_alone_is_refused_with_all_that_are(name, of):
    with pytest.raises(
        SettingsError, match=f"of: '{of}' does not score .* must be one of: .*multilabel_margin"
    ):
        strategy(name, of=of)
    with pytest.raises(StrategyError, match=f"'{of}' does not score each text by its probabilities alone"):
        inner_scores(of, seen([[0.5]], [[1, 0]]))


def test_a_strategy_that_must_be_given_a_setting_cannot_be_inside_another():
    def with_setting(candidates, *, weight: float):
        return weight * candidates.probs[:, 0]

    score("with_setting", needs=["probs"])(with_setting)
    try:
        with pytest.raises(SettingsError, match="'with_setting' does not score"):
            strategy("information_density", of="with_setting")
    finally:
        STRATEGIES._entries.pop("with_setting")
