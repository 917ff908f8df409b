"""What asking about single labels is worth: by hand, by the formula written naively, by trying all sets."""

from itertools import combinations

import numpy as np
import pytest

from text_al.errors import StrategyError
from text_al.registry import SettingsError, UnknownNameError
from text_al.strategies import PAIRS, STRATEGIES, pair_worth, strategy
from text_al.strategies.pairs import known_cells, pair_margin, pair_margin_worth, rarity_weights
from text_al.testing import example_candidates
from text_al.types import Candidates, Labelled


def candidates(probs, *, rows=None, labelled=((0,), ((0, 0, 0),))):
    probs = np.asarray(probs, dtype=np.float64)
    seen = Labelled(np.array(labelled[0]), np.array(labelled[1], dtype=np.int8))
    rows = np.arange(100, 100 + len(probs)) if rows is None else np.array(rows)
    return Candidates(rows, np.log(probs / (1 - probs)), probs, np.full(probs.shape[1], 0.5), labelled=seen)


def test_the_worth_of_pairs_is_as_worked_out_by_hand():
    worth = pair_margin_worth(candidates([[0.5, 0.9, 0.25]]), label_cost=0.1)
    assert worth == pytest.approx(np.array([[0.9, 0.1, 0.4]]))


def test_rare_labels_weigh_more_and_the_weights_have_mean_one():
    weights = rarity_weights(np.array([0, 3, 8]))
    assert weights == pytest.approx(np.array([1, 1 / 2, 1 / 3]) * 3 / (11 / 6))
    assert weights.mean() == pytest.approx(1)


def test_positives_are_counted_over_what_is_labelled_and_known():
    labelled = ((0, 1, 2), ((1, -1, 0), (1, -1, 0), (1, -1, -1)))
    worth = pair_margin_worth(candidates([[0.5, 0.5, 0.5]], labelled=labelled), label_cost=0.0)
    assert worth[0] == pytest.approx(rarity_weights(np.array([3, 0, 0])))


def test_what_is_known_of_a_candidate_is_worth_nothing():
    seen = candidates(
        [[0.5] * 3] * 3, rows=[9, 4, 7], labelled=((2, 4, 9), ((1, 1, 1), (-1, 0, -1), (1, 0, 1)))
    )
    assert known_cells(seen).tolist() == [[True] * 3, [False, True, False], [False] * 3]
    worth = pair_margin_worth(seen, label_cost=0.0)
    assert np.isneginf(worth).tolist() == known_cells(seen).tolist()
    scores = pair_margin(seen, read_cost=0.25, label_cost=0.0)
    assert scores[0] == -0.25
    assert scores[2] > scores[1] > 0


@pytest.mark.parametrize(("read_cost", "label_cost"), [(0.0, 0.0), (0.5, 0.2), (0.1, 0.7)])
def test_no_other_set_of_labels_is_worth_more_than_the_one_taken(read_cost, label_cost):
    seen = example_candidates(30, 4, frozenset({"probs", "labelled"}))
    positives = (seen.labelled.targets == 1).sum(axis=0)
    weights = (positives + 1) ** -0.5
    doubt = weights / weights.mean() * (1 - abs(2 * seen.probs - 1))
    sets = [list(chosen) for size in range(5) for chosen in combinations(range(4), size)]
    best = [max(sum(u[chosen]) - label_cost * len(chosen) for chosen in sets) - read_cost for u in doubt]
    scores = pair_margin(seen, read_cost=read_cost, label_cost=label_cost)
    assert scores == pytest.approx(np.array(best), abs=1e-6)
    taken = pair_worth("pair_margin", {"read_cost": read_cost, "label_cost": label_cost})(seen) > 0
    values = [
        sum(u[of_text]) - label_cost * of_text.sum() - read_cost
        for u, of_text in zip(doubt, taken, strict=True)
    ]
    assert scores == pytest.approx(np.array(values), abs=1e-6)


def test_candidates_without_what_is_labelled_are_refused():
    with pytest.raises(StrategyError, match="without labelled"):
        known_cells(example_candidates(3, 2))
    with pytest.raises(StrategyError, match="pair_margin needs labelled"):
        strategy("pair_margin").scores(example_candidates(3, 2))


def test_a_strategy_that_values_pairs_is_a_strategy_that_scores_texts():
    for name in PAIRS.names():
        entry = STRATEGIES.entry(name)
        assert entry.kind == "score"
        assert set(PAIRS.entry(name).setting_names) <= set(entry.setting_names)


def test_another_strategy_or_setting_is_named():
    with pytest.raises(UnknownNameError, match="asks about single labels is called 'margin'"):
        pair_worth("margin", {})
    with pytest.raises(SettingsError, match="label_cost"):
        pair_worth("pair_margin", {"label_cost": -1})
