"""What a round measures: each set at the thresholds it may be measured at, and what was given out of fold."""

from dataclasses import replace

import numpy as np
import pytest
from loop_examples import LABELS, Follower, Learner, Oracle, a_run, pool_texts

from text_al import metrics
from text_al.cli import screens
from text_al.errors import TrainingError
from text_al.loop.rounds import advance
from text_al.loop.stopping import Goal
from text_al.tracking.naming import OUT_OF_FOLD
from text_al.types import LabelledTexts

THRESHOLDS = np.array([0.2, 0.9])
TEST = LabelledTexts(pool_texts(3), np.array([[1, 0], [0, 1], [1, -1]], dtype=np.int8))
TEST_LOGITS = np.array([[-1.0, -3.0], [-2.0, 3.0], [0.5, 1.0]], dtype=np.float32)


class CrossFitted(Learner):
    """Gives logits out of fold: right in all labels but the last text's, which is wrong in both.

    Args:
        rule: how its thresholds are said to have been chosen.
        out_of_fold: whether it gives them.
    """

    def __init__(self, rule="plug_in", *, out_of_fold=True):
        super().__init__()
        self.rule, self.out_of_fold, self.thresholds = rule, out_of_fold, THRESHOLDS

    def fit(self, rows, targets, validation, **settings):
        report = super().fit(rows, targets, validation, **settings)
        logits = given_out_of_fold(targets) if self.out_of_fold else None
        return replace(report, threshold_rule=self.rule, out_of_fold_logits=logits)

    def logits(self, texts, reporter):
        return TEST_LOGITS


def given_out_of_fold(targets):
    """The logits of a fit on these targets (n, L)."""
    logits = np.where(np.asarray(targets) == 1, 3.0, -3.0).astype(np.float32)
    logits[-1] *= -1
    return logits


def records_of(folder, learner, **settings):
    """The records of a run with this learner, and what each fit was given as targets."""
    run = a_run(folder, learner=learner, **{"validation": None, "budget": 20, **settings})
    advance(run)
    return run.records(), [np.array(fit[2], dtype=np.int8) for fit in learner.fits]


def test_what_is_given_out_of_fold_is_measured_on_the_targets_of_the_fit_at_plug_in_thresholds(tmp_path):
    records, targets = records_of(tmp_path, CrossFitted())
    assert len(records) == 3
    for record, truth in zip(records, targets, strict=True):
        expected = metrics.evaluate(truth, given_out_of_fold(truth), THRESHOLDS, prefix="oof", rule="plug_in")
        found = {name: value for name, value in record.metrics.items() if name.startswith("oof_")}
        assert found == pytest.approx(expected)
        assert 0 < found["oof_macro_f1_plug_in"] < 1
        assert not [name for name in record.metrics if name.endswith("_tuned") or name.startswith("val_")]


def test_with_neither_validation_nor_test_each_label_is_measured_out_of_fold(tmp_path):
    (record, *_), (truth, *_) = records_of(tmp_path, CrossFitted())
    probs = metrics.sigmoid(given_out_of_fold(truth))
    expected = metrics.f1_scores(truth, probs >= THRESHOLDS).per_label
    assert record.per_label_set == "oof"
    assert record.per_label_f1 == pytest.approx(dict(zip(LABELS, expected, strict=True)))


def test_the_test_set_is_measured_at_plug_in_thresholds_and_goes_before_out_of_fold(tmp_path):
    (record, *_), _ = records_of(tmp_path, CrossFitted(), test=TEST)
    expected = metrics.evaluate(TEST.targets, TEST_LOGITS, THRESHOLDS, prefix="test", rule="plug_in")
    assert {name: record.metrics[name] for name in expected} == pytest.approx(expected)
    assert record.metrics["test_macro_f1_plug_in"] != record.metrics["test_macro_f1_at_0.5"]
    assert "oof_macro_f1_plug_in" in record.metrics
    assert record.per_label_set == "test"
    assert list(record.reliability) == ["test", "oof"]


def test_the_bins_of_every_set_are_those_of_its_known_cells(tmp_path):
    (record, *_), (truth, *_) = records_of(tmp_path, CrossFitted(), test=TEST)
    test = metrics.reliability(TEST.targets, metrics.sigmoid(TEST_LOGITS))
    out_of_fold = metrics.reliability(truth, metrics.sigmoid(given_out_of_fold(truth)))
    assert repr(record.reliability) == repr({"test": test, "oof": out_of_fold})
    assert sum(test.counts) == 5


def test_with_a_validation_set_nothing_is_measured_at_plug_in_thresholds(tmp_path):
    records, _ = records_of(
        tmp_path, Learner(found=[5, 5, 5]), validation=a_run(tmp_path).validation, test=TEST
    )
    names = set(records[0].metrics)
    assert {"val_macro_f1_tuned", "test_macro_f1_tuned"} <= names
    assert not [name for name in names if name.endswith("plug_in") or name.startswith("oof_")]
    assert list(records[0].reliability) == ["val", "test"]


def test_when_thresholds_were_tuned_then_what_is_out_of_fold_is_measured_at_one_half_only(tmp_path):
    learner, validation = CrossFitted("tuned"), a_run(tmp_path).validation
    (record, *_), _ = records_of(tmp_path, learner, validation=validation)
    assert "oof_macro_f1_at_0.5" in record.metrics
    assert not [name for name in record.metrics if name.startswith("oof_") and name.endswith(("tuned", "in"))]


def test_when_a_learner_only_cuts_at_one_half_then_there_are_no_other_names(tmp_path):
    (record, *_), _ = records_of(tmp_path, CrossFitted("0.5", out_of_fold=False), test=TEST)
    assert {name for name in record.metrics if "f1" in name} == {
        f"test_{average}_f1_at_0.5" for average in ("macro", "micro", "sample")
    }


def test_what_out_of_fold_means_is_noted_once_in_a_run(tmp_path):
    records, _ = records_of(tmp_path, CrossFitted())
    assert [OUT_OF_FOLD in record.notes for record in records] == [True, False, False]
    records, _ = records_of(tmp_path / "none", CrossFitted("0.5", out_of_fold=False))
    assert not [record for record in records if OUT_OF_FOLD in record.notes]


def test_without_a_validation_set_the_last_model_is_the_best_however_good_others_were_out_of_fold(tmp_path):
    class Fading(CrossFitted):
        def fit(self, rows, targets, validation, *, round_number, **settings):
            report = super().fit(rows, targets, validation, round_number=round_number, **settings)
            return replace(report, out_of_fold_logits=report.out_of_fold_logits / round_number**3)

    run = a_run(tmp_path, learner=Fading(), validation=None, budget=20)
    advance(run)
    figures = [record.metrics["oof_brier"] for record in run.records()]
    assert figures == sorted(figures), "the first round's are the best"
    best = run.folder.models / "best"
    assert best.resolve() == (run.folder.models / "last").resolve()


def test_a_goal_out_of_fold_ends_the_run(tmp_path):
    follower = Follower()
    run = a_run(
        tmp_path, learner=CrossFitted(), validation=None, follower=follower, goal=Goal("oof_brier", 0.9)
    )
    advance(run)
    assert len(run.records()) == 1
    assert run.records()[0].finished.startswith("the goal is reached: oof_brier is ")


@pytest.mark.parametrize(
    ("stop", "key"),
    [
        ({"goal": Goal("oof_macro_f1_plug_in", 0.5)}, "stop.goal.metric"),
        ({"patience": 1, "metric": "oof_macro_f1_plug_in"}, "stop.metric"),
    ],
)
def test_when_what_ends_the_run_is_not_measured_then_the_error_names_the_key_and_the_nearest(
    tmp_path, stop, key
):
    run = a_run(tmp_path, learner=CrossFitted(out_of_fold=False), validation=None, test=TEST, **stop)
    sentence = (
        rf"active_learning\.{key} is 'oof_macro_f1_plug_in', which the fit of this learner does not give\. "
        r"Did you mean 'test_macro_f1_plug_in'\?"
    )
    with pytest.raises(TrainingError, match=sentence):
        advance(run)
    assert run.records() == []


def test_the_last_screen_explains_out_of_fold_once_and_whose_model_is_the_best(tmp_path):
    run = a_run(tmp_path, learner=CrossFitted(), validation=None, budget=20)
    screen = " ".join(screens.outcome(advance(run), run, ["my.yaml"]).split())
    assert "oof F1 (plug-in)" in screen
    assert screen.count(OUT_OF_FOLD) == 1
    assert "It is the last round's: without a validation set" in screen
    other = a_run(tmp_path / "validated")
    validated = screens.outcome(advance(other), other, ["my.yaml"])
    assert "out of fold" not in validated
    assert "last round's" not in validated


class Program(Oracle):
    """A program that answers the rows from a certain one on; a person the others."""

    def __init__(self, first):
        super().__init__()
        self.first = first

    def collect(self, request):
        found = super().collect(request)
        marked = [
            replace(one, annotator="llm:m@1") if one.row >= self.first else one for one in found.answers
        ]
        return replace(found, answers=tuple(marked))


def test_what_a_program_answered_is_no_truth_to_measure_by(tmp_path):
    (record, *_), (truth, *_) = records_of(tmp_path, CrossFitted(), oracle=Program(20))
    rows = np.sort(record_rows(tmp_path, first=20)[0])
    known = np.where(rows[:, None] < 20, truth, -1).astype(np.int8)
    expected = metrics.evaluate(known, given_out_of_fold(truth), THRESHOLDS, prefix="oof", rule="plug_in")
    found = {name: value for name, value in record.metrics.items() if name.startswith("oof_")}
    assert found == pytest.approx(expected, nan_ok=True)
    n = int((rows >= 20).sum())
    assert 0 < n < 10
    assert f"{n} of 10 texts have labels by a program; figures out of fold leave those out" in record.notes


def record_rows(folder, first):
    """The rows that each fit of such a run learned from."""
    learner = CrossFitted()
    advance(a_run(folder / "again", learner=learner, validation=None, budget=20, oracle=Program(first)))
    return [np.array(fit[1]) for fit in learner.fits]


def test_where_only_a_program_answered_nothing_is_measured_out_of_fold(tmp_path):
    records, _ = records_of(tmp_path, CrossFitted(), oracle=Program(0))
    assert not [name for record in records for name in record.metrics if name.startswith("oof_")]
