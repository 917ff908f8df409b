"""The contrastive score: what the model says of a text, against what it says of labelled texts beside it."""

import numpy as np
import pytest

from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_embeddings import contrastive as module
from text_al.types import Candidates, Labelled


def candidates_of(probs, embeddings, known_probs, known_embeddings, targets=None):
    probs, known_probs = np.asarray(probs), np.asarray(known_probs)
    targets = np.zeros(known_probs.shape, dtype=np.int8) if targets is None else targets
    labelled = Labelled(np.arange(len(targets)), targets, known_probs, np.asarray(known_embeddings))
    rows = 100 + np.arange(len(probs))
    thresholds = np.full(probs.shape[1], 0.5)
    return Candidates(
        rows, np.zeros_like(probs), probs, thresholds, embeddings=np.asarray(embeddings), labelled=labelled
    )


def made_up(m=25, n=14, n_labels=4, width=6, seed=0):
    rng = np.random.default_rng(seed)
    return candidates_of(
        rng.random((m, n_labels)),
        rng.normal(size=(m, width)),
        rng.random((n, n_labels)),
        rng.normal(size=(n, width)),
    )


def kl(q, p):
    return q * np.log(q / p) + (1 - q) * np.log((1 - q) / (1 - p))


def naive(candidates, k):
    """The definition, text by text."""
    scores = []
    for p, h in zip(candidates.probs, candidates.embeddings, strict=True):
        others = candidates.labelled.embeddings
        cosines = others @ h / np.linalg.norm(others, axis=1) / np.linalg.norm(h)
        nearest = np.argsort(-cosines)[:k]
        scores.append(np.mean([kl(candidates.labelled.probs[j], p).sum() for j in nearest]))
    return scores


@pytest.mark.parametrize("k", [1, 3, 10, 14])
@pytest.mark.parametrize("n_labels", [1, 4])
def test_it_equals_its_definition(k, n_labels):
    candidates = made_up(n_labels=n_labels, seed=k)
    assert strategy("contrastive", k=k).scores(candidates) == pytest.approx(naive(candidates, k))


def test_an_answer_worked_by_hand():
    candidates = candidates_of(
        [[0.5]], [[1.0, 0.0]], [[0.9], [0.1], [0.5]], [[2.0, 0.1], [2.0, 0.2], [0.0, 1.0]]
    )
    # The two nearest are 0.9 and 0.1, each ln 2 - H(0.9) = 0.693147 - 0.325083 away; the third is left out.
    assert strategy("contrastive", k=2).scores(candidates) == pytest.approx([0.368064], abs=1e-6)


def test_the_divergence_is_from_the_labelled_texts_to_the_candidate():
    candidates = candidates_of([[0.9]], [[1.0]], [[0.5]], [[1.0]])
    score = strategy("contrastive").scores(candidates)[0]
    assert score == pytest.approx(kl(0.5, 0.9))
    assert abs(score - kl(0.9, 0.5)) > 0.1


def test_a_text_that_contradicts_its_neighbours_is_asked_about_before_one_that_is_merely_unsure():
    near, far = [1.0, 0.0], [0.0, 1.0]
    candidates = candidates_of([[0.95], [0.5]], [near, far], [[0.05], [0.5]], [near, far])
    assert np.argmax(strategy("contrastive", k=1).scores(candidates)) == 0


def test_where_less_is_labelled_than_k_all_of_it_counts():
    candidates = made_up(n=3)
    assert strategy("contrastive", k=10).scores(candidates) == pytest.approx(naive(candidates, 3))


def test_while_nothing_is_labelled_all_texts_score_0():
    candidates = candidates_of(np.full((4, 2), 0.3), np.ones((4, 3)), np.empty((0, 2)), np.empty((0, 3)))
    assert strategy("contrastive").scores(candidates).tolist() == [0, 0, 0, 0]


def test_it_compares_predictions_so_that_targets_not_known_change_nothing():
    known, unknown = made_up(), made_up()
    unknown.labelled.targets[:] = -1
    assert strategy("contrastive").scores(unknown).tolist() == strategy("contrastive").scores(known).tolist()


def test_probabilities_of_0_and_1_give_finite_scores_and_equal_ones_none():
    sure = [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    candidates = candidates_of(sure, np.ones((3, 2)), [[0.0, 1.0]], np.ones((1, 2)))
    scores = strategy("contrastive").scores(candidates)
    assert scores == pytest.approx([0, 2 * np.log(1e6), 0], abs=1e-3)
    assert (scores >= 0).all()


def test_the_size_of_the_blocks_makes_no_difference(monkeypatch):
    candidates = made_up()
    whole = strategy("contrastive").scores(candidates)
    monkeypatch.setattr(module, "_BLOCK", 11)
    assert strategy("contrastive").scores(candidates) == pytest.approx(whole, rel=1e-12)


def test_k_must_be_at_least_1():
    with pytest.raises(SettingsError, match="k"):
        strategy("contrastive", k=0)
