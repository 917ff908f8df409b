"""What a fit sees and what it measures: every text an epoch, the schedule's rates, all rows at once."""

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score
from training_examples import SHORT, Listener, fitted, logits_of, random_set, tiny_model

from text_al.metrics import evaluate, sigmoid
from text_al.training.optimisation import Schedule
from text_al.training.thresholds import tune_thresholds


def test_every_epoch_sees_every_text_once_in_a_new_order(tiny_encoder, spied):
    fitted(tiny_encoder, random_set(18))
    batches = [seen.rows.tolist() for seen in spied]
    assert len(batches) == 10
    epochs = [sorted(sum(batches[at : at + 5], [])) for at in (0, 5)]  # noqa: RUF017 - ten short lists
    assert epochs == [list(range(18))] * 2
    assert batches[:5] != batches[5:]


def test_rows_point_into_the_tokens_wherever_they_lie(tiny_encoder, spied):
    every = random_set(30)
    rows = np.array([29, 3, 17, 8])
    some = replace(every, rows=rows, targets=every.targets[rows])
    fitted(tiny_encoder, some, settings=replace(SHORT, max_epochs=1), dropout=0.0)
    alone = logits_of(tiny_model(tiny_encoder), some)
    assert spied[0].logits == pytest.approx(alone[spied[0].rows], abs=1e-5)


@pytest.mark.parametrize(
    ("n", "max_epochs", "min_updates", "steps"),
    [
        (18, 2, 0, 10),
        (18, 2, 13, 13),
        (18, 2, 7, 10),
        (1, 1, 5, 5),
        (4, 3, 0, 3),
    ],
)
def test_the_schedule_is_as_long_as_epochs_and_the_floor_say(
    tiny_encoder, spied, n, max_epochs, min_updates, steps
):
    settings = replace(SHORT, max_epochs=max_epochs, min_updates=min_updates)
    _, found = fitted(tiny_encoder, random_set(n), settings=settings)
    assert found.steps == len(spied) == steps
    assert not found.stopped_early
    assert found.evaluations[-1].step == steps
    assert found.evaluations[-1].epoch == pytest.approx(steps / math.ceil(n / 4), abs=1e-3)


def test_the_rates_follow_the_schedule_with_its_warm_up(tiny_encoder):
    listener = Listener()
    settings = replace(SHORT, max_epochs=4, warmup_ratio=0.3, lr_scheduler_type="linear")
    fitted(tiny_encoder, random_set(18), settings=settings, reporter=listener, global_step=100)
    schedule = Schedule("linear", 20, 0.3)
    assert [step for step, _, _ in listener.losses] == list(range(101, 121))
    assert [rate for _, _, rate in listener.losses] == [1e-3 * schedule.at(step) for step in range(20)]
    rates = [evaluation.learning_rate for evaluation in listener.evaluations]
    assert rates == [1e-3 * schedule.at(step) for step in (0, 9, 19)]


def test_metrics_are_of_all_rows_at_once(tiny_encoder, spied):
    train, validation = random_set(18), random_set(11, seed=1)
    train.targets[0] = -1
    settings = replace(SHORT, batch_size=7, evaluations=1)
    _, found = fitted(tiny_encoder, train, validation, settings)
    record = found.evaluations[-1]
    probs = sigmoid(found.validation_logits)
    thresholds = tune_thresholds(validation.targets, probs)
    assert found.thresholds == pytest.approx(thresholds)
    for name, cut in (("at_0.5", 0.5), ("tuned", thresholds)):
        for average in ("macro", "micro"):
            expected = f1_score(validation.targets, probs >= cut, average=average, zero_division=0)
            assert record.metrics[f"val_{average}_f1_{name}"] == pytest.approx(expected)
    rows = np.concatenate([seen.rows for seen in spied])
    logits = np.concatenate([seen.logits for seen in spied])
    expected = evaluate(train.targets[rows], logits, thresholds, prefix="train")
    for name, value in expected.items():
        assert record.metrics[name] == pytest.approx(value, abs=1e-6), name


def test_the_training_loss_is_what_was_minimised_per_known_target(tiny_encoder, spied):
    train = random_set(18)
    train.targets[:9] = np.where(np.arange(3) == 0, train.targets[:9], -1)
    settings = replace(SHORT, loss="focal", evaluations=1)
    _, found = fitted(tiny_encoder, train, settings=settings)
    expected = sum(seen.loss * seen.n_known for seen in spied) / sum(seen.n_known for seen in spied)
    assert found.evaluations[-1].metrics["train_loss"] == pytest.approx(expected)
    assert np.mean([seen.loss for seen in spied]) != pytest.approx(expected, rel=1e-3)


def test_training_metrics_are_of_the_texts_since_the_last_evaluation(tiny_encoder, spied):
    _, found = fitted(tiny_encoder, random_set(18))
    expected = evaluate(
        random_set(18).targets[np.concatenate([seen.rows for seen in spied[5:]])],
        np.concatenate([seen.logits for seen in spied[5:]]),
        None,
        prefix="train",
    )
    assert found.evaluations[2].metrics == pytest.approx(expected, abs=1e-6)


def test_evaluations_come_before_the_first_update_and_then_at_even_distances(tiny_encoder):
    listener = Listener()
    settings = replace(SHORT, evaluations=4, max_epochs=4)
    _, found = fitted(
        tiny_encoder,
        random_set(18),
        random_set(6),
        settings,
        reporter=listener,
        global_step=50,
        round_number=3,
    )
    assert [record.step for record in found.evaluations] == [0, 5, 10, 15, 20]
    assert [record.global_step for record in found.evaluations] == [50, 55, 60, 65, 70]
    assert [record.epoch for record in found.evaluations] == [0, 1, 2, 3, 4]
    assert {record.round for record in found.evaluations} == {3}
    assert listener.evaluations == list(found.evaluations)
    assert set(found.seconds) == {"train", "evaluate"}


def test_progress_is_told_in_full(tiny_encoder):
    listener = Listener()
    fitted(tiny_encoder, random_set(18), random_set(6), reporter=listener)
    assert listener.stages == [
        ("evaluate", 6),
        ("train", 10),
        ("evaluate", 6),
        ("train", 10),
        ("evaluate", 6),
    ]
    assert listener.done == {"evaluate": 6, "train": 10}


@pytest.mark.parametrize(("averaging", "falls"), [(0.5, False), (0.0, True)])
def test_by_itself_the_rate_falls_only_where_no_weights_are_averaged(tiny_encoder, averaging, falls):
    _, found = fitted(tiny_encoder, random_set(40), settings=replace(SHORT, weight_averaging=averaging))
    assert (found.evaluations[-1].learning_rate < 0.2 * SHORT.learning_rate) == falls
