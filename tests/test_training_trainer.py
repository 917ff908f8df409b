"""A fit: a pure function of settings, seed, round and data, measured as it goes, its best weights kept."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate.state import PartialState
from sklearn.metrics import f1_score
from training_examples import CPU, Listener, learnable_set, random_set, same, tiny_model, weights_of

from text_al.errors import TrainingError
from text_al.metrics import evaluate, sigmoid
from text_al.seeds import generator
from text_al.training.batches import training_batches
from text_al.training.optimisation import Schedule
from text_al.training.scoring import score
from text_al.training.settings import EarlyStoppingSettings, TrainingSettings
from text_al.training.steps import Stepper
from text_al.training.thresholds import tune_thresholds
from text_al.training.trainer import Trainer
from text_al.types import Silent

SETTINGS = TrainingSettings(
    max_epochs=2, min_updates=0, batch_size=4, learning_rate=1e-3, head_learning_rate=1e-2, evaluations=2,
    early_stopping=None,
)  # fmt: skip


def fitted(
    folder, train, validation=None, settings=SETTINGS, *, seed=0, round_number=1, dropout=0.1, hardware=CPU,
    reporter=None, global_step=0,
):  # fmt: skip
    """The model after a fit, and what the fit says."""
    model = tiny_model(folder, train.targets.shape[1], dropout=dropout)
    trainer = Trainer(model, settings, hardware=hardware, pad_id=0, seed=seed)
    found = trainer.fit(
        train, validation, round_number=round_number, global_step=global_step, reporter=reporter or Silent()
    )
    return model, found


def logits_of(model, data):
    return score(model, data.tokens, data.rows, hardware=CPU, pad_id=0, reporter=Silent()).logits


@pytest.fixture
def spied(monkeypatch):
    """All that the updates of a test saw."""
    seen, update = [], Stepper.update

    def spy(self, batch, factor, *, seed):
        seen.append(update(self, batch, factor, seed=seed))
        return seen[-1]

    monkeypatch.setattr(Stepper, "update", spy)
    return seen


# The same from the same


def test_one_seed_gives_the_same_bits_and_another_does_not(tiny_encoder):
    train, validation = random_set(18), random_set(10, seed=1)
    first, again = (fitted(tiny_encoder, train, validation) for _ in range(2))
    assert same(weights_of(first[0]), weights_of(again[0]))
    assert np.array_equal(first[1].validation_logits, again[1].validation_logits)
    assert [e.metrics for e in first[1].evaluations] == [e.metrics for e in again[1].evaluations]
    for changed in ({"seed": 1}, {"round_number": 2}):
        other, _ = fitted(tiny_encoder, train, validation, **changed)
        assert not same(weights_of(first[0]), weights_of(other))


@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_the_seed_draws_the_order_of_texts_and_the_dropout(tiny_encoder, dropout, spied):
    train = random_set(18)
    for seed in (0, 1):
        fitted(tiny_encoder, train, seed=seed, dropout=dropout)
    one, other = spied[: len(spied) // 2], spied[len(spied) // 2 :]
    assert [seen.rows.tolist() for seen in one] != [seen.rows.tolist() for seen in other]


def test_others_who_draw_from_torch_change_nothing(tiny_encoder):
    class Disturber(Silent):
        def train_loss(self, global_step, loss, learning_rate):
            torch.rand(3)

        def evaluation(self, record):
            torch.manual_seed(99)

    train, validation = random_set(12), random_set(6, seed=1)
    alone, _ = fitted(tiny_encoder, train, validation)
    torch.rand(5)
    disturbed, _ = fitted(tiny_encoder, train, validation, reporter=Disturber())
    assert same(weights_of(alone), weights_of(disturbed))


def test_the_random_state_of_the_process_is_left_as_it_was(tiny_encoder):
    model = tiny_model(tiny_encoder, dropout=0.1)
    trainer = Trainer(model, SETTINGS, hardware=CPU, pad_id=0, seed=0)
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002 - looked at
    trainer.fit(random_set(9), random_set(5), round_number=1, global_step=0, reporter=Silent())
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002


def test_accumulating_gradients_gives_the_same_weights(tiny_encoder):
    train = random_set(12)
    train.targets[::3, 1] = -1
    whole, parts = (
        fitted(tiny_encoder, train, settings=replace(SETTINGS, gradient_accumulation_steps=n), dropout=0.0)[0]
        for n in (1, 4)
    )
    one, other = weights_of(whole), weights_of(parts)
    for name, weight in one.items():
        # The bias of the keys has no gradient but rounding, which Adam blows up; it changes no output.
        if not name.endswith("key.bias"):
            assert other[name].numpy() == pytest.approx(weight.numpy(), abs=1e-6), name
    assert logits_of(parts, train) == pytest.approx(logits_of(whole, train), abs=1e-5)


def test_the_device_of_an_earlier_accelerator_does_not_matter(tiny_encoder, monkeypatch):
    fitted(tiny_encoder, random_set(4))
    monkeypatch.setitem(PartialState._shared_state, "device", torch.device("meta"))
    model, _ = fitted(tiny_encoder, random_set(4))
    assert model.head.weight.device.type == "cpu"


# What is seen


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
    fitted(tiny_encoder, some, settings=replace(SETTINGS, max_epochs=1), dropout=0.0)
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
    settings = replace(SETTINGS, max_epochs=max_epochs, min_updates=min_updates)
    _, found = fitted(tiny_encoder, random_set(n), settings=settings)
    assert found.steps == len(spied) == steps
    assert not found.stopped_early
    assert found.evaluations[-1].step == steps
    assert found.evaluations[-1].epoch == pytest.approx(steps / math.ceil(n / 4), abs=1e-3)


def test_the_rates_follow_the_schedule_with_its_warm_up(tiny_encoder):
    listener = Listener()
    settings = replace(SETTINGS, max_epochs=4, warmup_ratio=0.3)
    fitted(tiny_encoder, random_set(18), settings=settings, reporter=listener, global_step=100)
    schedule = Schedule("linear", 20, 0.3)
    assert [step for step, _, _ in listener.losses] == list(range(101, 121))
    assert [rate for _, _, rate in listener.losses] == [1e-3 * schedule.at(step) for step in range(20)]
    rates = [evaluation.learning_rate for evaluation in listener.evaluations]
    assert rates == [1e-3 * schedule.at(step) for step in (0, 9, 19)]


# What is measured


def test_metrics_are_of_all_rows_at_once(tiny_encoder, spied):
    train, validation = random_set(18), random_set(11, seed=1)
    train.targets[0] = -1
    settings = replace(SETTINGS, batch_size=7, evaluations=1)
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
    settings = replace(SETTINGS, loss="focal", evaluations=1)
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
    settings = replace(SETTINGS, evaluations=4, max_epochs=4)
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


# What is kept


WILD = replace(
    SETTINGS, max_epochs=10, learning_rate=3e-3, head_learning_rate=0.3, lr_scheduler_type="constant",
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
    settings = replace(SETTINGS, early_stopping=early_stopping)
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
        SETTINGS, max_epochs=12, batch_size=12, learning_rate=3e-3, early_stopping=EarlyStoppingSettings()
    )
    _, found = fitted(tiny_encoder, train, validation, settings)
    before, after = (found.evaluations[at].metrics["val_macro_f1_at_0.5"] for at in (0, -1))
    assert before < 0.6
    assert after > 0.9


# The edges


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
    _, found = fitted(tiny_encoder, train, settings=replace(SETTINGS, batch_size=1, pos_weight="balanced"))
    assert sorted(seen.n_known for seen in spied) == [0] * 14 + [3] * 2
    assert math.isfinite(found.evaluations[-1].metrics["train_loss"])


def test_when_no_target_is_known_it_says_so(tiny_encoder):
    train = random_set(4)
    train.targets[:] = -1
    with pytest.raises(TrainingError, match="nothing to learn from"):
        fitted(tiny_encoder, train)


def test_a_loss_that_is_no_number_ends_the_fit_with_what_to_do(tiny_encoder):
    settings = replace(SETTINGS, learning_rate=1e30, max_epochs=20, warmup_ratio=0.0, weight_decay=0.0)
    with pytest.raises(TrainingError, match=r"loss is (nan|inf) .* lower training.learning_rate"):
        fitted(tiny_encoder, random_set(12), settings=settings)


def test_a_metric_that_does_not_exist_is_named_before_training(tiny_encoder, spied):
    settings = replace(SETTINGS, early_stopping=EarlyStoppingSettings("val_f1"))
    with pytest.raises(TrainingError, match="'val_f1'"):
        fitted(tiny_encoder, random_set(4), random_set(4), settings)
    assert spied == []


def test_bf16_runs_and_is_deterministic(tiny_encoder):
    hardware = replace(CPU, bf16=True)
    first, again = (
        fitted(tiny_encoder, random_set(12), random_set(6), hardware=hardware)[0] for _ in range(2)
    )
    assert same(weights_of(first), weights_of(again))
    assert all(torch.isfinite(weight).all() for weight in weights_of(first).values())


def test_every_draw_has_the_address_of_its_seed_round_and_epoch_or_step(tiny_encoder, monkeypatch):
    drawn, update = [], Stepper.update

    def spy(self, batch, factor, *, seed):
        drawn.append((batch.tolist(), seed))
        return update(self, batch, factor, seed=seed)

    monkeypatch.setattr(Stepper, "update", spy)
    train = random_set(18)
    fitted(tiny_encoder, train, seed=5, round_number=3)
    batches = [
        batch.tolist()
        for epoch in range(2)
        for batch in training_batches(train.tokens.lengths, 4, generator(5, 3, f"epoch {epoch}"))
    ]
    assert drawn == [(batch, (5, 3, step)) for step, batch in enumerate(batches)]
