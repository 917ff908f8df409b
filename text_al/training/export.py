"""A model for others to use: our own folder with a card, or one that plain transformers loads whole."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from text_al.errors import ModelError
from text_al.reporting import Silent
from text_al.training.artifact import forget_lesson, read_description
from text_al.training.folders import whole_folder
from text_al.training.model import TextList, load

PROBES = ("A short text.", "Another one, a little longer than the first, with more words in it.", "")
TOLERANCE = 1e-3


def export_model(model: Path, target: Path, card: str) -> None:
    """Copies a model's folder, but for what it was taught, and adds its card; `text_al.load` reads it.

    Args:
        model: a model's folder.
        target: must not exist yet.
        card: becomes README.md.

    Raises:
        ModelError: `target` exists, or `model` holds no model.
    """
    read_description(model)
    _refuse_existing(target)
    with whole_folder(target) as aside:
        shutil.copytree(model, aside, dirs_exist_ok=True)
        forget_lesson(aside)
        (aside / "README.md").write_text(card, encoding="utf-8")


def export_plain(model: Path, target: Path, card: str) -> None:
    """Writes a model that plain transformers loads whole, as a `pipeline("text-classification")` does.

    It can be done where the encoder's own class for sequence classification is a pooler, dropout and one
    linear layer (BERT and its like), and the run was trained with `model.pooling: pooler`. Whether it is so
    is not guessed: the written model must give the same logits on a few texts.

    Raises:
        ModelError: the architecture has another head, or `target` exists; says what to do.
    """
    from text_al.training.encoders import quiet_transformers

    said = read_description(model)
    _refuse_existing(target)
    if said["kind"] != "finetuned" or said["pooling"] != "pooler":
        found = said["pooling"] if said["kind"] == "finetuned" else said["kind"]
        raise ModelError(
            f"{model} pools by {found}, which plain transformers cannot load; "
            "train with model.pooling=pooler, or load this model with text_al.load"
        )
    ours: Any = load(model).learner
    # Others cut texts where the tokenizer says, we where model.max_length does.
    ours.net.loaded.tokenizer.model_max_length = ours.net.loaded.max_length
    plain = _plain_twin(ours, said)
    with whole_folder(target) as aside, quiet_transformers():
        plain.save_pretrained(aside)
        ours.net.loaded.tokenizer.save_pretrained(aside)
        (aside / "README.md").write_text(card, encoding="utf-8")


def _plain_twin(ours: Any, said: dict[str, Any]) -> Any:
    """The stock model with our weights, checked on a few texts."""
    import torch
    from transformers import AutoModelForSequenceClassification

    names = [item["name"] for item in said["labels"]]
    config = ours.net.loaded.encoder.config.from_dict(ours.net.loaded.encoder.config.to_dict())
    config.num_labels, config.problem_type = len(names), "multi_label_classification"
    config.id2label, config.label2id = (
        dict(enumerate(names)),
        {name: place for place, name in enumerate(names)},
    )
    config.thresholds = [float(value) for value in said["thresholds"]]
    with torch.random.fork_rng(devices=[]):  # it draws weights, of which none stays
        plain = AutoModelForSequenceClassification.from_config(config)  # type: ignore[no-untyped-call]
    plain.base_model.load_state_dict(ours.net.loaded.encoder.state_dict(), strict=False)
    head = getattr(plain, "classifier", None)
    if not isinstance(head, torch.nn.Linear) or head.weight.shape != ours.model.head.weight.shape:
        raise ModelError(_OTHER_HEAD.format(type(plain).__name__))
    head.load_state_dict(ours.model.head.state_dict())
    encoded = ours.net.loaded.tokenizer(list(PROBES), padding=True, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        found = plain.eval()(**encoded).logits.float().numpy()
    if np.abs(found - ours.exact_logits(TextList(PROBES), Silent())).max() > TOLERANCE:
        raise ModelError(_OTHER_HEAD.format(type(plain).__name__))
    return plain


_OTHER_HEAD = (
    "{} has another head than a pooler and one linear layer; load this model with text_al.load instead"
)


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise ModelError(f"{target} exists already; give a folder that does not")
