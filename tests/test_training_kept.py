"""The best weights of a fit are kept, it stops when it gets no better, and it works at the edges."""

import math
from dataclasses import replace

import numpy as np
import pytest
from training_examples import SHORT, fitted, learnable_set, logits_of, random_set, same, weights_of

from text_al.errors import TrainingError
from text_al.metrics import evaluate
from text_al.training.settings import EarlyStoppingSettings

WILD = replace(
    SHORT, max_epochs=10, learning_rate=3e-3, head_learning_rate=0.3, lr_scheduler_type="constant",
    evaluations=10,
)  # fmt: skip


@pytest.mark.parametrize("metric", ["val_macro_f1_tuned", "val_macro_f1_at_0.5", "val_loss"])
def test_the_best_weights_are_put_back(tiny_encoder, metric):
    train, validation = random_set(16), random_set(12, seed=1)
    settings = replace(WILD, early_stopping=EarlyStoppingSettings(metric, patience=100))
    model, found = fitted(tiny_encoder, train, validation, settings)
    values = [record.metrics[metric] for record in found.evaluations]
    best = min(values) if metric == "val_loss" else max(values)
    assert values[-1] != best  # else the last weights would do
    logits = logits_of(model, validation)
    assert np.array_equal(logits, found.validation_logits)
    assert evaluate(validation.targets, logits, found.thresholds, prefix="val")[metric] == best
    kept = next(record for record in found.evaluations if record.metrics[metric] == best)
    assert found.best_epoch == kept.epoch
    assert kept.is_best
    assert found.steps == 40


def test_a_fit_that_gets_no_better_is_stopped(tiny_encoder):
    train, validation = random_set(16), random_set(12, seed=1)
    settings = replace(WILD, early_stopping=EarlyStoppingSettings("val_loss", patience=2, min_evaluations=0))
    _, found = fitted(tiny_encoder, train, validation, settings)
    losses = [record.metrics["val_loss"] for record in found.evaluations]
    assert found.stopped_early
    assert found.steps == found.evaluations[-1].step < 40
    assert int(np.argmin(losses)) == len(losses) - 3


def test_without_early_stopping_the_last_weights_are_kept(tiny_encoder):
    model, found = fitted(tiny_encoder, random_set(16), random_set(12, seed=1), WILD)
    assert np.array_equal(logits_of(model, random_set(12, seed=1)), found.validation_logits)
    assert found.best_epoch == found.evaluations[-1].epoch == 10
    assert not found.stopped_early


@pytest.mark.parametrize("early_stopping", [None, EarlyStoppingSettings(patience=1, min_evaluations=0)])
def test_without_a_validation_set_the_whole_schedule_is_trained(tiny_encoder, early_stopping):
    settings = replace(SHORT, early_stopping=early_stopping)
    model, found = fitted(tiny_encoder, random_set(18), settings=settings)
    assert (found.steps, found.stopped_early, found.best_epoch) == (10, False, 2.0)
    assert found.thresholds is None
    assert found.validation_logits is None
    plain, _ = fitted(tiny_encoder, random_set(18))
    assert same(weights_of(model), weights_of(plain))
    assert not any(name.startswith("val_") for record in found.evaluations for name in record.metrics)


def test_it_learns(tiny_encoder):
    train, validation = learnable_set(120), learnable_set(80, seed=1)
    settings = replace(
        SHORT, max_epochs=12, batch_size=12, learning_rate=3e-3, early_stopping=EarlyStoppingSettings()
    )
    _, found = fitted(tiny_encoder, train, validation, settings)
    before, after = (found.evaluations[at].metrics["val_macro_f1_at_0.5"] for at in (0, -1))
    assert before < 0.6
    assert after > 0.9


# The edges


def test_a_validation_set_without_texts_or_known_targets_chooses_nothing(tiny_encoder):
    unknown = random_set(6)
    unknown.targets[:] = -1
    for validation in (replace(random_set(6), rows=np.arange(0), targets=np.zeros((0, 3), np.int8)), unknown):
        settings = replace(SHORT, early_stopping=EarlyStoppingSettings())
        _, found = fitted(tiny_encoder, random_set(8), validation, settings)
        assert found.thresholds.tolist() == [0.5] * 3
        assert found.steps == 4


def test_one_text_with_one_label_is_enough(tiny_encoder):
    _, found = fitted(tiny_encoder, random_set(1, n_labels=1), random_set(1, n_labels=1))
    assert found.steps == 2
    assert found.thresholds.shape == (1,)


def test_a_thousand_labels_most_without_positives(tiny_encoder):
    train = random_set(8, n_labels=1000)
    train.targets[:, 500:] = 0
    train.targets[:, 900:] = -1
    model, found = fitted(tiny_encoder, train, random_set(4, n_labels=1000, seed=1))
    assert found.thresholds.shape == (1000,)
    assert np.isfinite(logits_of(model, train)).all()


def test_a_batch_in_which_nothing_is_known_is_passed_over(tiny_encoder, spied):
    train = random_set(8)
    train.targets[1:] = -1
    _, found = fitted(tiny_encoder, train, settings=replace(SHORT, batch_size=1, pos_weight="balanced"))
    assert sorted(seen.n_known for seen in spied) == [0] * 14 + [3] * 2
    assert math.isfinite(found.evaluations[-1].metrics["train_loss"])


def test_when_no_target_is_known_it_says_so(tiny_encoder):
    train = random_set(4)
    train.targets[:] = -1
    with pytest.raises(TrainingError, match="nothing to learn from"):
        fitted(tiny_encoder, train)


def test_a_loss_that_is_no_number_ends_the_fit_with_what_to_do(tiny_encoder):
    settings = replace(SHORT, learning_rate=1e30, max_epochs=20, warmup_ratio=0.0, weight_decay=0.0)
    with pytest.raises(TrainingError, match=r"loss is (nan|inf) .* lower training.learning_rate"):
        fitted(tiny_encoder, random_set(12), settings=settings)


def test_a_metric_that_does_not_exist_is_named_before_training(tiny_encoder, spied):
    settings = replace(SHORT, early_stopping=EarlyStoppingSettings("val_f1"))
    with pytest.raises(TrainingError, match="'val_f1'"):
        fitted(tiny_encoder, random_set(4), random_set(4), settings)
    assert spied == []
