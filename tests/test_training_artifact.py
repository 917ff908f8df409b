"""A saved model says what it is; what is none, or not whole, or too new, is refused by name."""

import json

import numpy as np
import pytest
import torch
from training_examples import LABELS

import text_al
from text_al.errors import ModelError
from text_al.training.artifact import read_description
from text_al.training.finetuned import FineTuned
from text_al.training.model import TextList, load
from text_al.training.settings import ComputeSettings, EncoderSettings
from text_al.training.train import train

FP32 = ComputeSettings(device="cpu", precision="fp32")


@pytest.fixture
def saved(tmp_path):
    train(["good", "bad"], [["praise"], []], learner="tfidf").save(tmp_path / "model")
    return tmp_path / "model"


def change(folder, **changes):
    said = json.loads((folder / "text_al.json").read_text(encoding="utf-8"))
    (folder / "text_al.json").write_text(json.dumps(said | changes), encoding="utf-8")


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_a_model_is_named(tmp_path, made):
    if made:
        (tmp_path / "somewhere").mkdir()
    with pytest.raises(ModelError, match="somewhere holds no model of text_al"):
        load(tmp_path / "somewhere")


def test_a_newer_format_asks_for_a_newer_version(saved):
    change(saved, format="text_al.model/2")
    with pytest.raises(ModelError, match=r"'text_al.model/2'.*'text_al.model/1'; update text_al"):
        load(saved)


def test_a_kind_that_is_not_known_is_named(saved):
    change(saved, kind="oracle")
    with pytest.raises(ModelError, match="kind 'oracle'"):
        load(saved)


def test_a_damaged_description_is_named_with_its_line(saved):
    (saved / "text_al.json").write_text('{\n "format": ', encoding="utf-8")
    with pytest.raises(ModelError, match=r"text_al.json:2: is not JSON"):
        load(saved)


@pytest.mark.parametrize("file", ["head.safetensors", "vocabulary.json"])
def test_a_tfidf_model_with_a_file_missing_is_not_whole(saved, file):
    (saved / file).unlink()
    with pytest.raises(ModelError, match=f"not whole.*{file}"):
        load(saved)


@pytest.fixture
def finetuned(tiny_encoder):
    """Makes a learner that was not trained, with these labels."""

    def made(labels=LABELS, pooling="mean"):
        encoder = EncoderSettings(encoder=str(tiny_encoder), pooling=pooling, max_length=32, dropout=0.3)
        return FineTuned(TextList([]), labels, encoder=encoder, compute=FP32)

    return made


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "head.safetensors", "tokenizer.json"])
def test_a_finetuned_model_with_a_file_missing_is_not_whole(finetuned, tmp_path, file):
    finetuned().save(tmp_path / "model")
    (tmp_path / "model" / file).unlink()
    with pytest.raises(ModelError, match="not whole"):
        load(tmp_path / "model")


def test_a_model_of_another_shape_is_refused_and_changes_nothing(finetuned, tmp_path):
    finetuned(LABELS[:2]).save(tmp_path / "two")
    three = finetuned()
    with torch.no_grad():
        three.model.head.weight.fill_(1.0)
    with pytest.raises(ModelError, match=r"two holds another model: head.bias, head.weight do not fit"):
        three.restore(tmp_path / "two")
    assert (three.model.head.weight == 1.0).all()


def test_a_saved_model_says_what_it_is(finetuned, tmp_path, tiny_encoder):
    learner = finetuned(pooling="cls")
    learner.thresholds = np.array([0.1, 0.2, 0.3])
    learner.save(tmp_path / "model")
    said = read_description(tmp_path / "model")
    versions = said.pop("versions")
    assert said == {
        "format": "text_al.model/1",
        "kind": "finetuned",
        "encoder": str(tiny_encoder),
        "pooling": "cls",
        "dropout": 0.3,
        "max_length": 32,
        "labels": [
            {"name": "joy", "description": "", "examples": []},
            {"name": "weather", "description": "what falls from the sky", "examples": ["rain"]},
            {"name": "animal", "description": "", "examples": []},
        ],
        "thresholds": [0.1, 0.2, 0.3],
    }
    assert versions["text-al"] == text_al.__version__
    assert versions["torch"] == torch.__version__
    assert set(versions) == {"text-al", "torch", "transformers", "scikit-learn"}


def test_the_encoder_of_a_saved_model_loads_in_plain_transformers(finetuned, tmp_path):
    from transformers import AutoModel, AutoTokenizer

    learner = finetuned()
    learner.save(tmp_path / "model")
    encoder, tokenizer = (made.from_pretrained(tmp_path / "model") for made in (AutoModel, AutoTokenizer))
    inputs = tokenizer(["a happy dog"], return_tensors="pt")
    with torch.inference_mode():
        found = encoder(**inputs).last_hidden_state.mean(dim=1)
        expected = learner.model.eval().embed(inputs["input_ids"], inputs["attention_mask"])
    assert found.numpy() == pytest.approx(expected.numpy(), abs=1e-6)
