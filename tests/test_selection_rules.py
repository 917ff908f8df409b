"""The rules that draw: in what proportion, how likely each text was, and clusters of the best."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_al.errors import StrategyError
from text_al.registry import SettingsError
from text_al.strategies import strategy
from text_al.strategies.selection import best, selection
from text_al.strategies.selection_rules import draw, inclusion_probabilities
from text_al.testing import check_strategy, example_candidates

DRAWING = ["power", "softmax", "softrank"]
SCORES = np.array([0.5, 3.0, 1.0, 1.0, 2.0])
WEIGHTS = {  # of the scores above, by hand
    "power": SCORES**2,
    "softmax": np.exp(2 * SCORES),
    "softrank": np.array([5, 1, 3.5, 3.5, 2.0]) ** -2,
}


def rng(seed=0):
    return np.random.default_rng(seed)


def chi_squared(counts, expected):
    return sum((counts[key] - number) ** 2 / number for key, number in expected.items())


@pytest.mark.parametrize("name", DRAWING)
def test_one_text_is_drawn_in_proportion_to_its_weight(name):
    draws, rule = rng(), selection(name, beta=2.0)
    counts = Counter(int(rule(SCORES, 1, draws).positions[0]) for _ in range(4000))
    shares = WEIGHTS[name] / WEIGHTS[name].sum()
    assert (
        chi_squared(counts, dict(enumerate(4000 * shares))) < 18.5
    )  # the 99.9 % point with 4 degrees of freedom


def test_several_are_drawn_one_after_another_in_proportion_to_the_weights_of_those_left():
    draws, weights = rng(1), np.array([4.0, 2.0, 1.0, 1.0])
    counts = Counter(tuple(draw(np.log(weights), 2, draws).positions.tolist()) for _ in range(6000))
    expected = {
        (first, second): 6000 * weights[first] / 8 * weights[second] / (8 - weights[first])
        for first, second in permutations(range(4), 2)
    }
    assert chi_squared(counts, expected) < 31.3  # the 99.9 % point with 11 degrees of freedom


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("beta", [0.5, 4.0])
def test_sums_weighed_by_inclusion_have_the_sums_over_all_texts_as_their_mean(name, beta):
    draws = rng(2)
    scores, values = draws.random(12) * 3, draws.normal(5, 2, size=12)
    rule, sums, numbers = selection(name, beta=beta), [], []
    for _ in range(4000):
        drawn = rule(scores, 5, draws)
        sums.append((values[drawn.positions] / drawn.inclusion).sum())
        numbers.append((1 / drawn.inclusion).sum())
    for found, expected in [(sums, values.sum()), (numbers, 12)]:
        assert abs(np.mean(found) - expected) < 4 * np.std(found) / np.sqrt(len(found))
    # The same with 5 of 12 for each text, as if chance were even, is far off, or this would show nothing.
    naive = np.mean([values[rule(scores, 5, draws).positions].sum() * 12 / 5 for _ in range(500)])
    assert beta < 1 or abs(naive - values.sum()) > 1


def test_inclusion_is_the_chance_to_pass_the_highest_key_that_was_not_taken():
    log_weights = np.log([3.0, 2.0, 1.0, 1.0])
    keys = np.array([2.0, 0.5, 1.0, -1.0])
    found = inclusion_probabilities(log_weights, keys, np.array([0, 2]))
    # 1 - exp(-w exp(-kappa)) with kappa = 0.5
    assert found == pytest.approx([1 - np.exp(-3 * np.exp(-0.5)), 1 - np.exp(-np.exp(-0.5))])
    assert inclusion_probabilities(log_weights, keys, np.array([0, 2, 1, 3])).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("name", DRAWING)
def test_positions_come_in_the_order_in_which_they_were_drawn(name):
    rule, scores = selection(name, beta=1.0), rng().random(50)
    for seed in range(20):
        assert (
            rule(scores, 3, rng(seed)).positions.tolist()
            == rule(scores, 20, rng(seed)).positions[:3].tolist()
        )


def test_power_shifts_scores_only_where_one_is_below_0():
    negative = np.array([-4.0, -3.0, -1.0, -0.5])
    rule = selection("power", beta=1.0)
    for seed in range(20):
        shifted, same = rule(negative, 2, rng(seed)), rule(negative + 4, 2, rng(seed))
        assert shifted.positions.tolist() == same.positions.tolist()
        assert shifted.inclusion == pytest.approx(same.inclusion)
    counts = Counter(
        int(rule(np.array([10.0, 30.0]), 1, draws).positions[0]) for draws in [rng()] for _ in range(2000)
    )
    assert abs(counts[0] - 500) < 80  # 10 of 40, not 0 of 20


@pytest.mark.parametrize("scores", [[-5.0, -5.0, -1.0, 2.0], [0.0, 0.0, 1.0, 3.0]])
def test_the_lowest_scores_weigh_next_to_nothing_and_are_taken_when_no_other_is_left(scores):
    rule, thirds = selection("power"), Counter()
    for seed in range(100):
        drawn = rule(np.array(scores), 3, rng(seed))
        assert set(drawn.positions[:2].tolist()) == {2, 3}
        assert (drawn.inclusion > 0).all()
        thirds[int(drawn.positions[2])] += 1
    assert set(thirds) == {0, 1}
    assert sorted(rule(np.array(scores), 4, rng()).positions.tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("value", [-7.0, 0.0, 7.0])
def test_equal_scores_are_drawn_evenly(name, value):
    draws, rule = rng(3), selection(name, beta=3.0)
    counts = Counter(
        text for _ in range(1000) for text in rule(np.full(8, value), 2, draws).positions.tolist()
    )
    assert (
        chi_squared(counts, dict.fromkeys(range(8), 250)) < 24.3
    )  # the 99.9 % point with 7 degrees of freedom


@pytest.mark.parametrize("name", DRAWING)
def test_beta_leads_from_chance_to_the_best(name):
    scores = np.linspace(1, 2, 40)
    assert selection(name, beta=1e5)(scores, 5, rng()).positions.tolist() == [39, 38, 37, 36, 35]
    spread = [selection(name, beta=1e-6)(scores, 5, rng(seed)).positions.mean() for seed in range(400)]
    assert abs(np.mean(spread) - 19.5) < 1


@pytest.mark.parametrize("name", DRAWING)
@given(
    scores=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=30),
    n=st.integers(1, 30),
    beta=st.sampled_from([1e-3, 1.0, 1e3]),
)
def test_any_scores_give_different_positions_and_probabilities(name, scores, n, beta):
    n = min(n, len(scores))
    drawn = selection(name, beta=beta)(np.array(scores, dtype=np.float32), n, rng())
    assert len(set(drawn.positions.tolist())) == n
    assert ((drawn.inclusion > 0) & (drawn.inclusion <= 1)).all()
    assert n < len(scores) or (drawn.inclusion == 1).all()


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("beta", [0, -1])
def test_beta_must_be_above_0(name, beta):
    with pytest.raises(SettingsError, match="beta"):
        selection(name, beta=beta)


@pytest.mark.parametrize("name", [*DRAWING, "cluster"])
def test_a_strategy_keeps_its_contract_with_every_rule(name):
    needs = frozenset({"embeddings"}) if name == "cluster" else frozenset()
    scorer = strategy("expected_gradient_length" if needs else "multilabel_margin")
    check_strategy(scorer.with_selection(selection(name)))


def test_what_is_chosen_carries_its_inclusion_and_the_rule_in_its_reasons():
    chosen = (
        strategy("multilabel_margin")
        .with_selection(selection("power", beta=2.0))
        .choose(example_candidates(40, 3), 5, rng())
    )
    assert chosen.inclusion.shape == (5,)
    assert chosen.reasons[0].endswith("1 of 40 by power")


def in_groups(n_groups, size, seed=0):
    """Vectors about so many axes, group by group."""
    centres = np.repeat(np.eye(n_groups), size, axis=0)
    return centres + 0.01 * rng(seed).normal(size=centres.shape)


def clustered(scores, n, vectors, seed=0, **settings):
    return selection("cluster", **settings)(
        scores, n, rng(seed), embeddings=lambda places: vectors[places]
    ).positions


def test_cluster_takes_the_best_of_each_group_best_first():
    vectors, scores = in_groups(4, 10), rng(1).random(40)
    expected = [group * 10 + int(np.argmax(scores[group * 10 : group * 10 + 10])) for group in range(4)]
    for seed in range(5):
        chosen = clustered(scores, 4, vectors, seed)
        assert sorted(chosen.tolist()) == expected
        assert (np.diff(scores[chosen]) < 0).all()


def test_cluster_groups_by_direction_and_not_by_length():
    vectors, scores = in_groups(3, 8), rng(2).random(24)
    longer = vectors * rng(3).uniform(1, 100, size=(24, 1))
    assert clustered(scores, 3, longer).tolist() == clustered(scores, 3, vectors).tolist()


def test_only_the_best_compete_and_only_they_are_embedded():
    asked = []

    def embeddings(places):
        asked.extend(places.tolist())
        return rng().normal(size=(len(places), 4))

    scores = rng().permutation(1000).astype(float)
    chosen = selection("cluster", per_text=3)(scores, 5, rng(), embeddings=embeddings).positions
    assert sorted(scores[asked]) == list(range(985, 1000))
    assert set(chosen.tolist()) <= set(asked)
    assert chosen[0] == np.argmax(scores)


def test_with_one_text_for_each_place_cluster_takes_the_best():
    scores = rng().random(30)
    expected = best(scores, 6, rng()).tolist()
    assert clustered(scores, 6, rng().normal(size=(30, 4)), per_text=1).tolist() == expected
    assert (
        clustered(scores[:6], 6, rng().normal(size=(30, 4))).tolist() == best(scores[:6], 6, rng()).tolist()
    )


def test_where_texts_are_repeated_the_best_of_the_rest_fill_the_batch():
    vectors, scores = np.repeat(np.eye(2), 10, axis=0), np.arange(20.0)
    assert clustered(scores, 5, vectors).tolist() == [19, 18, 17, 16, 9]


def test_in_a_cluster_of_equal_scores_each_text_has_its_turn():
    vectors = in_groups(2, 4)
    counts = Counter(text for seed in range(100) for text in clustered(np.ones(8), 2, vectors, seed).tolist())
    assert set(counts) == set(range(8))
    assert all(sum(counts[text] for text in group) == 100 for group in (range(4), range(4, 8)))


def test_cluster_says_that_it_needs_embeddings():
    with pytest.raises(StrategyError, match="selection cluster needs embeddings"):
        selection("cluster")(np.ones(3), 1, rng())
    with pytest.raises(SettingsError, match="per_text"):
        selection("cluster", per_text=0)


def test_softmax_draws_the_same_wherever_the_scores_begin():
    scores, rule = rng().random(200), selection("softmax", beta=3.0)
    near, far = rule(scores, 20, rng(1)), rule(scores + 1e9, 20, rng(1))
    assert near.positions.tolist() == far.positions.tolist()
    assert near.inclusion == pytest.approx(far.inclusion, rel=1e-4)
