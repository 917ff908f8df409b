"""The rates rise and fall as the schedule says, and reach every weight."""

import math

import pytest
import torch

from text_al.training.classifier import MultilabelClassifier
from text_al.training.encoders import load_encoder
from text_al.training.optimisation import Schedule, make_optimizer
from text_al.training.settings import EncoderSettings, TrainingSettings


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        (Schedule("constant", 4, 0.0), [1, 1, 1, 1]),
        (Schedule("linear", 4, 0.0), [1, 3 / 4, 2 / 4, 1 / 4]),
        (Schedule("linear", 10, 0.3), [1 / 4, 2 / 4, 3 / 4, 1, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7]),
        (Schedule("constant", 4, 0.5), [1 / 3, 2 / 3, 1, 1]),
        (Schedule("cosine", 4, 0.0), [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]),
        (Schedule("linear", 1, 0.1), [1 / 1.1]),
    ],
)
def test_the_schedule_by_hand(schedule, factors):
    assert [schedule.at(step) for step in range(schedule.total)] == pytest.approx(factors)


@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_the_schedule_ends_at_zero(kind):
    assert Schedule(kind, 20, 0.1).at(20) == pytest.approx(0.0)


@pytest.mark.parametrize("kind", ["linear", "cosine", "constant"])
@pytest.mark.parametrize("total", [1, 2, 7, 100])
@pytest.mark.parametrize("warmup_ratio", [0.0, 0.1, 0.5, 0.99])
def test_every_update_has_a_rate_that_rises_then_falls(kind, total, warmup_ratio):
    schedule = Schedule(kind, total, warmup_ratio)
    factors = [schedule.at(step) for step in range(total)]
    assert all(0 < factor <= 1 for factor in factors)
    top = factors.index(max(factors))
    assert factors[: top + 1] == sorted(factors[: top + 1])
    assert factors[top:] == sorted(factors[top:], reverse=True)


@pytest.fixture
def model(tiny_encoder):
    return MultilabelClassifier(load_encoder(EncoderSettings(encoder=str(tiny_encoder))).encoder, 3)


SETTINGS = TrainingSettings(learning_rate=1e-4, head_learning_rate=2e-3, weight_decay=0.05)


def test_every_weight_is_trained_once_at_its_own_rate(model):
    groups = make_optimizer(model, SETTINGS).param_groups
    found = {
        id(weight): (group["lr"], group["weight_decay"]) for group in groups for weight in group["params"]
    }
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))
    expected = {
        id(weight): (2e-3 if name.startswith("head.") else 1e-4, 0.05 if weight.ndim > 1 else 0.0)
        for name, weight in model.named_parameters()
    }
    assert found == expected


def test_with_a_layer_decay_each_layer_moves_more_slowly_than_the_one_above(model):
    settings = TrainingSettings(learning_rate=1e-4, head_learning_rate=2e-3, layer_decay=0.5)
    rates = {
        id(weight): group["lr"]
        for group in make_optimizer(model, settings).param_groups
        for weight in group["params"]
    }
    expected = {"encoder.embeddings.": 2.5e-5, "encoder.encoder.layer.0.": 5e-5}
    expected |= {"encoder.encoder.layer.1.": 1e-4, "encoder.pooler.": 1e-4, "head.": 2e-3}
    for name, weight in model.named_parameters():
        (rate,) = (rate for start, rate in expected.items() if name.startswith(start))
        assert rates[id(weight)] == pytest.approx(rate), name


def test_frozen_weights_are_left_alone(model):
    model.encoder.embeddings.requires_grad_(False)
    frozen = {id(weight) for weight in model.encoder.embeddings.parameters()}
    given = {
        id(weight) for group in make_optimizer(model, SETTINGS).param_groups for weight in group["params"]
    }
    assert not frozen & given
    assert len(given) == len(list(model.parameters())) - len(frozen)


def test_it_is_adam_with_bias_correction_and_decoupled_decay(model):
    weight = model.head.weight
    with torch.no_grad():
        weight.fill_(1.0)
    optimizer = make_optimizer(model, SETTINGS)
    weight.grad = torch.full_like(weight, 7.0)
    optimizer.step()
    # With the correction, the first step is the whole rate whatever the gradient's size.
    assert weight.detach().numpy() == pytest.approx(1.0 - 2e-3 * 0.05 - 2e-3, abs=1e-6)
