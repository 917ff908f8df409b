"""Low-rank adapters live as long as a fit: they alone are trained, and end in the weights."""

import contextlib
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from training_examples import (
    CPU,
    LABELS,
    keyword_data,
    logits_of,
    random_set,
    same,
    tiny_model,
    weights_of,
)

from text_al.errors import TrainingError
from text_al.reporting import Silent
from text_al.training import extras
from text_al.training.adapters import adapted
from text_al.training.finetuned import FineTuned
from text_al.training.model import TextList
from text_al.training.settings import (
    ComputeSettings,
    EncoderSettings,
    LoraSettings,
    TrainingSettings,
)
from text_al.training.steps import Stepper

PEFT = pytest.mark.skipif(find_spec("peft") is None, reason="peft not installed; the extra is optional")
LORA = LoraSettings(rank=2, alpha=4)
DATA = random_set(12)


def train(model, n_steps=5, seed=0):
    """Some updates of whatever can be trained."""
    settings = TrainingSettings(learning_rate=0.02, head_learning_rate=0.02)
    stepper = Stepper(Accelerator(device_placement=False), model, DATA, settings, hardware=CPU, pad_id=0)
    for step in range(n_steps):
        stepper.update(np.arange(12), 1.0, seed=(seed, 1, step))


def trainable(model):
    return {name for name, weight in model.named_parameters() if weight.requires_grad}


@PEFT
def test_adapters_that_were_not_trained_change_nothing(tiny_encoder):
    model = tiny_model(tiny_encoder)
    before, logits = weights_of(model), logits_of(model, DATA)
    with adapted(model, LORA, seed=0):
        assert np.array_equal(logits_of(model, DATA), logits)
    assert same(weights_of(model), before)


@PEFT
def test_only_adapters_and_the_head_are_trained(tiny_encoder):
    model = tiny_model(tiny_encoder)
    with adapted(model, LORA, seed=0):
        before = weights_of(model)
        names = trainable(model)
        train(model)
        moved = {name for name, weight in weights_of(model).items() if not torch.equal(weight, before[name])}
    assert moved == names
    assert {name.split(".")[0] for name in names} == {"encoder", "head"}
    assert all("lora" in name for name in names if name.startswith("encoder"))
    assert len([name for name in names if "lora_A" in name]) == 2 * 6  # layers, and linear modules in each


@PEFT
def test_merged_they_give_the_logits_that_they_gave_before(tiny_encoder):
    model = tiny_model(tiny_encoder)
    plain = logits_of(model, DATA)
    with adapted(model, LORA, seed=0):
        train(model)
        unmerged = logits_of(model, DATA)
    assert logits_of(model, DATA) == pytest.approx(unmerged, abs=1e-5)
    assert np.abs(unmerged - plain).max() > 0.01


@PEFT
def test_afterwards_the_encoder_is_plain_again(tiny_encoder):
    model = tiny_model(tiny_encoder)
    names, modules, before = list(model.state_dict()), [type(m) for m in model.modules()], trainable(model)
    with adapted(model, LORA, seed=0):
        train(model)
    assert list(model.state_dict()) == names
    assert [type(module) for module in model.modules()] == modules
    assert trainable(model) == before
    assert not hasattr(model.encoder, "peft_config")


@PEFT
def test_what_is_merged_has_the_rank_and_the_scale_that_were_asked_for(tiny_encoder):
    model = tiny_model(tiny_encoder)
    name = "encoder.encoder.layer.0.attention.self.query"
    before = weights_of(model)[f"{name}.weight"]
    with adapted(model, LORA, seed=0):
        train(model)
        weights = weights_of(model)
        a, b = (weights[f"{name}.{part}.text_al.weight"] for part in ("lora_A", "lora_B"))
    delta = weights_of(model)[f"{name}.weight"] - before
    assert delta.numpy() == pytest.approx((b @ a * (4 / 2)).numpy(), abs=1e-6)
    assert torch.linalg.matrix_rank(delta, atol=1e-5) == 2


@PEFT
def test_the_same_seed_has_the_same_end_and_another_another(tiny_encoder):
    def end(seed, noise):
        torch.rand(noise)
        model = tiny_model(tiny_encoder)
        with adapted(model, LORA, seed=seed):
            train(model)
        return weights_of(model)

    state = torch.get_rng_state()
    with torch.random.fork_rng():
        first = end(0, 1)
        assert same(first, end(0, 7))
        assert not same(first, end(1, 1))
    assert torch.equal(torch.get_rng_state(), state)


@PEFT
def test_after_an_error_the_encoder_is_as_it_was(tiny_encoder):
    model = tiny_model(tiny_encoder)
    before = weights_of(model)
    with contextlib.suppress(KeyboardInterrupt), adapted(model, LORA, seed=0):
        train(model)
        raise KeyboardInterrupt
    after = weights_of(model)
    encoder = [name for name in before if name.startswith("encoder")]
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in encoder)
    assert trainable(model) == {name for name, _ in model.named_parameters()}


@PEFT
@pytest.mark.parametrize(
    ("pooling", "targets", "found"),
    [
        ("mean", "auto", {"query", "key", "value", "dense"}),
        ("mean", ["query", "value"], {"query", "value"}),
        ("pooler", "auto", {"query", "key", "value", "dense"}),
    ],
)
def test_the_layers_that_are_named_get_adapters(tiny_encoder, pooling, targets, found):
    model = tiny_model(tiny_encoder, pooling=pooling)
    with adapted(model, replace(LORA, target_modules=targets), seed=0):
        names = {name.split(".lora_A")[0] for name in trainable(model) if "lora_A" in name}
    assert {name.rpartition(".")[2] for name in names} == found
    assert any("pooler" in name for name in names) == (pooling == "pooler")


@PEFT
def test_a_layer_that_is_not_there_is_named_with_those_that_are(tiny_encoder):
    model = tiny_model(tiny_encoder)
    names = trainable(model)
    with (
        pytest.raises(
            TrainingError, match=r"target_modules is \['q_proj'\].*end in dense, key, query, value"
        ),
        adapted(model, replace(LORA, target_modules=["q_proj"]), seed=0),
    ):
        pass
    assert trainable(model) == names


def test_a_missing_extra_is_named_with_what_to_install(tiny_encoder, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda module: None)
    model = tiny_model(tiny_encoder)
    with (
        pytest.raises(TrainingError, match=r"training.lora is set.*pip install 'text-al\[peft\]'"),
        adapted(model, LORA, seed=0),
    ):
        pass
    with adapted(model, None, seed=0):
        assert trainable(model) == {name for name, _ in model.named_parameters()}


# The learner


@PEFT
def test_a_learner_with_adapters_learns_saves_and_restores_a_plain_model(tiny_encoder, tmp_path):
    texts, targets = keyword_data(120, seed=3)

    def made(encoder=tiny_encoder, lora=None):
        return FineTuned(
            TextList(texts),
            LABELS,
            encoder=EncoderSettings(encoder=str(encoder), max_length=32),
            training=TrainingSettings(
                max_epochs=15, min_updates=0, learning_rate=1e-2, early_stopping=None, lora=lora
            ),
            compute=ComputeSettings(device="cpu", precision="fp32"),
        )

    learner, rows = made(lora=LoraSettings(rank=4)), np.arange(120)
    learner.fit(rows, targets, None, round_number=1, global_step=0, reporter=Silent())
    probs = learner.look(rows, frozenset(), Silent()).probs
    assert ((probs > 0.5) == targets).mean() > 0.95
    learner.save(tmp_path / "model")
    plain = made(encoder=tmp_path / "model")
    plain.restore(tmp_path / "model")
    assert plain.look(rows, frozenset(), Silent()).probs == pytest.approx(probs, abs=1e-6)
