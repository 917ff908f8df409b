"""What the strategies choose: known answers, naive references, and what they refuse."""

import json
import tracemalloc
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from text_al.errors import StrategyError
from text_al.registry import SettingsError, UnknownNameError
from text_al.strategies import STRATEGIES, strategy
from text_al.strategies.base import Strategy, batch, score
from text_al.strategies.selection import SELECTIONS, Selection, best, selection
from text_al.testing import example_candidates
from text_al.types import Candidates

GOLDEN = Path(__file__).parents[1].parent / "shared" / "reference" / "golden_multilabel.json"


def of_probs(probs, rows=None):
    probs = np.asarray(probs, dtype=np.float64)
    with np.errstate(divide="ignore"):
        logits = np.log(probs) - np.log1p(-probs)
    return Candidates(
        np.arange(len(probs)) if rows is None else rows, logits, probs, np.full(probs.shape[1], 0.5)
    )


def of_logits(logits):
    logits = np.asarray(logits, dtype=np.float64)
    return Candidates(
        np.arange(len(logits)), logits, 1 / (1 + np.exp(-logits)), np.full(logits.shape[1], 0.5)
    )


def rng(seed=0):
    return np.random.default_rng(seed)


PROBS = [
    [0.91, 0.21, 0.62, 0.11],
    [0.56, 0.46, 0.505, 0.41],
    [0.83, 0.74, 0.13, 0.06],
    [0.35, 0.24, 0.15, 0.08],
    [0.97, 0.88, 0.86, 0.63],
]


def test_multilabel_margin_adds_the_distances_to_a_half():
    scores = strategy("multilabel_margin").scores(of_probs(PROBS))
    assert scores == pytest.approx([-1.21, -0.195, -1.38, -1.18, -1.34])


def test_multilabel_margin_agrees_with_the_golden_margins():
    if not GOLDEN.exists():
        pytest.skip("the golden values are not beside the repository")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    scores = strategy("multilabel_margin").scores(of_probs(golden["P"]))
    assert -scores * 2 / 4 == pytest.approx(golden["mean_abs_margin"], abs=1e-6)


def test_multilabel_margin_takes_the_smallest_margin_first():
    candidates = of_probs(PROBS, rows=np.array([50, 10, 30, 20, 40]))
    chosen = strategy("multilabel_margin").choose(candidates, 3, rng())
    assert chosen.rows.tolist() == [10, 20, 50]
    assert chosen.scores == pytest.approx([-0.195, -1.18, -1.21])
    assert chosen.reasons[1] == "multilabel_margin: -1.18, 2 of 5"
    assert len(chosen) == 3


def test_multilabel_margin_is_not_misled_by_two_sure_labels_where_margin_is():
    candidates = of_probs([[0.99, 0.99, 0.01], [0.6, 0.3, 0.5]])
    assert strategy("multilabel_margin").choose(candidates, 1, rng()).rows.tolist() == [1]
    assert strategy("margin").choose(candidates, 1, rng()).rows.tolist() == [0]


def softmax_margin(logits):
    """The definition, text by text."""
    powers = [np.exp(value) for value in logits]
    first, second = sorted((power / sum(powers) for power in powers), reverse=True)[:2]
    return first - second


def test_margin_equals_its_definition():
    logits = rng().normal(size=(50, 5)) * 3
    expected = [-softmax_margin(row) for row in logits]
    assert strategy("margin").scores(of_logits(logits)) == pytest.approx(expected)


def test_margin_has_these_known_answers():
    logits = np.log([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.98, 0.01, 0.01]])
    assert strategy("margin").scores(of_logits(logits)) == pytest.approx([-0.2, 0, -0.97])


def test_margin_with_one_label_compares_yes_with_no():
    scores = strategy("margin").scores(of_probs([[0.5], [0.9], [0.1], [0.75]]))
    assert scores == pytest.approx([0, -0.8, -0.8, -0.5])


def test_margin_bears_logits_of_any_size():
    scores = strategy("margin").scores(of_logits([[700, -700], [700, 700], [-700, -700]]))
    assert scores == pytest.approx([-1, 0, 0])


def test_margin_does_not_change_when_all_logits_of_a_text_rise_alike():
    logits = rng().normal(size=(20, 4))
    shifted = strategy("margin").scores(of_logits(logits + rng(1).normal(size=(20, 1))))
    assert strategy("margin").scores(of_logits(logits)) == pytest.approx(shifted)


def test_random_gives_every_text_the_same_chance():
    candidates = example_candidates(10, 2)
    counts = Counter(
        row
        for seed in range(2000)
        for row in strategy("random").choose(candidates, 3, rng(seed)).rows.tolist()
    )
    expected = 2000 * 3 / 10
    chi_squared = sum((counts[row] - expected) ** 2 / expected for row in candidates.rows.tolist())
    assert chi_squared < 27.9  # the 99.9 % point with 9 degrees of freedom


def test_random_asks_nothing_of_the_model_so_that_it_works_before_there_is_one():
    chosen = strategy("random")
    assert chosen.needs == frozenset()
    broken = of_logits(np.full((5, 2), np.nan))
    assert len(chosen.choose(broken, 2, rng()).rows) == 2
    assert chosen.choose(broken, 2, rng()).scores is None
    with pytest.raises(StrategyError, match="random chooses texts together; it gives no scores"):
        chosen.scores(broken)


def test_the_best_scores_are_taken_best_first():
    assert best(np.array([0.1, 0.9, 0.5, 0.7]), 3, rng()).tolist() == [1, 3, 2]
    assert best(np.array([0.1, 0.9]), 2, rng()).tolist() == [1, 0]


def test_among_equal_scores_chance_decides_and_the_better_one_is_always_taken():
    scores = np.array([1.0, 2.0, 1.0, 1.0])
    drawn = [best(scores, 2, rng(seed)).tolist() for seed in range(200)]
    assert {first for first, _ in drawn} == {1}
    assert {second for _, second in drawn} == {0, 2, 3}


def test_equal_scores_among_the_best_come_in_random_order():
    drawn = {tuple(best(np.array([5.0, 5.0, 1.0]), 3, rng(seed)).tolist()) for seed in range(50)}
    assert drawn == {(0, 1, 2), (1, 0, 2)}


def test_best_equals_sorting_when_no_scores_are_equal():
    scores = rng().permutation(1000).astype(float)
    for n in (1, 10, 999, 1000):
        assert best(scores, n, rng()).tolist() == np.argsort(-scores)[:n].tolist()


def test_selections_are_found_by_name_and_their_settings_checked():
    assert "best" in SELECTIONS.names()
    assert selection("best")(np.array([1.0, 2.0]), 1, rng()).positions.tolist() == [1]
    with pytest.raises(UnknownNameError, match=r"no selection is called 'bset'\. Did you mean 'best'"):
        selection("bset")
    with pytest.raises(SettingsError, match="unknown key"):
        selection("best", beta=1)


def test_another_selection_rule_changes_what_a_score_strategy_takes():
    worst = strategy("multilabel_margin").with_selection(
        Selection("worst", lambda scores, n, rng: np.argsort(scores)[:n])
    )
    assert worst.choose(of_probs(PROBS), 1, rng()).rows.tolist() == [2]


@pytest.mark.parametrize("name", ["margin", "multilabel_entropy"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_when_logits_are_not_finite_the_first_such_row_is_named(name, value):
    logits = np.zeros((5, 2))
    logits[3, 1] = logits[4, 0] = value
    candidates = Candidates(np.arange(100, 105), logits, np.full((5, 2), 0.5), np.full(2, 0.5))
    with pytest.raises(StrategyError, match=f"{name}: the logits of row 103 are not finite"):
        strategy(name).choose(candidates, 1, rng())


def test_when_probabilities_are_not_finite_the_row_is_named():
    candidates = Candidates(np.arange(2), np.zeros((2, 1)), np.array([[0.5], [np.nan]]), np.full(1, 0.5))
    with pytest.raises(StrategyError, match="the probabilities of row 1"):
        strategy("multilabel_margin").choose(candidates, 1, rng())


def test_when_candidates_lack_what_a_strategy_needs_it_is_named():
    needy = Strategy("needy", "batch", lambda c, n, rng: np.arange(n), frozenset({"embeddings", "passes"}))
    with pytest.raises(
        StrategyError, match="needy needs embeddings and passes, but the candidates come without"
    ):
        needy.choose(example_candidates(3, 2), 1, rng())


def test_when_nothing_can_be_chosen_nothing_is():
    for name in STRATEGIES.names():
        for m, n in [(0, 5), (5, 0)]:
            chosen = strategy(name).choose(example_candidates(m, 2), n, rng())
            assert (len(chosen), chosen.reasons, chosen.rows.dtype) == (0, (), np.int64)
    with pytest.raises(StrategyError, match="-1 texts cannot be chosen"):
        strategy("random").choose(example_candidates(3, 2), -1, rng())


def test_a_pool_scored_in_parts_gives_the_same_batch_as_a_whole():
    candidates = example_candidates(100, 3, seed=2)
    chooser = strategy("multilabel_margin")
    parts = [
        Candidates(
            *(part[start : start + 30] for part in (candidates.rows, candidates.logits, candidates.probs)),
            candidates.thresholds,
        )
        for start in range(0, 100, 30)
    ]
    scores = np.concatenate([chooser.scores(part) for part in parts])
    whole = chooser.choose(candidates, 10, rng())
    assert chooser.choose_by(scores, candidates.rows, 10, rng()).rows.tolist() == whole.rows.tolist()
    assert len(chooser.choose_by(scores, candidates.rows, 1000, rng())) == 100


def test_scoring_a_large_pool_needs_memory_for_a_chunk_and_the_scores_only():
    m, n_labels, chunk = 400_000, 20, 1000
    shape = (m, n_labels)
    half = np.broadcast_to(np.float32(0.5), shape)
    candidates = Candidates(np.arange(m), np.broadcast_to(np.float32(0), shape), half, np.full(n_labels, 0.5))
    tracemalloc.start()
    strategy("margin").scores(candidates, chunk=chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * m + 20 * 8 * chunk * n_labels


def test_a_strategy_of_ones_own_is_used_by_name_with_checked_settings(monkeypatch):
    monkeypatch.setattr(STRATEGIES, "_entries", dict(STRATEGIES._entries))

    @score("rarest", needs=["probs"])
    def rarest(candidates, *, label: int = 0):
        return candidates.probs[:, label]

    @batch("firsts")
    def firsts(candidates, n, rng):
        return np.arange(n)

    mine = strategy("rarest", label=1)
    assert (mine.kind, mine.needs, mine.claims, mine.settings) == ("score", {"probs"}, set(), {"label": 1})
    assert mine.choose(of_probs(PROBS), 1, rng()).rows.tolist() == [4]
    chosen = strategy("firsts").choose(of_probs(PROBS), 2, rng())
    assert (chosen.rows.tolist(), chosen.reasons[1]) == ([0, 1], "firsts: 2 of 2 chosen together")
    with pytest.raises(SettingsError, match="label"):
        strategy("rarest", label="first")


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(
    ("need", "part", "named"),
    [
        ("embeddings", "embeddings", "the embeddings of row 1004 are not finite"),
        ("labelled_embeddings", "embeddings", "the embeddings of labelled row 4 are not finite"),
        ("labelled_probs", "probs", "the probabilities of labelled row 4 are not finite"),
    ],
)
def test_what_a_strategy_needs_must_be_finite_and_what_it_does_not_need_may_be_anything(
    need, part, named, dtype
):
    candidates = example_candidates(9, 2, frozenset({need}))
    owner = candidates.labelled if need.startswith("labelled") else candidates
    broken = getattr(owner, part).astype(dtype)
    broken[4, 1] = broken[6, 0] = np.nan
    owner = replace(owner, **{part: broken})
    spoilt = owner if isinstance(owner, Candidates) else replace(candidates, labelled=owner)
    spoilt = replace(spoilt, rows=np.arange(1000, 1009))
    needing, not_needing = (
        Strategy("taking", "batch", lambda c, n, rng: np.arange(n), frozenset({part}))
        for part in (need, "probs")
    )
    with pytest.raises(StrategyError, match=f"taking: {named}"):
        needing.choose(spoilt, 2, rng())
    assert len(not_needing.choose(spoilt, 2, rng()).rows) == 2


@pytest.mark.parametrize("name", ["bald", "mc_dropout_mean", "epig", "expected_loss_reduction", "beta_score"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_passes_that_are_not_finite_are_refused_by_name_of_the_row(name, value):
    candidates = example_candidates(6, 2, strategy(name).needs)
    candidates.passes[1, 4, 0] = candidates.passes[2, 4, 0] = value
    with pytest.raises(StrategyError, match=f"the passes of row {candidates.rows[4]} are not finite"):
        strategy(name).choose(candidates, 2, rng())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_makes_a_score_that_is_not_finite_is_named_though_nothing_was_looked_through_before(value):
    probs = np.full((70_000, 2), 0.5, dtype=np.float32)
    probs[69_000, 1] = value
    candidates = Candidates(np.arange(100, 70_100), np.zeros((70_000, 2)), probs, np.full(2, 0.5))
    with pytest.raises(
        StrategyError, match="multilabel_margin: the probabilities of row 69100 are not finite"
    ):
        strategy("multilabel_margin").choose(candidates, 1, rng())
