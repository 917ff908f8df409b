"""What the fine-tuned learner says of texts it has not seen, and what that is good for."""

from dataclasses import replace
from inspect import signature

import numpy as np
import pytest
from training_examples import LABELS, keyword_data, labelled, same, uncalibrated, weights_of

from text_al.metrics import macro_average_precision, sigmoid
from text_al.reporting import Silent
from text_al.training.encoder_fits import LEAST_A_FOLD, EncoderFits
from text_al.training.finetuned import FineTuned
from text_al.training.judging import by_pool
from text_al.training.learners import LEARNERS
from text_al.training.model import TextList
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings

TEXTS, TARGETS = keyword_data(60)
ROWS = np.random.default_rng(0).permutation(60)[:40]
SETTINGS = TrainingSettings(
    max_epochs=2, min_updates=0, batch_size=8, evaluations=1, cross_fit=2, label_prior=2.0, trained_share=1.0
)


@pytest.fixture
def known(tiny_encoder):
    """What the registry hands to a learner."""
    return {
        "_encoder": EncoderSettings(encoder=str(tiny_encoder), max_length=32),
        "_compute": ComputeSettings(device="cpu", precision="fp32"),
        "_pool": TextList(TEXTS),
        "_labels": LABELS,
    }


@pytest.fixture
def make(known):
    def made(kind="finetuned", **training):
        taken = signature(LEARNERS.entry(kind).function).parameters
        handed = {**known, "_training": replace(SETTINGS, **training)}
        return LEARNERS.entry(kind).function(**{name: handed[name] for name in handed if name in taken})

    return made


def arguments(targets=TARGETS, rows=ROWS, round_number=1):
    return (rows, targets[rows]), {"round_number": round_number, "reporter": Silent()}


def held_out(learner, *place, **named):
    given, more = arguments(*place, **named)
    return learner.out_of_fold(*given, **more)


def fit(learner, validation=None, **named):
    given, more = arguments(**named)
    return learner.fit(*given, validation, global_step=0, **more)


def logits_of(learner):
    return learner.look(np.arange(60), frozenset(), Silent()).logits


@pytest.fixture
def taught(monkeypatch):
    """The pool rows of every fit of all layers, in order."""
    seen, trained = [], EncoderFits._trained

    def spy(self, train, *rest):
        seen.append(train.rows.tolist())
        return trained(self, train, *rest)

    monkeypatch.setattr(EncoderFits, "_trained", spy)
    return seen


def test_every_text_is_left_out_of_one_model_and_the_last_sees_all(make, taught):
    fit(make(cross_fit=3))
    assert len(taught) == 4
    assert sorted(taught[-1]) == sorted(ROWS)
    left_out = [set(ROWS) - set(rows) for rows in taught[:-1]]
    assert sorted(row for part in left_out for row in part) == sorted(ROWS)
    assert {len(part) for part in left_out} == {13, 14}


def test_a_texts_own_labels_have_no_say_in_what_is_said_of_it(make):
    learner = make()
    before = held_out(learner)
    changed = TARGETS.copy()
    changed[ROWS[7]] = 1 - changed[ROWS[7]]
    after = held_out(learner, changed)
    assert np.array_equal(before[7], after[7])
    assert not np.array_equal(before, after)


def test_the_weights_stay_as_they_were(make):
    learner = make()
    fit(learner)
    before = weights_of(learner.model)
    held_out(learner, round_number=2)
    assert same(before, weights_of(learner.model))


def test_it_is_done_once_for_the_same_rows_targets_and_round(make, taught):
    learner = make()
    first = held_out(learner)
    assert held_out(learner) is first
    fit(learner)
    assert len(taught) == 2 + 1
    for other in ({"round_number": 2}, {"targets": 1 - TARGETS}, {"rows": ROWS[:30]}):
        held_out(learner, **other)
    assert len(taught) == 3 + 3 * 2


def test_a_fit_does_not_depend_on_whether_it_was_done_before(make):
    asked, straight = make(), make()
    held_out(asked)
    for learner in (asked, straight):
        fit(learner)
    assert same(weights_of(asked.model), weights_of(straight.model))
    assert np.array_equal(asked.thresholds, straight.thresholds)


@pytest.mark.parametrize("cross_fit", [0, 3])
def test_with_too_few_texts_or_none_wanted_there_is_none(make, cross_fit, taught):
    learner = make(cross_fit=cross_fit)
    few = ROWS[: 40 if cross_fit == 0 else 3 * LEAST_A_FOLD - 1]
    assert held_out(learner, rows=few) is None
    report = fit(learner, rows=few)
    assert report.out_of_fold_logits is None
    assert report.threshold_rule == "plug_in"
    assert len(taught) == 1


def test_texts_of_which_nothing_is_known_are_not_counted(make):
    targets = TARGETS.copy()
    targets[ROWS[: 40 - 2 * LEAST_A_FOLD + 1]] = -1
    assert held_out(make(), targets) is None


def test_a_validation_set_makes_it_needless(make, taught):
    report = fit(make(), labelled(20, seed=1))
    assert report.threshold_rule == "tuned"
    assert report.out_of_fold_logits is None
    assert len(taught) == 1


def test_logits_are_calibrated_by_it_and_the_pool_is_cut_by_them(make):
    learner = make()
    said, report = held_out(learner), fit(learner)
    raw = uncalibrated(learner, logits_of(learner))
    others = np.setdiff1d(np.arange(60), ROWS)
    expected = by_pool(said, TARGETS[ROWS], raw[others])
    assert expected.calibration.slope < 0.9
    assert report.out_of_fold_logits == pytest.approx(expected.out_of_fold_logits)
    assert report.thresholds == pytest.approx(expected.thresholds, abs=1e-5)
    assert learner._lesson.calibration.slope == pytest.approx(expected.calibration.slope)
    assert sigmoid(report.out_of_fold_logits).mean() == pytest.approx(TARGETS[ROWS].mean(), abs=0.01)


@pytest.mark.parametrize("kind", ["linear", "tfidf"])
def test_learners_that_learn_noise_by_heart_do_not_claim_to_know_it(make, kind):
    noise = (np.random.default_rng(9).random(TARGETS.shape) < 0.4).astype(np.int8)
    learner = make(kind)
    report = fit(learner, targets=noise)
    seen, unseen = (
        macro_average_precision(noise[ROWS], logits)
        for logits in (logits_of(learner)[ROWS], report.out_of_fold_logits)
    )
    assert seen > 0.7
    assert unseen < 0.6


@pytest.mark.parametrize("kind", ["finetuned", "auto"])
def test_the_same_seed_gives_the_same_to_the_bit(make, kind):
    first, second = make(kind), make(kind)
    reports = [fit(learner) for learner in (first, second)]
    assert np.array_equal(logits_of(first), logits_of(second))
    assert np.array_equal(*(report.thresholds for report in reports))
    assert np.array_equal(*(report.out_of_fold_logits for report in reports))
    assert reports[0].notes == reports[1].notes


UNTAUGHT = {"head_start": "zeros", "learning_rate": 1e-9, "head_learning_rate": 1e-9}
WELL_TAUGHT = {"max_epochs": 10, "batch_size": 4, "learning_rate": 6e-3, "head_sharpness": 1.0}


@pytest.mark.parametrize(("training", "better"), [(UNTAUGHT, "linear"), (WELL_TAUGHT, "finetuned")])
def test_auto_is_the_better_of_the_two_alone(make, known, training, better):
    training = {**training, "label_prior": 0.0}
    alone = {"finetuned": make(**training)}
    alone["linear"] = LEARNERS.entry("linear").function(**known, label_prior=0.0)
    precisions = {
        kind: macro_average_precision(TARGETS[ROWS], fit(learner).out_of_fold_logits)
        for kind, learner in alone.items()
    }
    assert max(precisions, key=precisions.get) == better
    both = make("auto", **training)
    fit(both)
    assert np.array_equal(logits_of(both), logits_of(alone[better]))
    assert np.array_equal(both.thresholds, alone[better].thresholds)
    assert isinstance(both._now, FineTuned) == (better == "finetuned")
