"""Maximum loss reduction with maximal confidence: the guessed counts, and the loss at the guessed sets."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from text_al.errors import StrategyError
from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.from_probs.mmc import mmc
from text_al.testing import check_strategy
from text_al.types import Candidates, Labelled


def of_probs(probs, targets=(), of_labelled=None, thresholds=None):
    probs = np.asarray(probs, dtype=np.float64)
    n_labels = probs.shape[1]
    targets = np.array(targets, dtype=np.int8).reshape(-1, n_labels)
    labelled_probs = np.full(targets.shape, 0.5) if of_labelled is None else np.asarray(of_labelled)
    return Candidates(
        np.arange(len(probs)),
        np.zeros(probs.shape),
        probs,
        np.full(n_labels, 0.5) if thresholds is None else np.asarray(thresholds),
        labelled=Labelled(np.arange(len(targets)), targets, probs=labelled_probs),
    )


def loss(p, count):
    """The definition: y is +1 at the `count` likeliest labels."""
    y = np.full(len(p), -1)
    y[np.argsort(-p)[:count]] = 1
    return float(((1 - y * (2 * p - 1)) / 2).sum())


def simulated(seed, n=80, m=50, n_labels=5):
    rng = np.random.default_rng(seed)
    probs = rng.beta(0.5, 1.0, size=(n + m, n_labels))
    targets = (rng.uniform(size=(n, n_labels)) < probs[:n]).astype(np.int8)
    return of_probs(probs[n:], targets, probs[:n])


def test_it_keeps_the_contract():
    check_strategy(mmc)


@pytest.mark.parametrize(("targets", "expected"), [
    ([[0, 0, 0], [0, 0, 0]], [0.9 + 0.2 + 0.6, 0.1 + 0.2 + 0.0]),
    ([[1, 0, 0], [0, 0, 1]], [0.1 + 0.2 + 0.6, 0.1 + 0.8 + 0.0]),
    ([[1, 1, 0]], [0.1 + 0.2 + 0.4, 0.9 + 0.8 + 0.0]),
    ([[1, 1, 1]], [0.1 + 0.8 + 0.4, 0.9 + 0.8 + 1.0]),
])  # fmt: skip
def test_where_all_labelled_texts_have_as_many_labels_that_many_are_guessed(targets, expected):
    scores = strategy("mmc").scores(of_probs([[0.9, 0.2, 0.6], [0.1, 0.2, 0.0]], targets))
    assert scores == pytest.approx(expected)


def test_without_labelled_texts_the_labels_above_their_thresholds_are_guessed():
    scores = strategy("mmc").scores(of_probs([[0.9, 0.2, 0.6], [0.1, 0.2, 0.0]], thresholds=[0.5, 0.1, 0.7]))
    # two labels are above their thresholds in the first text, label 1 in the second
    assert scores == pytest.approx([0.1 + 0.4 + 0.2, 0.8 + 0.1])


def test_only_texts_with_all_targets_known_teach_the_counts():
    probs = [[0.9, 0.2, 0.6]]
    partly = of_probs(probs, [[1, 1, 0], [-1, 0, 0], [0, 0, -1]])
    assert strategy("mmc").scores(partly) == pytest.approx([loss(np.array(probs[0]), 2)])
    nothing = of_probs(probs, [[-1, 0, 0], [0, 0, -1]], thresholds=[0.5, 0.5, 0.7])
    assert strategy("mmc").scores(nothing) == pytest.approx([loss(np.array(probs[0]), 1)])


def test_scores_equal_the_definition_with_an_independent_regression():
    candidates = simulated(0)
    shares = [
        -np.sort(-p, axis=1) / p.sum(axis=1, keepdims=True)
        for p in (candidates.labelled.probs, candidates.probs)
    ]
    counts = candidates.labelled.targets.sum(axis=1)
    guessed = LogisticRegression(C=50.0, max_iter=1000).fit(shares[0], counts).predict(shares[1])
    assert len(set(guessed.tolist())) > 2
    expected = [loss(p, count) for p, count in zip(candidates.probs, guessed, strict=True)]
    assert strategy("mmc", c=50.0).scores(candidates) == pytest.approx(expected)


def test_each_count_is_learned_at_the_probabilities_of_its_own_text():
    whole = simulated(3)
    partly = whole.labelled.targets.copy()
    partly[::2, 1] = -1
    labelled = whole.labelled
    with_unknown, without = (
        replace(whole, labelled=found)
        for found in (
            replace(labelled, targets=partly),
            Labelled(labelled.rows[1::2], labelled.targets[1::2], probs=labelled.probs[1::2]),
        )
    )
    scores = [strategy("mmc", c=50.0).scores(found).tolist() for found in (with_unknown, without, whole)]
    assert scores[0] == scores[1] != scores[2]


def test_the_counts_follow_what_the_labelled_texts_show():
    flat, steep = [0.6, 0.6, 0.6], [0.6, 0.1, 0.0]
    candidates = of_probs(
        [[0.3, 0.3, 0.3], [0.3, 0.05, 0.0]], [[1, 1, 1]] * 30 + [[1, 0, 0]] * 30, [flat] * 30 + [steep] * 30
    )
    # the shapes are those of the labelled texts, at half the size
    assert strategy("mmc").scores(candidates) == pytest.approx([0.7 * 3, 0.7 + 0.05])


def test_each_set_is_of_labels_and_not_of_whole_texts():
    """A known slip of index is to mark every label of a text as soon as it has one."""
    scores = strategy("mmc").scores(of_probs([[0.9, 0.1, 0.1, 0.1], [0.9, 0.8, 0.1, 0.1]], [[1, 0, 0, 0]]))
    assert scores == pytest.approx([0.4, 0.1 + 0.8 + 0.2])


def test_one_fit_a_chunk_gives_the_scores_of_one_fit():
    candidates = simulated(1)
    chooser = strategy("mmc", c=20.0)
    assert chooser.scores(candidates, chunk=7).tolist() == chooser.scores(candidates).tolist()


def test_texts_without_any_probability_are_no_trouble():
    targets, of_labelled = [[0, 0], [1, 1], [1, 0]], [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0]]
    scores = strategy("mmc").scores(of_probs([[0.0, 0.0], [1.0, 1.0]], targets, of_labelled))
    assert np.isfinite(scores).all()
    assert ((scores >= 0) & (scores <= 2)).all()


def test_a_looser_fit_can_be_asked_for_and_none_below_zero():
    candidates = simulated(2)
    loose, close = (strategy("mmc", c=c).scores(candidates) for c in (1e-6, 100.0))
    assert not np.allclose(loose, close)
    with pytest.raises(SettingsError, match="c: "):
        strategy("mmc", c=0)


def test_the_labelled_texts_probabilities_are_asked_for_where_they_are_missing():
    candidates = of_probs([[0.5, 0.5]], [[0, 0], [1, 0]])
    bare = Labelled(candidates.labelled.rows, candidates.labelled.targets)
    with pytest.raises(StrategyError, match="come without labelled probs"):
        mmc(
            Candidates(
                *(getattr(candidates, p) for p in ("rows", "logits", "probs", "thresholds")), labelled=bare
            )
        )


def test_importing_it_does_not_import_scikit_learn():
    code = "import sys, text_al.strategies.from_probs.mmc; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
