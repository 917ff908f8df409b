"""The mean of the last weights of a fit, and of no others."""

from dataclasses import replace

import pytest
import torch
from training_examples import SHORT, fitted, learnable_set, logits_of, random_set, same, weights_of

from text_al.training.averaging import Average
from text_al.training.steps import Stepper


def stepped(share, total, *, updates=None):
    """A model whose weights after update k are all k, averaged; one of its weights is not trained."""
    model = torch.nn.Linear(2, 1)
    model.bias.requires_grad_(False)
    average = Average(model, share, total)
    for step in range(1, (updates or total) + 1):
        with torch.no_grad():
            for weight in model.parameters():
                weight.fill_(step)
        average.update(step)
    average.apply()
    return model


@pytest.mark.parametrize(
    ("share", "total", "expected"),
    [
        (0.5, 4, 3.5),
        (0.5, 5, 4.0),
        (0.25, 8, 7.5),
        (1.0, 4, 2.5),
        (0.0, 4, 4.0),
        (0.1, 4, 4.0),
        (0.5, 1, 1.0),
    ],
)
def test_the_mean_is_of_the_last_share_of_the_updates(share, total, expected):
    model = stepped(share, total)
    assert model.weight.flatten().tolist() == pytest.approx([expected] * 2)


def test_weights_that_are_not_trained_are_left_alone():
    assert stepped(0.5, 4).bias.item() == 4.0


def test_a_fit_that_ends_before_any_update_counts_keeps_the_last_weights():
    assert stepped(0.25, 8, updates=5).weight.flatten().tolist() == [5.0, 5.0]


@pytest.fixture
def passed(monkeypatch):
    """The weights after each update of a test, in order."""
    seen, update = [], Stepper.update

    def spy(self, batch, factor, *, seed):
        found = update(self, batch, factor, seed=seed)
        seen.append(weights_of(self.model))
        return found

    monkeypatch.setattr(Stepper, "update", spy)
    return seen


def test_without_a_validation_set_a_fit_ends_with_the_mean_of_its_last_weights(tiny_encoder, passed):
    model, found = fitted(tiny_encoder, random_set(18), settings=replace(SHORT, weight_averaging=0.5))
    assert found.steps == len(passed) == 10
    for name, weight in weights_of(model).items():
        assert torch.allclose(weight, torch.stack([part[name] for part in passed[5:]]).mean(dim=0), atol=1e-6)
    assert not same(weights_of(model), passed[-1])


def test_with_one_the_mean_is_what_is_measured_and_kept(tiny_encoder, passed):
    train, validation = learnable_set(18), learnable_set(12, seed=1)
    model, found = fitted(tiny_encoder, train, validation, replace(SHORT, weight_averaging=0.5))
    n = len(passed)
    mean = {name: torch.stack([part[name] for part in passed[n // 2 :]]).mean(dim=0) for name in passed[0]}
    assert all(torch.allclose(weight, mean[name], atol=1e-6) for name, weight in weights_of(model).items())
    assert found.validation_logits == pytest.approx(logits_of(model, validation), abs=0.05)


def test_within_it_the_model_has_the_mean_and_after_it_its_own_weights():
    model = torch.nn.Linear(2, 1)
    average = Average(model, 1.0, 2)
    for value in (1.0, 3.0):
        torch.nn.init.constant_(model.weight, value)
        average.update(1)
    with average.applied():
        assert model.weight.flatten().tolist() == [2.0, 2.0]
    assert model.weight.flatten().tolist() == [3.0, 3.0]


def test_share_zero_keeps_the_last_weights(tiny_encoder, passed):
    model, _ = fitted(tiny_encoder, random_set(18), settings=replace(SHORT, weight_averaging=0.0))
    assert same(weights_of(model), passed[-1])
