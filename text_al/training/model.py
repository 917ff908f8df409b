"""A trained model by itself: read from disk, and asked about texts."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from text_al.errors import ModelError, TrainingError
from text_al.metrics import sigmoid
from text_al.reporting import Silent
from text_al.training.artifact import DESCRIPTION, read_description
from text_al.training.base import Learner
from text_al.types import FloatArray, IntArray, Label

if TYPE_CHECKING:
    from text_al.training.pretrained import Pretrained


class TextList:
    """Texts in memory, as `types.Texts`.

    Args:
        texts: N texts.

    Raises:
        TypeError: one of them is not a text; the message names its place.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        if isinstance(texts, str):
            raise TypeError("texts must be a list of texts; put the one text in brackets")
        for place, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(
                    f"text {place} is {text!r}, a {type(text).__name__}; every text must be a str"
                )
        self._texts = list(texts)
        digest = hashlib.sha256()
        for text in self._texts:
            digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        self.text_fingerprint = digest.hexdigest()

    def __len__(self) -> int:
        return len(self._texts)

    def texts(self, rows: IntArray) -> list[str]:
        """The texts of these rows."""
        return [self._texts[row] for row in rows]


class Model:
    """A trained multilabel classifier.

    Attributes:
        labels: the L label names, in the order of every column.
        thresholds: (L,) in [0, 1], where each label is predicted.
        learner: what scores.

    Example:
        >>> import text_al
        >>> texts, labels = ["good", "bad", "so good", "so bad"], [["praise"], [], ["praise"], []]
        >>> model = text_al.train(texts, labels, learner="tfidf")
        >>> model.predict(["good", "bad"])
        [['praise'], []]
    """

    def __init__(self, labels: Sequence[Label], thresholds: FloatArray, learner: Learner) -> None:
        self.labels = tuple(label.name for label in labels)
        self.thresholds = np.asarray(thresholds)
        self.learner = learner

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """(n, L) probability of each label for each of the n texts, in [0, 1]; rows do not sum to 1."""
        if not len(texts):
            return np.zeros((0, len(self.labels)))
        return sigmoid(self.learner.logits(TextList(texts), Silent()))

    def predict(self, texts: Sequence[str]) -> list[list[str]]:
        """The names of the labels that reach their thresholds, a list for each text; it may be empty."""
        reached = self.predict_proba(texts) >= self.thresholds
        return [[name for name, yes in zip(self.labels, row, strict=True) if yes] for row in reached]

    def save(self, folder: str | Path) -> None:
        """Writes the model into `folder`, whole or not at all; `text_al.load` reads it.

        Args:
            folder: does not exist yet, is empty, or holds a model, which is replaced.

        Raises:
            ModelError: `folder` holds something else, which would be lost.
        """
        target = Path(folder).absolute()
        if target.exists() and not (target / DESCRIPTION).is_file() and any(target.iterdir()):
            raise ModelError(
                f"{target} holds something else than a model; give a folder that is not there yet"
            )
        self.learner.save(target)


def load(path: str | Path) -> Model:
    """Reads a trained model.

    Args:
        path: a model's folder, or a run's folder, of which the best model is taken.

    Raises:
        ModelError: there is no model there, or not one that can be read.

    Example:
        >>> import tempfile, text_al
        >>> folder = tempfile.mkdtemp() + "/model"
        >>> text_al.train(["good", "bad"], [["praise"], []], learner="tfidf").save(folder)
        >>> text_al.load(folder).labels
        ('praise',)
    """
    folder = find_model(Path(path))
    said = read_description(folder)
    labels = [Label(item["name"], item["description"], tuple(item["examples"])) for item in said["labels"]]
    if said["kind"] not in _SCORERS:
        raise ModelError(f"{folder} holds a model of kind {said['kind']!r}, which this version cannot read")
    scorer = _SCORERS[said["kind"]](folder, labels, said)
    return Model(labels, np.asarray(said["thresholds"]), scorer)


def find_model(path: Path) -> Path:
    """The model's folder that a path means: itself, or a run's models/best.

    Raises:
        ModelError: neither is there.
    """
    for folder in (path, path / "models" / "best"):
        if (folder / DESCRIPTION).is_file():
            return folder
    raise ModelError(
        f"{path} holds no model of text_al; give a model's folder, or a run's that has finished a round"
    )


def _read_tfidf(folder: Path, labels: Sequence[Label], said: dict[str, Any]) -> Learner:
    from text_al.training.tfidf import Tfidf

    asked = {name: said[name] for name in ("analyzer", "max_features") if name in said}
    learner = Tfidf(TextList([]), labels, **asked)
    learner.restore(folder)
    return learner


def _read_linear(folder: Path, labels: Sequence[Label], said: dict[str, Any]) -> Learner:
    from text_al.training.linear import Linear

    return _restored(Linear(TextList([]), labels, _encoder_in(folder, said)), folder)


def _read_knn(folder: Path, labels: Sequence[Label], said: dict[str, Any]) -> Learner:
    from text_al.training.frozen import FrozenEncoder
    from text_al.training.knn import NearestNeighbours
    from text_al.training.linear import EncoderFeatures
    from text_al.training.settings import ComputeSettings

    pretrained, pool = _encoder_in(folder, said), TextList([])
    encoder = FrozenEncoder(pretrained, ComputeSettings(), pretrained.cache)
    return _restored(NearestNeighbours(pool, labels, EncoderFeatures(pool, encoder)), folder)


def _encoder_in(folder: Path, said: dict[str, Any]) -> "Pretrained":
    from text_al.data.cache import Cache
    from text_al.training.pretrained import Pretrained
    from text_al.training.settings import EncoderSettings

    encoder = EncoderSettings(encoder=str(folder), pooling=said["pooling"], max_length=said["max_length"])
    return Pretrained(encoder, Cache(), known_as=(said["encoder"], said["fingerprint"]))


def _restored(learner: Learner, folder: Path) -> Learner:
    try:
        learner.restore(folder)
    except TrainingError as error:
        raise ModelError(f"{folder} is not whole; the model must be saved again: {error}") from error
    return learner


def _read_finetuned(folder: Path, labels: Sequence[Label], said: dict[str, Any]) -> Learner:
    from text_al.training.finetuned import FineTuned
    from text_al.training.settings import EncoderSettings

    encoder = EncoderSettings(
        encoder=str(folder), pooling=said["pooling"], max_length=said["max_length"], dropout=said["dropout"]
    )
    try:
        learner = FineTuned(TextList([]), labels, encoder=encoder)
    except TrainingError as error:
        raise ModelError(f"{folder} is not whole; the model must be saved again: {error}") from error
    learner.restore(folder)
    learner.encoder_settings = replace(encoder, encoder=said["encoder"])  # saved again, it says the same
    return learner


_SCORERS = {"tfidf": _read_tfidf, "linear": _read_linear, "knn": _read_knn, "finetuned": _read_finetuned}
