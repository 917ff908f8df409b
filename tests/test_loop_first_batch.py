"""What choosers see before any fit, and of what is labelled: through the loop, with learners for show."""

from dataclasses import replace

import numpy as np
import pytest
from loop_examples import LABELS, Follower, Learner, a_run, advanced, hidden, read_rounds

from text_al.errors import TrainingError
from text_al.loop.rounds import Finished, Waiting, advance
from text_al.strategies import RareShare, strategy
from text_al.strategies.base import Strategy
from text_al.types import Candidates


class Namer(Learner):
    """Knows the label names before any fit: it takes the last rows for even, and the first ones for small."""

    def __init__(self):
        super().__init__()
        self.looks = []

    def look(self, rows, needs, reporter):
        self.looks.append((self.weights, rows.tolist(), needs))
        reporter.stage("score", len(rows))
        reporter.advance(len(rows))
        logits = np.stack([rows / 10, -rows / 10], axis=1).astype(np.float32)
        return Candidates(rows, logits, 1 / (1 + np.exp(-logits)), self.thresholds)


class Ignorant(Learner):
    """Knows nothing before its first fit."""

    def look(self, rows, needs, reporter):
        if not self.fits:
            raise TrainingError("learner ignorant knows nothing before its first fit; use initial random")
        return super().look(rows, needs, reporter)


class Remembers:
    """A batch strategy that keeps what it was shown, and takes the first texts."""

    def __init__(self, *needs):
        self.seen, self.name, self.needs = [], "remembers", frozenset(needs)

    def choose(self, candidates, n, rng):
        self.seen.append(candidates)
        return strategy("random").choose(candidates, n, rng)


def by_names(share=1.0):
    return strategy("label_names", share=share)


def first_rows(run):
    return run.pool.request("round-000").rows


def test_the_first_batch_by_label_names_is_chosen_by_a_learner_that_was_never_fitted(tmp_path):
    learner = Namer()
    run = a_run(tmp_path, learner=learner, initial=by_names(), initial_size=4)
    assert advance(run) == Finished("the budget of 25 texts is spent")
    assert sorted(first_rows(run)) == [0, 1, 38, 39]
    assert learner.looks[0] == (0, list(range(40)), {"probs"})
    assert run.pool.request("round-000").strategy == "label_names"
    assert learner.fits[0][4] == 0  # the look taught it nothing


def test_what_is_not_chosen_by_names_is_drawn_and_depends_on_the_seed_alone(tmp_path):
    def rows(folder, **settings):
        run = a_run(tmp_path / folder, learner=Namer(), initial=by_names(0.5), initial_size=8, **settings)
        advance(run)
        return first_rows(run)

    first = rows("a")
    assert sorted(first[:4]) == [0, 1, 38, 39]
    assert first == rows("b")
    assert sorted(first) != sorted(rows("c", seed=1))


def test_the_first_batch_does_not_depend_on_the_window(tmp_path):
    learner, initial = Namer(), by_names()
    run = a_run(tmp_path / "windows", learner=learner, initial=initial, initial_size=6, window=7)
    advance(run)
    whole = a_run(tmp_path / "whole", learner=Namer(), initial=initial, initial_size=6)
    advance(whole)
    assert [len(rows) for weights, rows, _ in learner.looks if weights == 0] == [7, 7, 7, 7, 7, 5]
    assert first_rows(run) == first_rows(whole)


def test_when_the_learner_knows_nothing_before_its_first_fit_then_that_is_said_and_nothing_asked(
    tmp_path,
):
    run = a_run(tmp_path, learner=Ignorant(), initial=by_names())
    with pytest.raises(TrainingError, match="knows nothing before its first fit; use initial random"):
        advance(run)
    assert (run.pool.request("round-000"), run.pool.counts().open) == (None, 40)


def test_a_first_batch_by_chance_makes_no_learner(tmp_path):
    def none():
        raise AssertionError("nobody asked for it")

    run = a_run(tmp_path, make_learner=none)
    run.oracle.waits = set(range(40))
    assert isinstance(advance(run), Waiting)
    assert len(first_rows(run)) == 10


@pytest.mark.parametrize("initial", [strategy("random"), by_names()])
def test_when_fewer_texts_are_open_than_a_first_batch_has_then_all_are_asked(tmp_path, initial):
    follower = Follower()
    run = a_run(tmp_path, n=7, learner=Namer(), initial=initial, follower=follower)
    advance(run)
    assert sorted(first_rows(run)) == list(range(7))
    sentence = "the first batch should have 10 texts, but no more than 7 are open"
    assert follower.told.count(("note", sentence)) == 1
    enough = Follower()
    advance(a_run(tmp_path / "enough", n=10, learner=Namer(), initial=initial, follower=enough))
    assert not [told for told in enough.told if "first batch" in str(told)]


def test_with_an_initial_size_of_0_label_names_change_nothing(tmp_path):
    learner = Namer()
    with pytest.raises(TrainingError, match="initial_size is 0"):
        advance(a_run(tmp_path / "none", learner=learner, initial=by_names(), initial_size=0))
    assert learner.looks == []
    run = a_run(tmp_path / "some", learner=learner, initial=by_names(), initial_size=0, labelled=[3])
    advance(run)
    assert run.pool.request("round-000") is None


def labelled_of(run):
    rows, targets = run.pool.labelled()
    return rows.tolist(), targets.tolist()


def test_what_is_labelled_comes_from_the_pool_and_the_learner_is_not_asked_for_it(tmp_path):
    learner, chooser = Namer(), Remembers("probs", "labelled")
    run = a_run(tmp_path, learner=learner, strategy=chooser, budget=20)
    advance(run)
    asked = {frozenset({"probs"}), frozenset({"probs", "embeddings"})}  # to choose, and to say why
    assert {needs for _, _, needs in learner.looks} == asked
    for size, seen in zip([10, 15], chooser.seen, strict=True):
        rows = seen.labelled.rows
        assert len(rows) == size
        assert np.array_equal(seen.labelled.targets, hidden(rows))
        assert not set(rows.tolist()) & set(seen.rows.tolist())
        assert seen.labelled.probs is seen.labelled.embeddings is None


def test_the_first_chooser_sees_what_was_labelled_from_the_start(tmp_path):
    chooser = Remembers("labelled")
    learner = Namer()
    run = a_run(tmp_path, learner=learner, initial=chooser, labelled=[4, 11])
    before = labelled_of(run)
    advance(run)
    labelled = chooser.seen[0].labelled
    assert (labelled.rows.tolist(), labelled.targets.tolist()) == before
    assert [weights for weights, _, _ in learner.looks if weights == 0] == []


def test_a_strategy_that_needs_only_what_is_labelled_spares_the_scoring(tmp_path):
    class Blind(Learner):
        def look(self, rows, needs, reporter):
            raise AssertionError("nobody asked for it")

    run = a_run(tmp_path, learner=Blind(), strategy=Remembers("labelled"))
    advance(run)
    assert run.records()[0].texts == {"score": 0, "query": 30}


def counting(seen):
    """A score strategy that reads what is labelled, and keeps what it was shown."""

    def count(candidates):
        seen.append(candidates)
        return candidates.rows + candidates.labelled.targets.sum()

    return Strategy("counting", "score", count, frozenset({"probs", "labelled"}))


def test_each_window_comes_with_all_that_is_labelled(tmp_path):
    seen = []
    run = a_run(tmp_path, strategy=counting(seen), window=7, budget=15)
    advance(run)
    assert [len(part) for part in seen] == [7, 7, 7, 7, 2]
    assert {tuple(part.labelled.rows.tolist()) for part in seen} == {tuple(sorted(first_rows(run)))}


def test_when_labels_are_corrected_while_scores_are_made_then_scoring_begins_anew(tmp_path):
    class Dies(Namer):
        def look(self, rows, needs, reporter):
            if len(self.looks) == 3:
                self.looks.append((0, [], needs))
                raise KeyboardInterrupt
            return super().look(rows, needs, reporter)

    def begun(folder, *, corrected):
        learner, seen = Dies(), []
        run = a_run(tmp_path / folder, learner=learner, strategy=counting(seen), window=7, budget=15)
        with pytest.raises(KeyboardInterrupt):
            advance(run)
        if corrected:
            row = first_rows(run)[0]
            answer = run.oracle._answer(row)
            targets = tuple(1 - target for target in answer.targets)
            run.pool.label([replace(answer, targets=targets, annotator="ben")], round=1)
        advance(run)
        return sum(len(part) for part in seen)

    assert begun("same", corrected=False) == 30
    assert begun("corrected", corrected=True) == 30 + 3 * 7


def test_a_share_for_rare_labels_goes_through_the_loop_with_its_reasons(tmp_path):
    chooser = RareShare(strategy("margin"), LABELS, 0.4, min_positives=99)
    for folder, window in (("whole", 65_536), ("windows", 7)):
        run = a_run(tmp_path / folder, learner=Namer(), strategy=chooser, window=window)
        assert advance(run) == Finished("the budget of 25 texts is spent")
        first = run.records()[0]
        assert first.strategy == "margin + rare_label_search"
        assert [text.reason.split(" for ")[0] for text in first.queried][:2] == [
            "likeliest of the open texts"
        ] * 2
        assert {text.row for text in first.queried[:2]} == {min(opened(run)), max(opened(run))}
        assert all(text.reason.startswith("margin: ") for text in first.queried[2:])


def opened(run):
    """Rows that were open in the first round."""
    return set(range(40)) - set(first_rows(run))


def test_a_configuration_gives_a_share_to_rare_labels_by_their_names(tmp_path):
    rare = {"share": 0.4, "min_positives": 9}
    outcome, folder = advanced(tmp_path, active_learning={"rare_labels": rare})
    assert isinstance(outcome, Finished)
    first = read_rounds(folder)[0]
    assert first.strategy == "multilabel_margin + rare_label_search"
    reasons = [text.reason for text in first.queried]
    sought = [reason for reason in reasons if reason.startswith("likeliest of the open texts for ")]
    assert reasons[:2] == sought
    assert all(any(f" for {name}, which has " in reason for name in first.per_label_f1) for reason in sought)
