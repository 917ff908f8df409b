"""Packed texts give what padded ones give, and where an encoder cannot be packed, it is found out."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers
from training_examples import CPU, keyword_data, random_tokens, tiny_model

from text_al.data.cache import Cache
from text_al.reporting import Silent
from text_al.training import agreement
from text_al.training.agreement import choose_forward, largest_difference
from text_al.training.classifier import MultilabelClassifier
from text_al.training.encoders import load_encoder
from text_al.training.forward import Packed, Padded
from text_al.training.model import TextList
from text_al.training.reading import Reading
from text_al.training.settings import EncoderSettings
from text_al.training.tokens import Tokens

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
ENCODERS = {
    "bert": lambda: transformers.BertConfig(vocab_size=60, **SMALL),
    "roberta": lambda: transformers.RobertaConfig(vocab_size=60, pad_token_id=1, **SMALL),
    "xlm-roberta": lambda: transformers.XLMRobertaConfig(vocab_size=60, pad_token_id=1, **SMALL),
    "electra": lambda: transformers.ElectraConfig(vocab_size=60, embedding_size=32, **SMALL),
    "distilbert": lambda: transformers.DistilBertConfig(
        vocab_size=60, dim=32, n_layers=2, n_heads=2, hidden_dim=64
    ),
    "mpnet": lambda: transformers.MPNetConfig(vocab_size=60, **SMALL),
    "deberta": lambda: transformers.DebertaV2Config(
        vocab_size=60, relative_attention=True, pos_att_type=["p2c", "c2p"], **SMALL
    ),
    "modernbert": lambda: transformers.ModernBertConfig(
        vocab_size=60, local_attention=4, global_attn_every_n_layers=2, pad_token_id=0, bos_token_id=2,
        eos_token_id=3, cls_token_id=2, sep_token_id=3, **SMALL,
    ),
    "qwen3": lambda: transformers.Qwen3Config(vocab_size=60, num_key_value_heads=1, head_dim=16, **SMALL),
}  # fmt: skip
PACKABLE = {"bert", "roberta", "xlm-roberta", "electra"}


def _model(name: str, pooling: str = "mean") -> MultilabelClassifier:
    config = ENCODERS[name]()
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = transformers.AutoModel.from_config(config)
    model = MultilabelClassifier(encoder, 3, pooling=pooling)
    with torch.no_grad():
        for parameter in encoder.parameters():
            if parameter.ndim > 1:  # random encoders barely tell texts apart
                parameter.mul_(4)
    return model


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("name", sorted(PACKABLE))
def test_packed_texts_give_what_padded_texts_give(name, pooling):
    model, tokens = _model(name, pooling), random_tokens(40)
    rows = np.random.default_rng(0).permutation(40)[:30]
    padded = Padded(model, hardware=CPU, pad_id=0)(tokens, rows)
    packed = Packed(model, hardware=CPU)(tokens, rows)
    assert packed == pytest.approx(padded, abs=2e-5)
    assert np.ptp(padded, axis=0).min() > 0.1  # else any vectors would do
    assert packed.dtype == np.float32


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_whatever_the_encoder_the_forward_pass_chosen_agrees_with_the_padded_one(name):
    model, tokens = _model(name), random_tokens(60)
    choice = choose_forward(model, tokens, hardware=CPU, pad_id=0)
    rows = np.arange(60)
    wanted = Padded(model, hardware=CPU, pad_id=0)(tokens, rows)
    assert choice.forward(tokens, rows) == pytest.approx(wanted, abs=2e-5)
    assert isinstance(choice.forward, Packed) or "packed" in " ".join(choice.notes)
    if name in PACKABLE:
        assert isinstance(choice.forward, Packed)


def test_packing_leaves_the_encoder_as_it_was(tiny_encoder):
    model, tokens = tiny_model(tiny_encoder), random_tokens(5)
    before = model.encoder.config._attn_implementation
    Packed(model, hardware=CPU)(tokens, np.arange(5))
    assert model.encoder.config._attn_implementation == before
    assert model.training


def test_a_pooler_is_not_packed(tiny_encoder):
    model = tiny_model(tiny_encoder, pooling="pooler")
    choice = choose_forward(model, random_tokens(9), hardware=CPU, pad_id=0)
    assert isinstance(choice.forward, Padded)
    assert choice.notes == ()


def test_no_texts_to_compare_on_means_the_plain_way(tiny_encoder):
    nothing = Tokens(np.zeros(0, np.int32), np.zeros(1, np.int64), 0)
    hardware = replace(CPU, bf16=True)
    choice = choose_forward(tiny_model(tiny_encoder), nothing, hardware=hardware, pad_id=0)
    assert choice.forward.name == "padded, fp32"


def test_a_few_texts_settle_nothing_for_those_that_come_later(tiny_encoder):
    settings = EncoderSettings(encoder=str(tiny_encoder))
    loaded = load_encoder(settings)
    reading = Reading(loaded, replace(CPU, bf16=True), Cache())
    model = MultilabelClassifier(loaded.encoder, 3)
    names = []
    for n in (1, 40, 1):
        tokens = reading.tokens(TextList(keyword_data(n, seed=n)[0]), Silent())
        names.append(reading.work(tokens, lambda: nullcontext(model)).forward.name)
    assert names == ["padded, fp32", "packed, bf16", "packed, bf16"]


@pytest.mark.parametrize("name", ["mpnet", "deberta"])
@pytest.mark.parametrize("few", [[0], [0] * 20])
def test_when_the_first_texts_tell_nothing_then_an_encoder_that_cannot_be_packed_is_not(name, few):
    model, many = _model(name), random_tokens(60)
    ids, lengths = many.flat(np.array(few))
    alike = Tokens(ids.astype(np.int32), np.cumsum([0, *lengths]), 0)
    for tokens in (alike, many):
        choice = choose_forward(model, tokens, hardware=CPU, pad_id=0)
        wanted = Padded(model, hardware=CPU, pad_id=0)(many, np.arange(60))
        assert choice.forward(many, np.arange(60)) == pytest.approx(wanted, abs=2e-5)
        assert choice.is_compared == (tokens is many)


def test_a_text_without_tokens_is_packed_as_it_is_padded():
    model, tokens = _model("bert"), random_tokens(20)
    tokens = Tokens(tokens.ids, np.append(tokens.offsets, tokens.offsets[-1]), 0)
    for rows in ([3, 20, 5], [20], [20, 20]):
        padded, packed = (
            forward(tokens, np.array(rows))
            for forward in (Padded(model, hardware=CPU, pad_id=0), Packed(model, hardware=CPU))
        )
        assert packed == pytest.approx(padded, abs=2e-5)
        assert (packed[np.array(rows) == 20] == 0).all()


def test_bf16_is_used_where_it_agrees(tiny_encoder):
    hardware = replace(CPU, bf16=True)
    choice = choose_forward(tiny_model(tiny_encoder), random_tokens(40), hardware=hardware, pad_id=0)
    assert choice.forward.name == "packed, bf16"


def test_where_bf16_does_not_agree_scoring_falls_back_to_fp32_and_says_so(tiny_encoder, monkeypatch):
    monkeypatch.setattr(agreement, "BOUND", 1e-4)
    hardware = replace(CPU, bf16=True)
    choice = choose_forward(tiny_model(tiny_encoder), random_tokens(40), hardware=hardware, pad_id=0)
    assert choice.forward.name == "packed, fp32"
    assert len(choice.notes) == 2
    assert choice.notes[0].startswith(
        "texts are not scored packed in bf16, which would be faster: probabilities"
    )


def test_the_difference_is_zero_for_equal_vectors_and_grows_with_the_noise():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 8))
    assert largest_difference(vectors, vectors) == 0
    small, large = (
        largest_difference(vectors, vectors + rng.normal(size=vectors.shape) * s) for s in (1e-3, 1e-1)
    )
    assert 0 < small < 0.01 < large < 1
    assert largest_difference(vectors * 100, vectors * 100) == 0


def test_the_same_texts_are_compared_every_time():
    tokens = random_tokens(1000)
    assert np.array_equal(agreement._sample(tokens), agreement._sample(tokens))
    assert tokens.lengths[agreement._sample(tokens)].sum() <= agreement.TOKENS
