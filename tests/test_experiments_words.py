"""Sentences from figures: what they say where something, everything, nothing, or too little was shown."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from text_al.experiments.evidence import Against, Evidence, Setting
from text_al.experiments.pairs import PairTest, smallest_p
from text_al.experiments.penalties import Penalties
from text_al.experiments.phrases import (
    counted,
    difference,
    interval_words,
    least_p,
    listed,
    metric_words,
    p_words,
)
from text_al.experiments.ranks import rank
from text_al.experiments.reach import Reach
from text_al.experiments.saving import Saving
from text_al.experiments.words import sentences

NO_PENALTIES = Penalties((), np.zeros((0, 0)), 0, 0.05)
LUCK = Saving(
    factor=1.02,
    interval=(0.95, 1.1),
    uncorrected=1.04,
    control=1.05,
    control_interval=(0.91, 1.2),
    as_printed=1.31,
    control_as_printed=1.31,
    values=(0.2, 0.5),
    strategy_beyond=0.0,
    random_beyond=0.0,
    n=10,
)


def area(gain, p, n=10):
    return PairTest(n, gain, (gain - 0.005, gain + 0.005), 0.0, p, smallest_p(n))


def against(strategy, outcome="open", *, p=None, gain=0.002, n=10, saving=None):
    p = p if p is not None else {"open": 0.4, "better": 0.012, "worse": 0.02}[outcome]
    return Against(strategy, area(gain, p, n), p, outcome, saving)


def setting(data, *items, **more):
    return Setting(data, more.pop("learner", "linear"), 100.0, 1000.0, items, **more)


def evidence(*settings, rankings=None, **more):
    return Evidence(
        more.pop("metric", "test_macro_average_precision"), settings, rankings or {}, NO_PENALTIES, **more
    )


def said(*settings, **more):
    return "\n".join(sentences(evidence(*settings, **more)))


def test_the_first_sentence_says_what_was_measured():
    words = sentences(evidence(setting("emotions", against("badge")), setting("nlupp", against("badge"))))[0]
    assert words == (
        "Measured is macro average precision on test, as the mean height of the learning curve from 100 to "
        "1,000 labelled texts; every strategy is held against random on the same 10 seeds, on each of 2 sets "
        "(emotions and nlupp)."
    )


def test_where_on_three_of_four_sets_nothing_beat_random_it_says_so():
    won = against("badge", "better", gain=0.012)
    sets = [setting(name, against("badge"), against("margin")) for name in ("a", "b", "c")]
    words = said(*sets, setting("d", won, against("margin", "worse", gain=-0.01)))
    assert (
        "On 3 of 4 sets no strategy beat random at p < 0.05 (two-sided Wilcoxon signed-rank, Holm over "
        "2 comparisons, 10 seeds)." in words
    )
    assert (
        "On d badge (+0.012, 95 % interval +0.007 to +0.017, p = 0.012) beat random; margin (\u22120.010, "
        "95 % interval \u22120.015 to \u22120.005, p = 0.020) lost to random." in words
    )


def test_where_nothing_beat_random_anywhere_it_says_so_and_does_not_call_it_equal():
    words = said(setting("a", against("badge")), setting("b", against("badge", gain=0.03)))
    assert "On none of 2 sets did a strategy beat random at p < 0.05" in words
    assert (
        "What did not reach p < 0.05 is not shown to be equal to random: the 95 % intervals of its "
        "differences span \u22120.003 to +0.035." in words
    )
    assert "beat random;" not in words


def test_where_everything_beat_random_nothing_is_left_open():
    words = said(*(setting(name, against("badge", "better", gain=0.03)) for name in ("a", "b")))
    assert "On all 2 sets at least one strategy beat random at p < 0.05" in words
    assert "not shown to be equal" not in words


def test_of_one_set_alone_it_speaks_by_name():
    assert "On a no strategy beat random at p < 0.05" in said(setting("a", against("badge")))
    assert "On a at least one strategy beat random" in said(setting("a", against("badge", "better")))


def test_with_four_seeds_it_says_that_no_difference_can_reach_p():
    words = said(setting("a", against("badge", n=4, p=0.125)), setting("b", against("badge", n=4, p=0.25)))
    assert (
        "On a and b, with 4 seeds no difference can reach p < 0.05: the smallest possible p is 0.125."
        in words
    )
    assert "no strategy beat random" not in words
    assert "did a strategy beat" not in words
    assert "not shown to be equal to random" in words
    assert "fewer than 6 seeds are too short" in words


def test_with_six_seeds_and_five_strategies_it_is_holm_that_puts_p_out_of_reach():
    words = said(setting("a", *(against(name, n=6, p=0.15625) for name in "vwxyz")))
    assert (
        "On a, with 6 seeds and 5 comparisons no difference can reach p < 0.05 after Holm's correction: the "
        "smallest possible p is 0.15625." in words
    )


def test_sets_where_p_can_be_reached_are_counted_apart_from_those_where_it_cannot():
    few = setting("few", against("badge", n=4, p=0.125))
    words = said(few, setting("a", against("badge")), setting("b", against("badge", "better")))
    assert "On few, with 4 seeds no difference can reach" in words
    assert "On 1 of 2 sets where it can be reached no strategy beat random at p < 0.05" in words


def test_several_learners_are_spoken_of_one_by_one():
    words = said(
        setting("a", against("badge", "better"), learner="linear"),
        setting("a", against("badge"), learner="tfidf"),
    )
    assert "With linear, on a at least one strategy beat random" in words
    assert "With tfidf, on a no strategy beat random" in words


def test_a_saving_comes_with_its_interval_and_the_largest_with_a_warning():
    one = replace(LUCK, factor=1.42, interval=(1.1, 1.8))
    two = replace(LUCK, factor=0.8, interval=(0.7, 0.9))
    alone = said(setting("a", against("badge", saving=one)))
    assert (
        "On a, random needs 1.42 times the labels of badge for the same values (95 % interval 1.10 to 1.80), "
        "corrected by random against random." in alone
    )
    words = said(setting("a", against("badge", saving=one), against("k_center", saving=two)))
    assert (
        "the largest of 2 savings, so flattered by choice; 1 of the intervals lies above 1, and 1 below"
        in words
    )
    words = said(setting("a", against("badge", saving=LUCK), against("k_center", saving=LUCK)))
    assert "every interval holds 1." in words


def test_what_a_saving_leaves_out_is_said_by_strategy_and_set():
    ahead = replace(LUCK, factor=1.9, strategy_beyond=0.4)
    behind = replace(LUCK, factor=0.6, random_beyond=0.3)
    apart = replace(LUCK, factor=math.nan, strategy_beyond=1.0)
    items = (against("u", saving=ahead), against("v", saving=behind), against("w", saving=apart))
    words = said(setting("a", *items), setting("b", against("u", saving=ahead)))
    assert (
        "u (on a and b) rose above all that random reached: what is saved there is not in the factor."
        in words
    )
    assert "v (on a) did not rise to all that random reached: what is lost there" in words
    assert "w (on a) shared no values with random: no saving can be measured." in words
    assert "w (on a) rose" not in words
    assert "nan" not in words


def test_random_against_random_is_shown_beside_what_is_often_printed():
    never = replace(LUCK, control_as_printed=math.nan)
    words = said(setting("a", against("badge"), luck=LUCK), setting("b", against("badge"), luck=never))
    assert (
        "Random against random (random_2 against random), where the truth is 1, gives 1.05 on a (95 % "
        "interval 0.91 to 1.20) and 1.05 on b (95 % interval 0.91 to 1.20)." in words
    )
    assert "random_2 would save 1.31 on a; on b it never comes there." in words


def test_two_randoms_that_differ_are_called_luck():
    words = said(setting("a", against("badge"), luck=LUCK, control=area(0.01, 0.03)))
    assert "differ at p < 0.05 (not adjusted) on a, which luck alone must have done." in words
    calm = said(setting("a", against("badge"), luck=LUCK, control=area(0.01, 0.3)))
    assert "luck alone must" not in calm


def reach(labels, interval=(700.0, math.inf)):
    return Reach(0.62, labels, interval, 1000.0, 10)


def test_where_the_line_of_all_data_is_reached_is_said_of_the_first_and_of_random():
    reaches = {"random": reach(math.inf), "random_2": reach(500.0), "badge": reach(820.0), "x": reach(900.0)}
    words = said(setting("a", against("badge"), against("x"), reaches=reaches, n_pool=4321))
    assert (
        "On a, all 4,321 texts labelled give 0.620: badge first touches it at 820 (95 % interval 700 to over "
        "1,000) and random does not touch it within 1,000; of 2 other strategies 2 touch it." in words
    )


def test_where_nothing_reaches_that_line_it_says_so():
    reaches = {"random": reach(math.inf), "badge": reach(math.inf)}
    words = said(setting("a", against("badge"), reaches=reaches, n_pool=4321))
    assert "On a, all 4,321 texts labelled give 0.620: no strategy reaches that within 1,000." in words


def ranking(scores, n):
    return {"linear": rank(np.tile(scores, (n, 1)), ("random", "badge", "margin")[: len(scores)])}


def test_with_one_data_set_there_is_no_test_over_data_sets():
    words = said(setting("a", against("badge")), rankings=ranking([0.1, 0.2, 0.3], 1))
    assert "No test over data sets was made: there is 1 data set, and the test needs 2 or more." in words


def test_an_order_over_many_data_sets_is_said_with_who_is_apart_from_random():
    words = said(setting("a", against("badge")), rankings=ranking([0.1, 0.2, 0.3], 12))
    assert "Over 12 data sets the strategies differ (Friedman, p < 0.001, Kendall's W 1.00)" in words
    assert "the best mean rank is margin's (1.00 of 3)" in words
    assert "by Nemenyi's critical difference (0.96) badge and margin ahead of random." in words


def test_an_order_over_two_data_sets_is_not_called_more_than_luck():
    words = said(setting("a", against("badge")), rankings=ranking([0.1, 0.2, 0.3], 2))
    assert "Over 2 data sets the order of strategies is not shown to be more than luck" in words
    assert "So few data sets cannot tell any two strategies apart by ranks" in words


def test_where_nothing_was_held_against_random_nothing_is_claimed():
    found = sentences(evidence(notes=("d/l: there is no 'random', so nothing was compared",)))
    assert found == (
        "Nothing could be held against random, so nothing is shown.",
        "Left out: d/l: there is no 'random', so nothing was compared.",
    )


def test_what_was_left_out_is_always_said():
    words = said(setting("a", against("badge")), notes=("a/l: badge lacks the seeds 3",))
    assert words.endswith("Left out: a/l: badge lacks the seeds 3.")


def test_one_seed_shows_no_interval():
    one = PairTest(1, 0.1, (math.nan, math.nan), 0.0, 1.0, 1.0)
    found = replace(LUCK, interval=(math.nan, math.nan))
    words = said(setting("a", Against("badge", one, 1.0, "open", found)))
    assert "no interval from one seed" in words
    assert "the smallest possible p is 1." in words
    assert "nan" not in words


def test_every_sentence_begins_with_a_capital_and_ends_with_one_point():
    reaches = {"random": reach(math.inf), "badge": reach(820.0)}
    far = replace(LUCK, strategy_beyond=0.5)
    items = (against("badge", "better", saving=far), against("margin", "worse", saving=LUCK))
    whole = setting("a", *items, reaches=reaches, n_pool=10, luck=LUCK, control=area(0.0, 0.01))
    found = sentences(evidence(whole, rankings=ranking([0.1, 0.2, 0.3], 2), notes=("x",)))
    assert len(found) > 8
    for sentence in found:
        assert re.fullmatch(r"[A-Z].*[^.]\.", sentence), sentence


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("test_macro_f1_at_0.5", "macro F1 (at 0.5) on test"),
        ("val_micro_f1_tuned", "micro F1 (tuned) on val"),
        ("test_sample_f1_plug_in", "sample F1 (plug-in) on test"),
        ("oof_macro_average_precision", "macro average precision out of fold"),
        ("test_classwise_ece", "classwise calibration error on test"),
        ("something_else", "something_else"),
    ],
)
def test_a_metrics_name_is_put_in_words(name, words):
    assert metric_words(name) == words


def test_figures_are_written_in_one_way():
    assert [p_words(p) for p in (0.0004, 0.00195, 0.0124, 0.4)] == [
        "p < 0.001",
        "p = 0.0019",
        "p = 0.012",
        "p = 0.400",
    ]
    assert [least_p(p) for p in (0.125, 0.0625, 0.15625, 1.0)] == ["0.125", "0.0625", "0.15625", "1"]
    assert [difference(d) for d in (0.0123, -0.0123, -0.0001)] == ["+0.012", "\u22120.012", "0.000"]
    assert interval_words((1.1, 1.8), 0.9) == "90 % interval 1.10 to 1.80"
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [counted(n, "seed") for n in (1, 1200)] == ["1 seed", "1,200 seeds"]
