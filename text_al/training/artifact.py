"""A fine-tuned model on disk.

    config.json, model.safetensors, tokenizer files   the encoder: AutoModel.from_pretrained(folder) reads it
    head.safetensors                                  weight (L, D), bias (L,); rows and targets it learned
    text_al.json                                      kind, labels, thresholds, pooling, max_length, versions

With pooling "pooler" the whole model is one that plain transformers knows; see `training.export`.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from text_al.errors import ModelError
from text_al.training.folders import whole_folder
from text_al.training.lesson import Lesson
from text_al.types import FloatArray, Label
from text_al.version import __version__

if TYPE_CHECKING:
    from text_al.training.classifier import MultilabelClassifier  # imports torch, and TF-IDF reads us too

FORMAT = "text_al.model/1"
DESCRIPTION = "text_al.json"
HEAD = "head.safetensors"


def write_classifier(
    folder: Path,
    model: "MultilabelClassifier",
    tokenizer: Any,
    *,
    labels: Sequence[Label],
    thresholds: FloatArray,
    lesson: Lesson | None,
    max_length: int,
    encoder_name: str,
) -> None:
    """Writes a classifier, and what it was taught, into `folder`, whole or not at all."""
    import torch
    from safetensors.torch import save_file

    from text_al.training.encoders import quiet_transformers

    description = {
        "kind": "finetuned",
        "encoder": encoder_name,
        "pooling": model.pooling,
        "dropout": model.dropout.p,
        "max_length": max_length,
        **({} if lesson is None else {"round": lesson.round_number}),
    }
    with whole_folder(folder) as aside, quiet_transformers():
        model.encoder.save_pretrained(aside)
        tokenizer.save_pretrained(aside)
        head = {
            "weight": model.head.weight.detach().cpu().clone(),
            "bias": model.head.bias.detach().cpu().clone(),
        }
        if lesson is not None:
            head |= {name: torch.as_tensor(array) for name, array in lesson.arrays().items()}
        save_file(head, aside / HEAD)
        write_description(aside, description, labels, thresholds)


def read_classifier(folder: Path, model: "MultilabelClassifier") -> tuple[FloatArray, Lesson | None]:
    """Loads weights into a model of the same shape; its thresholds (L,), and what it was taught.

    Raises:
        ModelError: the folder holds no such model.
    """
    from safetensors.torch import load_file

    said = read_description(folder, kind="finetuned")
    with readable(folder):
        encoder, head = (load_file(folder / name) for name in ("model.safetensors", HEAD))
    taught = {name: head.pop(name).numpy() for name in Lesson.ARRAYS if name in head}
    weights = {f"encoder.{name}": tensor for name, tensor in encoder.items()}
    weights |= {f"head.{name}": tensor for name, tensor in head.items()}
    expected = model.state_dict()
    buffers = {name for name, _ in model.named_buffers()}
    other = {
        name for name in weights.keys() | expected.keys() - buffers if not _fits(name, weights, expected)
    }
    if other:
        raise ModelError(f"{folder} holds another model: {', '.join(sorted(other)[:3])} do not fit this one")
    model.load_state_dict(weights, strict=False)
    lesson = Lesson.read(taught, said["round"]) if "round" in said else None
    return np.asarray(said["thresholds"]), lesson


def _fits(name: str, found: dict[str, Any], expected: dict[str, Any]) -> bool:
    return name in found and name in expected and found[name].shape == expected[name].shape


def write_description(
    folder: Path, description: dict[str, Any], labels: Sequence[Label], thresholds: FloatArray
) -> None:
    """Writes text_al.json: what every kind of model says of itself, and what this kind adds."""
    said = {
        "format": FORMAT,
        **description,
        "labels": [asdict(label) for label in labels],
        "thresholds": [float(value) for value in thresholds],
        "versions": {
            "text-al": __version__,
            **{package: version(package) for package in ("torch", "transformers", "scikit-learn")},
        },
    }
    _write_json(folder, said)


def _write_json(folder: Path, said: dict[str, Any]) -> None:
    (folder / DESCRIPTION).write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")


def forget_lesson(folder: Path) -> None:
    """Takes out of a model's folder which rows it learned from, and what their labels were."""
    from safetensors.numpy import load_file, save_file

    said = read_description(folder)
    if said.pop("round", None) is None:
        return
    head = load_file(folder / HEAD)
    kept = {name: array for name, array in head.items() if name not in Lesson.ARRAYS}
    (folder / HEAD).unlink()  # it may be a second name of a run's file
    save_file(kept, folder / HEAD)
    (folder / DESCRIPTION).unlink()
    _write_json(folder, said)


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Within it, a file of a model's folder that is missing or damaged is a ModelError."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise ModelError(f"{folder} is not whole ({error}); the model must be saved again") from error


def read_description(folder: Path, *, kind: str | None = None) -> dict[str, Any]:
    """What a model's folder says of itself.

    Args:
        folder: a model's.
        kind: the kind of model that is wanted; None takes any.

    Raises:
        ModelError: there is no model there, one of a newer format, or one of another kind.
    """
    file = folder / DESCRIPTION
    if not file.is_file():
        raise ModelError(f"{folder} holds no model of text_al: {DESCRIPTION} is missing")
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ModelError(
            f"{file}:{error.lineno}: is not JSON ({error.msg}); the model must be exported again"
        ) from error
    if said.get("format") != FORMAT:
        raise ModelError(
            f"{file}: format is {said.get('format')!r}, this version reads {FORMAT!r}; update text_al"
        )
    if kind is not None and said["kind"] != kind:
        raise ModelError(f"{folder} holds a model of kind {said['kind']!r}; {kind!r} is wanted here")
    return dict(said)
