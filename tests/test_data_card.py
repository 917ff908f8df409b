"""A data card tells from records alone who labelled, how texts were chosen, and what that does to counts."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from labelled_run_examples import LabelledRun

from text_al.assemble.corpus_export import export_corpus
from text_al.circumstances import Circumstances, Shown
from text_al.data.resolution import Resolution
from text_al.tracking.agreement import Agreement, Dispute, LabelLine, SetAgreement
from text_al.tracking.corpus_facts import AnnotatorFacts, ChoiceFacts, CorpusFacts, LabelFacts
from text_al.tracking.data_card import data_card

NOBODY = SetAgreement(0, math.nan, math.nan, math.nan, math.nan)


def an_agreement(**changes):
    return replace(Agreement(Path("saved/run"), {"anna": 100}, {}, NOBODY, (), (), ()), **changes)


def facts(**changes):
    """A corpus of 200 texts, 60 of them drawn by chance."""
    known = CorpusFacts(
        name="tickets",
        n_pool=5000,
        n_labelled=200,
        n_skipped=7,
        words={"unsure": 4, "": 3},
        n_nothing=30,
        n_partly=0,
        n_yes=310,
        labels=(LabelFacts("refund", 80, 200, 12, 60), LabelFacts("late", 20, 160, 3, 60)),
        together=(("refund", "late", 9),),
        choices=(
            ChoiceFacts("margin", "train", 140, by_chance=False, n_inclusion=0, rounds=(1, 3)),
            ChoiceFacts("random", "train", 60, by_chance=True, n_inclusion=60, rounds=(0, 0)),
        ),
        n_by_chance=60,
        annotators=(AnnotatorFacts("anna", 200, 7, 0, 4.25, "2026-01-02", "2026-02-03", {"": 207}),),
        rule="latest",
        agreement=an_agreement(),
    )
    return replace(known, **changes)


def test_it_says_what_the_corpus_is_and_keeps_empty_and_skipped_apart():
    card = data_card(facts())
    assert card.startswith("# tickets\n")
    assert "200 texts labelled with 2 labels, of 5,000 there were" in card
    assert "- 30 texts labelled with nothing: somebody decided that no label applies." in card
    assert "- 7 texts skipped (4 unsure): seen and not labelled" in card
    assert "- 1.55 labels a text in the mean." in card
    assert "not every label is known" not in card
    assert "left open" not in card
    assert "- 2 texts beside these of which every label is left open" in data_card(facts(n_open=2))
    assert "- 9 texts of which not every label is known" in data_card(facts(n_partly=9))


def test_shares_count_known_texts_only_and_stand_beside_those_of_texts_drawn_by_chance():
    lines = data_card(facts()).splitlines()
    assert "| refund | 80 | 40.0% | 20.0% (11.8% to 31.8%) |" in lines  # Wilson's interval of 12 in 60
    assert "| late | 20 | 12.5% | 5.0% (1.7% to 13.7%) |" in lines
    assert "Most often together: refund with late (9)." in lines


def test_the_counts_come_with_what_choosing_does_to_them():
    card = data_card(facts())
    assert "| margin | train | 140 | 1 to 3 | no | 0 |" in card
    assert "140 texts of 200 were not drawn by chance." in card
    assert "Do not estimate from it how common a label is, nor how good a model is." in card
    assert "For that use the 60 texts that were drawn by chance" in card


def test_too_few_texts_by_chance_give_no_shares():
    card = data_card(facts(n_by_chance=49))
    assert "by chance (95%)" not in card
    assert "The 49 that were drawn by chance are too few for that; have 50 or more." in card
    assert "No text was drawn by chance" in data_card(facts(n_by_chance=0))


def test_where_all_were_drawn_by_chance_their_shares_are_the_pools():
    card = data_card(facts(n_by_chance=200))
    assert "shares of labels here estimate those in the pool" in card
    assert "Do not estimate" not in card
    assert "by chance (95%)" not in card


def test_known_probabilities_of_being_chosen_are_said():
    choices = (ChoiceFacts("margin", "train", 140, by_chance=False, n_inclusion=120, rounds=(1, 3)),)
    assert "Of 120 texts among the others it is known how likely" in data_card(facts(choices=choices))
    assert "among the others" not in data_card(facts())


@pytest.mark.parametrize(
    ("name", "kind"),
    [("anna", "a person"), ("llm:x", "a program"), ("corpus", "given with the texts"),
     ("simulated", "hidden labels, simulated")],
)  # fmt: skip
def test_it_says_who_labelled_and_what_they_are(name, kind):
    one = AnnotatorFacts(name, 1200, 7, 2, 4.25, "2026-01-02", "2026-02-03", {})
    row = f"| {name} | {kind} | 1,200 | 7 | 2 | 4.2 | 2026-01-02 | 2026-02-03 |"
    assert row in data_card(facts(annotators=(one,))).splitlines()


def test_what_is_not_known_of_an_annotator_stays_blank():
    one = AnnotatorFacts("ben", 3, 0, 0, None, "", "", {})
    assert "| ben | a person | 3 | 0 | 0 |  |  |  |" in data_card(facts(annotators=(one,))).splitlines()


def test_suggestions_that_were_shown_come_with_a_caution():
    def with_shown(shown, name="anna"):
        return data_card(facts(annotators=(AnnotatorFacts(name, 9, 0, 0, None, "", "", shown),)))

    assert "## What annotators were shown" not in with_shown({"": 9})
    assert "## What annotators were shown" not in with_shown({"ranked": 9}, name="llm:x")
    assert "- 9 answers saw nothing of a model's opinion." in with_shown({"none": 9})
    assert "shifts what people decide" not in with_shown({"none": 9})
    checked = with_shown({"checked": 2, "none": 3, "": 4})
    assert "- 2 answers saw a model's labels ticked already." in checked
    assert "- 4 answers came without a word of what was shown." in checked
    assert "What is shown shifts what people decide" in checked


def test_agreement_is_given_with_its_interval_and_the_worst_labels_first():
    found = an_agreement(
        people=SetAgreement(40, 0.612, 0.5, 0.7, 0.55),
        labels=(
            LabelLine("same", 40, 1.0, math.nan), LabelLine("good", 40, 0.95, 0.9),
            LabelLine("bad", 40, 0.6, 0.1), LabelLine("never", 0, math.nan, math.nan),
        ),
        disputes=tuple(Dispute(name, "", {}, ("bad",), settled=name == "a") for name in "ab"),
        machines={"llm:x": SetAgreement(30, 0.4, 0.3, 0.5, 0.35)},
    )  # fmt: skip
    card = data_card(facts(agreement=found))
    assert "**0.612** (95%: 0.500 to 0.700)" in card
    assert "55% of pairs of answers are the same set" in card
    assert "People differ about 2 texts (settled: 1)" in card
    assert (
        card.index("| bad | 40 | 60% | 0.100 |")
        < card.index("| good |")
        < card.index("| same | 40 | 100% |  |")
    )
    assert "never" not in card
    assert "- llm:x with what most people say, on 30 texts: alpha 0.400, the same set in 35%." in card


def test_without_texts_of_two_people_agreement_is_not_known():
    assert "how far people agree is not known" in data_card(facts())


@pytest.mark.parametrize(
    ("rule", "words"), [("latest", "the last word"), ("majority", "what most"), ("all", "what all"),
                        ("trusted", "what one trusted person")]
)  # fmt: skip
def test_the_rule_for_differing_answers_is_said(rule, words):
    assert f"what somebody settled holds, and else {words}" in data_card(facts(rule=rule))


def test_names_cannot_break_the_card():
    label = LabelFacts("a|b\n# <script>alert(1)</script> [x](http://e.org) `c`", 1, 2)
    one = AnnotatorFacts("| **me** |", 1, 0, 0, None, "", "", {})
    card = data_card(facts(name="run_*x*", labels=(label,), annotators=(one,)))
    assert "<script>" not in card
    assert "](http" not in card
    assert "**me**" not in card
    rows = [line for line in card.splitlines() if line.startswith("| ")]
    assert all(line.count("|") in (4, 5, 7, 9) for line in rows)


def test_a_corpus_in_which_nothing_is_labelled_has_a_card_too():
    card = data_card(facts(n_labelled=0, n_yes=0, n_by_chance=0, choices=(), together=()))
    assert "0 texts labelled" in card
    assert "## Labels" not in card
    assert "## How texts were chosen" not in card


def test_a_card_is_counted_from_what_a_run_holds(tmp_path):
    with LabelledRun(tmp_path / "tickets", ("a", "b"), n=200) as run, run.store.transaction():
        run.pool.resolve_by(Resolution("majority"))
        run.ask(range(60), inclusion=0.3)
        run.ask(range(60, 100), "margin", round_number=1)
        run.ask(range(100, 110), "margin", round_number=2, purpose="audit")
        run.ask(range(110, 120), "random", round_number=3)  # of a sub-pool that was chosen first
        for row in range(120):
            how = Circumstances(seconds=row % 3 + 1.0, shown=Shown("ranked" if row >= 60 else "none"))
            labels = ["a", "b"] if row < 6 else ["a"] if row >= 60 else []
            run.say(row, "anna", labels, how=how, at=f"2026-01-{row // 10 + 1:02d}T10:00:00Z")
        for row in range(50, 70):
            run.say(row, "ben", ["a"], at="2026-03-01T10:00:00Z")
        run.say(150, "ben", None, how=Circumstances(word="rejected"), at="2026-03-01T10:00:00Z")
        run.say(151, "corpus", ["b"], at="")
    card = export_corpus(tmp_path / "tickets", tmp_path / "c.jsonl").card.read_text(encoding="utf-8")
    assert "121 texts labelled with 2 labels, of 200 there were." in card
    assert "- 1 text skipped (1 rejected)" in card
    for row in (
        "| random | train | 60 | 0 | yes | 60 |",
        "| margin | train | 40 | 1 | no | 0 |",
        "| margin | audit | 10 | 2 | yes | 0 |",
        "| random | train | 10 | 3 | no | 0 |",
        "| nobody: labelled unasked | train | 1 |  | no | 0 |",
        "| anna | a person | 120 | 0 | 0 | 2.0 | 2026-01-01 | 2026-01-12 |",
        "| ben | a person | 20 | 1 | 0 |  | 2026-03-01 | 2026-03-01 |",
        "| corpus | given with the texts | 1 | 0 | 0 |  |  |  |",
    ):
        assert row in card.splitlines(), row
    assert "- 10 texts of which not every label is known" in card  # a of 50 to 59: one yes, one no
    assert "| a | 66 | 59.5% | 26.7%" in card  # by chance: 6 and the audit's 10, of 50 and 10 that are known
    assert "People differ about 10 texts (settled: 0)" in card
    assert "- 60 answers saw labels ranked" in card
