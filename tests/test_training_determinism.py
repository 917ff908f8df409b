"""A fit is a pure function of settings, seed, round and data, and leaves the process's random state alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate.state import PartialState
from training_examples import (
    CPU,
    SHORT,
    fitted,
    logits_of,
    padded_work,
    random_set,
    same,
    tiny_model,
    weights_of,
)

from text_al.reporting import Silent
from text_al.seeds import generator
from text_al.training.batches import training_batches
from text_al.training.steps import Stepper
from text_al.training.trainer import Trainer


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
    trainer = Trainer(model, SHORT, hardware=CPU, work=padded_work(model), pad_id=0, seed=0)
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002 - looked at
    trainer.fit(random_set(9), random_set(5), round_number=1, global_step=0, reporter=Silent())
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002


def test_accumulating_gradients_gives_the_same_weights(tiny_encoder):
    train = random_set(12)
    train.targets[::3, 1] = -1
    whole, parts = (
        fitted(tiny_encoder, train, settings=replace(SHORT, gradient_accumulation_steps=n), dropout=0.0)[0]
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


def test_bf16_is_deterministic_too(tiny_encoder):
    hardware = replace(CPU, bf16=True)
    first, again = (
        fitted(tiny_encoder, random_set(12), random_set(6), hardware=hardware)[0] for _ in range(2)
    )
    assert same(weights_of(first), weights_of(again))
    assert all(torch.isfinite(weight).all() for weight in weights_of(first).values())
