"""BALD over labels, the mean of several passes, and what all strategies over passes refuse."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from text_al.errors import StrategyError
from text_al.registry import SettingsError
from text_al.strategies import STRATEGIES, strategy
from text_al.strategies.from_passes.information import cell_information
from text_al.strategies.from_passes.mean import mc_dropout_mean
from text_al.strategies.from_passes.moments import moments_in_blocks, moments_of
from text_al.strategies.from_passes.ties import without_rounding
from text_al.types import Candidates

GOLDEN = Path(__file__).parents[1].parent / "shared" / "reference" / "golden_multilabel.json"
OVER_PASSES = ("bald", "beta_score", "epig", "expected_loss_reduction", "mc_dropout_mean")


def of_passes(passes, rows=None):
    passes = np.asarray(passes)
    m, n_labels = passes.shape[1:]
    shape = (m, n_labels)
    rows = np.arange(m) if rows is None else rows
    return Candidates(rows, np.zeros(shape), np.full(shape, 0.5), np.full(n_labels, 0.5), passes=passes)


def rng(seed=0):
    return np.random.default_rng(seed)


def bits(p):
    """The definition of the entropy of a yes or no."""
    return sum(-q * np.log2(q) if q > 0 else 0.0 for q in (p, 1 - p))


def naive_bald(passes):
    _, m, n_labels = passes.shape
    return [
        sum(
            bits(passes[:, i, label].mean()) - np.mean([bits(p) for p in passes[:, i, label]])
            for label in range(n_labels)
        )
        for i in range(m)
    ]


def test_bald_agrees_with_the_golden_scores():
    if not GOLDEN.exists():
        pytest.skip("the golden values are not beside the repository")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))["bald_bernoulli_bits"]
    draws = np.array(golden["draws"])  # by text, then by member, then by label
    found = strategy("bald").scores(of_passes(draws.transpose(1, 0, 2)))
    assert found == pytest.approx(golden["score"], abs=1e-6)


def test_bald_of_two_members_that_are_sure_of_opposites_is_one_bit():
    passes = [[[1.0, 0.0]], [[0.0, 0.0]]]
    assert strategy("bald").scores(of_passes(passes)) == pytest.approx([1.0])


def test_bald_counts_the_no_as_much_as_the_yes():
    passes = rng().uniform(size=(4, 20, 3))
    found = strategy("bald").scores(of_passes(passes))
    assert found == pytest.approx(strategy("bald").scores(of_passes(1 - passes)))


@given(
    arrays(np.float64, st.tuples(st.integers(1, 5), st.just(3), st.integers(1, 3)), elements=st.floats(0, 1))
)
def test_bald_equals_its_definition_also_at_the_ends(passes):
    assert strategy("bald").scores(of_passes(passes)) == pytest.approx(naive_bald(passes), abs=1e-9)


def test_bald_of_half_precision_passes_is_that_of_the_same_numbers_in_full():
    passes = rng().uniform(size=(5, 30, 4)).astype(np.float16)
    assert strategy("bald").scores(of_passes(passes)) == pytest.approx(
        naive_bald(passes.astype(float)), rel=1e-5
    )


def test_bald_is_zero_where_all_members_say_the_same_however_unsure():
    alike = np.broadcast_to(rng().uniform(size=(1, 50, 3)), (7, 50, 3))
    assert not strategy("bald").scores(of_passes(alike)).any()


def test_a_cell_that_is_never_seen_adds_nothing_and_one_as_expected_neither():
    expected, excess = np.array([0.25, 0.25, 0.0]), np.array([-0.25, 0.0, 0.0])
    assert cell_information(expected, excess) == pytest.approx([0, 0, 0], abs=1e-12)


def test_moments_keep_the_chance_of_a_no_where_the_mean_rounds_to_one():
    seen = moments_of(np.array([1.0, 1.0, 1 - 2**-24], dtype=np.float32).reshape(3, 1, 1))
    assert seen.yes.item() == 1
    assert seen.no.item() == pytest.approx(2**-24 / 3)


def test_moments_do_not_depend_on_the_blocks():
    candidates = of_passes(rng().uniform(size=(3, 17, 2)))
    for size, most_texts in [(1, None), (24, None), (10**6, 5)]:
        parts = [seen.centred for _, seen in moments_in_blocks(candidates, size=size, most_texts=most_texts)]
        assert len(parts) > 1
        assert np.array_equal(np.concatenate(parts, axis=2), moments_of(candidates.passes).centred)


def test_scores_that_differ_by_rounding_are_made_equal_and_others_not():
    scores = np.array([1.0, 1.0 + 2e-16, 0.5, 0.5 - 1e-16, 0.4999])
    found = without_rounding(scores, np.dtype(np.float64), rng())
    assert found[0] == found[1] > found[2] == found[3] > found[4]
    assert not without_rounding(np.zeros(3), np.dtype(np.float32), rng()).any()


def test_scores_that_differ_by_rounding_are_not_always_told_apart_wherever_they_lie():
    step = 100 * np.finfo(np.float64).eps
    edge = 2.0**44 // 100 * step  # where a step ends if they begin at 0
    scores = np.array([1.0, edge, np.nextafter(edge, 0)])
    found = [without_rounding(scores, np.dtype(np.float64), rng(seed))[1:] for seed in range(50)]
    assert sum(first == second for first, second in found) > 40


def test_the_mean_of_passes_is_scored_as_another_strategy_would():
    candidates = of_passes([[[0.9, 0.4], [0.2, 0.2]], [[0.1, 0.6], [0.2, 0.4]]])
    assert strategy("mc_dropout_mean").scores(candidates) == pytest.approx([0, -0.5])


def test_the_mean_of_passes_gives_logits_too_and_finite_ones():
    means = np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0]])
    candidates = of_passes(np.stack([means, means]))
    found = strategy("mc_dropout_mean", of="margin").scores(candidates)
    powers = np.array([0.5 / 0.5, 0.3 / 0.7, 0.2 / 0.8])
    assert found == pytest.approx([-(powers[0] - powers[1]) / powers.sum(), -1])


def test_the_mean_of_half_precision_passes_is_taken_in_more_than_half_precision():
    passes = np.array([0.5, 0.5 + 2**-11], dtype=np.float16).reshape(2, 1, 1)  # no half lies between the two
    assert strategy("mc_dropout_mean").scores(of_passes(passes)) == pytest.approx([-(2**-12)])


@pytest.mark.parametrize("name", ["random", "rare_label_search", "bald", "mc_dropout_mean", "no_such"])
def test_the_mean_of_passes_refuses_strategies_that_read_more_than_probabilities_and_says_which_do(name):
    wanted = rf"mc_dropout_mean: of: '{name}' does not score each text by its .* one of: .*multilabel_margin"
    with pytest.raises(SettingsError, match=wanted):
        strategy("mc_dropout_mean", of=name)
    with pytest.raises(StrategyError, match=rf"mc_dropout_mean: '{name}' does not score.*multilabel_margin"):
        mc_dropout_mean(of_passes(np.full((2, 1, 1), 0.5)), of=name)


def test_settings_of_the_strategy_behind_the_mean_are_checked_with_it():
    with pytest.raises(SettingsError, match="mc_dropout_mean: settings: margin: temperature: unknown key"):
        strategy("mc_dropout_mean", of="margin", settings={"temperature": 2})
    with pytest.raises(StrategyError, match="margin: temperature: unknown key"):
        mc_dropout_mean(of_passes(np.full((2, 1, 1), 0.5)), of="margin", settings={"temperature": 2})
    with pytest.raises(SettingsError) as caught:
        strategy("mc_dropout_mean", of="no_such", settings={"temperature": 2})
    assert [setting for setting, _ in caught.value.problems] == ["of"]
    assert strategy("mc_dropout_mean", of="margin", settings={}).settings["settings"] == {}


@pytest.mark.parametrize("name", OVER_PASSES)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_passes_that_are_not_finite_are_refused_and_the_row_named(name, value):
    passes = np.full((3, 5, 2), 0.5)
    passes[1, 3, 0] = value
    with pytest.raises(StrategyError, match="row 103"):
        strategy(name).choose(of_passes(passes, rows=np.arange(100, 105)), 2, rng())


@pytest.mark.parametrize("name", OVER_PASSES)
@pytest.mark.parametrize("shape", [(3, 4, 2), (3, 5, 1), (0, 5, 2)])
def test_passes_of_other_texts_or_labels_or_of_nobody_are_refused(name, shape):
    candidates = of_passes(np.full((1, 5, 2), 0.5))
    wrong = Candidates(
        candidates.rows,
        candidates.logits,
        candidates.probs,
        candidates.thresholds,
        passes=np.full(shape, 0.5),
    )
    with pytest.raises(StrategyError, match=r"must have \(T, 5, 2\), T at least 1"):
        strategy(name).choose(wrong, 2, rng())


@pytest.mark.parametrize("name", OVER_PASSES)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_members_that_are_all_sure_and_at_odds_can_be_chosen_from(name, dtype):
    passes = rng().integers(0, 2, size=(4, 12, 3)).astype(dtype)
    assert len(strategy(name).choose(of_passes(passes), 12, rng())) == 12


@pytest.mark.parametrize("name", [name for name in OVER_PASSES if name != "mc_dropout_mean"])
@pytest.mark.parametrize("n_passes", [1, 3])
def test_where_no_members_disagree_every_text_has_its_turn(name, n_passes):
    passes = np.broadcast_to(rng().uniform(size=(1, 8, 2)), (n_passes, 8, 2))
    first = {strategy(name).choose(of_passes(passes), 1, rng(seed)).rows.item() for seed in range(80)}
    assert first == set(range(8))


def test_strategies_over_passes_say_what_they_cost_and_when_to_use_them():
    for name in OVER_PASSES:
        entry = STRATEGIES.entry(name)
        assert entry.said("Cost").startswith("O(")
        assert entry.said("Use").startswith("when ")
