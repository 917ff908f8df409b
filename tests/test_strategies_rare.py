"""Labels that have few positives or none: who finds them, by turns, by names, and beside another strategy."""

import time
from dataclasses import replace

import numpy as np
import pytest

from text_al.errors import StrategyError
from text_al.registry import SettingsError
from text_al.strategies import STRATEGIES, RareShare, strategy
from text_al.strategies.turns import by_turns
from text_al.testing import example_candidates
from text_al.types import Candidates, Labelled

NAMES = ("joy", "anger", "grief")


def rng(seed=0):
    return np.random.default_rng(seed)


def of_probs(probs, positives=None, first_row=100):
    """Candidates with these probabilities; `positives` of each label are labelled, a text each."""
    probs = np.asarray(probs, dtype=np.float64)
    logits = np.log(probs) - np.log1p(-probs)
    targets = np.repeat(np.eye(probs.shape[1], dtype=np.int8), positives or [0] * probs.shape[1], axis=0)
    return Candidates(
        np.arange(len(probs)) + first_row, logits, probs, np.full(probs.shape[1], 0.5),
        labelled=Labelled(np.arange(len(targets)), targets),
    )  # fmt: skip


PROBS = [
    # joy, anger, grief
    [0.90, 0.10, 0.01],
    [0.80, 0.70, 0.02],
    [0.20, 0.60, 0.03],
    [0.10, 0.20, 0.30],
    [0.30, 0.05, 0.20],
    [0.15, 0.40, 0.10],
]


def naive_turns(probs, positives, n, enough):
    """The definition, sorting everything; without ties."""
    has, taken = np.array(positives, dtype=float), []
    while len(taken) < n and min(has) < enough:
        for label in np.argsort(has.copy()):
            if has[label] >= enough or len(taken) == n:
                continue
            text = next(t for t in np.argsort(-probs[:, label]) if t not in [t for t, _ in taken])
            taken.append((int(text), int(label)))
            has = has + probs[text]
    return taken


@pytest.mark.parametrize("enough", [1.0, 2.5, np.inf])
def test_turns_equal_their_definition(enough):
    for seed in range(20):
        drawn = rng(seed)
        probs, positives = drawn.random((30, 5)) ** 3, drawn.random(5) * 2
        found = by_turns(probs, positives, 12, rng(), enough=enough)
        pairs = list(zip(found.positions.tolist(), found.labels.tolist(), strict=True))
        assert pairs == naive_turns(probs, positives, 12, enough)


def test_the_label_with_fewest_positives_has_the_first_turn_and_each_has_one_in_a_sweep():
    found = by_turns(np.array(PROBS), np.array([2, 1, 0]), 6, rng())
    assert found.labels.tolist()[:3] == [2, 1, 0]
    assert found.positions.tolist()[:3] == [3, 1, 0]
    assert sorted(found.positions.tolist()) == list(range(6))


def test_a_label_whose_texts_are_all_unlikely_does_not_take_the_turns_of_others():
    probs = rng().random((50, 3)) * [0.9, 0.9, 0.001]
    assert np.bincount(by_turns(probs, np.zeros(3), 30, rng()).labels).min() == 10


def test_texts_that_bring_a_label_by_the_way_count_for_it():
    probs = np.array([[0.9, 0.9], [0.8, 0.8], [0.7, 0.01], [0.01, 0.6]])
    found = by_turns(probs, np.zeros(2), 4, rng(), enough=1.6)
    assert found.positions.tolist() == [0, 1]  # 1.7 of either label: one text each was enough for both


def test_when_every_label_has_enough_then_nothing_is_taken_and_no_chance_is_used():
    drawn = rng()
    assert len(by_turns(np.array(PROBS), np.array([5, 5, 5]), 4, drawn, enough=5)) == 0
    assert drawn.random() == rng().random()


def test_among_labels_that_are_alike_chance_decides_whose_turn_is_first():
    firsts = {int(by_turns(np.full((9, 3), 0.1), np.zeros(3), 1, rng(s)).labels[0]) for s in range(50)}
    assert firsts == {0, 1, 2}


def test_rare_label_search_takes_the_likeliest_texts_for_labels_that_lack_positives():
    chosen = strategy("rare_label_search", min_positives=3).choose(of_probs(PROBS, [9, 9, 0]), 3, rng())
    assert chosen.rows.tolist() == [103, 104, 105]


def test_when_no_label_lacks_positives_then_rare_label_search_goes_on_with_the_fewest():
    candidates = of_probs(PROBS, [9, 5, 7])
    chosen = strategy("rare_label_search", min_positives=3).choose(candidates, 3, rng())
    assert chosen.rows.tolist() == [101, 103, 100]  # anger, grief, joy


def test_when_labels_get_enough_half_way_then_the_rest_is_filled_without_a_text_twice():
    candidates = of_probs(0.05 + 0.9 * rng(1).random((40, 3)), [0, 9, 9])
    chosen = strategy("rare_label_search", min_positives=2).choose(candidates, 30, rng())
    by_joy = np.argsort(-candidates.probs[:, 0])[:3]
    assert chosen.rows.tolist()[:3] == candidates.rows[by_joy].tolist()
    assert len(set(chosen.rows.tolist())) == 30


def test_targets_that_are_not_known_are_no_positives():
    candidates = of_probs(PROBS)
    labelled = Labelled(np.arange(2), np.array([[1, 1, -1], [1, 1, -1]], dtype=np.int8))
    chosen = strategy("rare_label_search").choose(replace(candidates, labelled=labelled), 1, rng())
    assert chosen.rows.tolist() == [103]


def test_rare_label_search_needs_what_is_labelled():
    with pytest.raises(StrategyError, match="rare_label_search needs labelled, but the candidates come"):
        strategy("rare_label_search").choose(example_candidates(5, 2), 2, rng())
    with pytest.raises(SettingsError, match="min_positives"):
        strategy("rare_label_search", min_positives=0)


def test_a_hundred_thousand_candidates_of_sixty_labels_take_no_time_to_speak_of():
    probs = rng().random((100_000, 60)).astype(np.float32)
    began = time.perf_counter()
    assert len(by_turns(probs, np.zeros(60), 100, rng())) == 100
    assert time.perf_counter() - began < 2  # it takes 0.04 on one core


def test_label_names_gives_labels_their_likeliest_texts_first_and_draws_the_rest():
    batches = [strategy("label_names", share=0.5).choose(of_probs(PROBS), 6, rng(s)).rows for s in range(60)]
    assert {frozenset(rows[:3].tolist()) for rows in batches} == {frozenset({100, 101, 103})}
    assert {int(rows[3]) for rows in batches} == {102, 104, 105}


def test_label_names_with_share_0_is_chance():
    counts = np.zeros(6)
    for seed in range(600):
        rows = strategy("label_names", share=0.0).choose(of_probs(PROBS), 2, rng(seed)).rows
        counts[rows - 100] += 1
    assert ((counts - 200) ** 2 / 200).sum() < 20.5  # the 99.9 % point with 5 degrees of freedom


def test_only_a_strategy_that_says_so_may_be_used_before_a_fit():
    entries = [STRATEGIES.entry(name) for name in STRATEGIES.names()]
    assert "label_names" in {entry.name for entry in entries if "before_fit" in entry.claims}
    assert "before_fit" not in STRATEGIES.entry("rare_label_search").claims


def shared(share=0.4, of="margin", min_positives=3):
    return RareShare(strategy(of), NAMES, share, min_positives)


@pytest.mark.parametrize("of", ["margin", "random", "multilabel_margin", "rare_label_search"])
@pytest.mark.parametrize(("m", "n"), [(0, 3), (1, 1), (9, 0), (9, 5), (9, 9), (9, 100)])
def test_a_share_and_the_rest_make_a_whole_batch_without_a_text_twice(of, m, n):
    chooser = shared(of=of)
    candidates = example_candidates(m, 3, chooser.needs)
    rows = chooser.choose(candidates, n, rng()).rows.tolist()
    assert len(set(rows)) == len(rows) == min(m, n)
    assert set(rows) <= set(candidates.rows.tolist())


def test_the_share_goes_to_labels_that_lack_positives_and_the_rest_to_the_strategy():
    candidates = of_probs(np.clip(rng(3).random((60, 3)), 0.01, 0.99) * [1, 1, 0.3], [9, 9, 1])
    chosen = shared().choose(candidates, 10, rng())
    by_grief = candidates.rows[np.argsort(-candidates.probs[:, 2])[:4]].tolist()
    by_margin = strategy("margin").choose(candidates, 10, rng()).rows.tolist()
    assert chosen.rows.tolist() == by_grief + [row for row in by_margin if row not in by_grief][:6]
    assert chosen.scores is None


def test_reasons_say_for_which_label_a_text_was_chosen_and_how_rare_that_is():
    reasons = shared(share=0.75).choose(of_probs(PROBS, [2, 1, 0]), 4, rng()).reasons
    assert reasons[:3] == (
        "likeliest of the open texts for grief, which has no positive",
        "likeliest of the open texts for anger, which has 1 positive",
        "likeliest of the open texts for joy, which has 2 positives",
    )
    assert reasons[3].startswith("margin: ")


def test_when_nothing_is_rare_then_the_strategy_chooses_as_if_it_were_alone():
    for of in ("margin", "random"):
        candidates = of_probs(PROBS, [3, 3, 3])
        alone, chosen = strategy(of).choose(candidates, 4, rng()), shared(of=of).choose(candidates, 4, rng())
        assert (chosen.rows.tolist(), chosen.reasons) == (alone.rows.tolist(), alone.reasons)
        assert (chosen.scores is None) == (of == "random")


def test_a_share_is_not_used_further_than_labels_lack_positives():
    probs = np.full((40, 3), 0.02)
    probs[:, 2] = 0.98
    chosen = shared(share=0.9).choose(of_probs(probs, [9, 9, 2]), 20, rng())
    assert sum(reason.startswith("likeliest") for reason in chosen.reasons) == 2  # 2 + 2 * 0.98 exceeds 3


def test_a_chooser_with_a_share_says_what_it_is_and_what_it_needs():
    chooser = shared(of="random")
    assert (chooser.name, chooser.needs) == ("random + rare_label_search", {"probs", "labelled"})
    with pytest.raises(StrategyError, match="needs labelled, but the candidates come without"):
        chooser.choose(example_candidates(5, 3), 2, rng())
    with pytest.raises(StrategyError, match="knows 3 labels, not 2"):
        chooser.choose(example_candidates(5, 2, chooser.needs), 2, rng())


def test_when_probabilities_are_not_finite_then_the_row_is_named():
    candidates = of_probs(PROBS)
    probs = candidates.probs.copy()
    probs[2, 0] = np.nan
    with pytest.raises(StrategyError, match="probabilities of row 102"):
        shared(of="random").choose(replace(candidates, probs=probs), 2, rng())
