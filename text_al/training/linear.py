"""A frozen encoder and a convex head: texts are encoded once, and a round takes a fraction of a second."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from text_al.data.cache import Cache
from text_al.errors import ModelError
from text_al.metrics import AbsentLabels
from text_al.reporting import Reporter
from text_al.training.base import LEARNERS
from text_al.training.class_weights import ClassWeight
from text_al.training.frozen import FrozenEncoder
from text_al.training.label_names import LabelNames
from text_al.training.lesson import HeadSettings
from text_al.training.linear_head import Standardiser
from text_al.training.on_features import OnFeatures
from text_al.training.pretrained import Pretrained, reader_of
from text_al.training.samples import spread
from text_al.training.settings import ComputeSettings, EncoderSettings
from text_al.types import FloatArray, Label, Texts

SAMPLE = 10_000
"""Texts spread over the pool that its vectors' spread is measured on."""


class EncoderFeatures:
    """A frozen encoder's vectors; see `training.featuriser.Featuriser`.

    Args:
        pool: N texts, of which a user is told how many are cut.
        encoder: makes the vectors.
        reader: reads the label names in its stead; None: itself.
    """

    kind, stage = "linear", "encode"

    def __init__(self, pool: Texts, encoder: FrozenEncoder, *, reader: FrozenEncoder | None = None) -> None:
        self.pool, self.encoder = pool, encoder
        self._names = LabelNames(pool, encoder, reader=reader)

    @property
    def description(self) -> Mapping[str, Any]:
        """Which encoder, by name and content."""
        pretrained = self.encoder.pretrained
        about = pretrained.about
        return {
            "encoder": pretrained.name,
            "fingerprint": pretrained.fingerprint,
            "pooling": about.pooling,
            "max_length": about.max_length,
        }

    def features(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, D) float16, of unit length."""
        return self.encoder.vectors(texts, reporter)

    def vectors(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """The same."""
        return self.encoder.vectors(texts, reporter)

    def directions(self, labels: Sequence[Label], pool: FloatArray) -> FloatArray:
        """(L, D) where the label names lie; see `label_directions`."""
        return self._names.directions(labels, lambda rows: pool[rows])

    def notes(self, reporter: Reporter) -> tuple[str, ...]:
        """On the encoder, and on texts that are cut."""
        return self.encoder.notes(self.pool, reporter)

    def scale(self, pool: FloatArray) -> float:
        """What gives the pool's vectors, less their mean, a root mean square length of 4.

        Encoders that were not trained to compare sentences have all vectors within a narrow cone.
        """
        rows = spread(len(pool), SAMPLE)
        return 1 / Standardiser.of(pool[rows].astype(np.float64)).scale

    def save(self, folder: Path) -> Mapping[str, FloatArray]:
        """Writes the encoder; a link to files that are there already costs nothing."""
        self.encoder.pretrained.save(folder)
        return {}

    def restore(self, folder: Path, said: Mapping[str, Any], arrays: Mapping[str, FloatArray]) -> None:  # noqa: ARG002 - nothing to take back
        """Looks whether the model's encoder is this one.

        Raises:
            ModelError: it is another.
        """
        mine = self.description
        if any(said.get(key) != mine[key] for key in ("fingerprint", "pooling", "max_length")):
            raise ModelError(
                f"{folder} holds a head for the encoder {said.get('encoder')!r} as it was; "
                f"{mine['encoder']!r} has other files or settings now; "
                "undo the change, or begin a run of another name"
            )


class Linear(OnFeatures):
    """A convex head on a frozen encoder's vectors; see `training.on_features.OnFeatures`.

    Args:
        pool: N texts.
        labels: L labels.
        pretrained: the encoder.
        compute: where it runs, and how precisely.
        reader: another encoder, which reads the label names in its stead.
        settings: of the head.
        seed: the run's.
        absent_labels: how macro-F1 counts labels without positives.
    """

    def __init__(
        self,
        pool: Texts,
        labels: Sequence[Label],
        pretrained: Pretrained,
        *,
        reader: Pretrained | None = None,
        compute: ComputeSettings | None = None,
        settings: HeadSettings | None = None,
        seed: int = 0,
        absent_labels: AbsentLabels = "zero",
    ) -> None:
        compute = compute or ComputeSettings()
        encoder = FrozenEncoder(pretrained, compute, pretrained.cache)
        reading = None if reader is None else FrozenEncoder(reader, compute, reader.cache)
        settings = settings or HeadSettings(c=1.0)
        super().__init__(
            pool,
            labels,
            EncoderFeatures(pool, encoder, reader=reading),
            settings=settings,
            seed=seed,
            absent_labels=absent_labels,
        )


@LEARNERS.register("linear")
def linear(
    *,
    c: Annotated[float, Field(gt=0)] = 1.0,
    class_weight: ClassWeight = "none",
    committee: Annotated[int, Field(ge=2)] = 10,
    label_prior: Annotated[float, Field(ge=0)] | Literal["auto"] = "auto",
    self_training: bool = False,
    label_correlation: bool = False,
    _pool: Texts,
    _labels: Sequence[Label],
    _encoder: EncoderSettings | None = None,
    _compute: ComputeSettings | None = None,
    _seed: int = 0,
    _absent_labels: AbsentLabels = "zero",
    _cache: Cache | None = None,
) -> Linear:
    """A frozen encoder, run once over the texts, with a convex one-vs-rest head; set in `model`."""
    encoder, cache = _encoder or EncoderSettings(), _cache or Cache()
    return Linear(
        _pool,
        _labels,
        Pretrained(encoder, cache),
        reader=reader_of(encoder, cache),
        compute=_compute,
        settings=HeadSettings(
            c,
            class_weight,
            committee,
            label_prior,
            self_training=self_training,
            label_correlation=label_correlation,
        ),
        seed=_seed,
        absent_labels=_absent_labels,
    )
