"""A learner with no encoder: TF-IDF and a convex head. Any language, no download, no torch."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from text_al.data.cache import Cache
from text_al.data.growing import Column
from text_al.errors import ModelError, TrainingError
from text_al.metrics import AbsentLabels
from text_al.reporting import Reporter
from text_al.training.base import LEARNERS
from text_al.training.class_weights import ClassWeight
from text_al.training.lesson import HeadSettings
from text_al.training.ngrams import Analyzer, make_vectorizer, suitable_analyzer
from text_al.training.on_features import OnFeatures
from text_al.training.recent import Recent
from text_al.types import FloatArray, Label, Texts

AXES = 128
"""Numbers a vector."""
SAMPLE, PART = 20_000, 65_536
"""Texts spread over the pool on which the axes are found; texts whose vectors are written together."""


class NgramFeatures:
    """TF-IDF of n-grams; see `training.featuriser.Featuriser`.

    Args:
        pool: N texts; the vocabulary and its weights are counted on them, labels or not.
        analyzer: "word" takes 1- and 2-grams of words, "char" 1- to 3-grams of characters.
        max_features: the most frequent n-grams that are kept.
        cache: where the pool's short vectors are kept.
    """

    kind, stage = "tfidf", "tokenise"

    def __init__(self, pool: Texts, *, analyzer: Analyzer, max_features: int, cache: Cache) -> None:
        self.pool, self.analyzer, self.max_features, self.cache = pool, analyzer, max_features, cache
        self._vectors: Recent[FloatArray] = Recent()

    @property
    def description(self) -> Mapping[str, Any]:
        """Which n-grams."""
        return {"analyzer": self.analyzer, "max_features": self.max_features}

    @cached_property
    def vectorizer(self) -> Any:
        """scikit-learn's, fitted on the pool when it is first used.

        Raises:
            TrainingError: no text of the pool has such an n-gram.
        """
        every = self.pool.texts(np.arange(len(self.pool)))
        try:
            return make_vectorizer(self.analyzer, max_features=self.max_features).fit(every)
        except ValueError as error:
            raise TrainingError(
                f"no {self.analyzer} n-gram can be counted in the pool's texts: {error}"
            ) from error

    def features(self, texts: Texts, reporter: Reporter) -> Any:
        """(N, D) sparse TF-IDF rows of unit length."""
        reporter.stage("tokenise", len(texts))
        features = self.vectorizer.transform(texts.texts(np.arange(len(texts)))).tocsr()
        reporter.advance(len(texts))
        return features

    def scale(self, pool: Any) -> float:  # noqa: ARG002 - rows of unit length need none
        """1."""
        return 1.0

    def directions(self, labels: Sequence[Label], pool: Any) -> None:  # noqa: ARG002 - whatever they are called
        """None: words that are spelt alike are too rare a hint."""
        return

    def vectors(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, 128 or fewer) float32, of unit length or zero: the strongest axes of the texts' TF-IDF.

        Source: Halko, Martinsson and Tropp (2011), Finding Structure with Randomness, by scikit-learn.
        """
        return self._vectors.of(texts, lambda: self._made(texts, reporter))

    def _made(self, texts: Texts, reporter: Reporter) -> FloatArray:
        about = {
            "texts": texts.text_fingerprint,
            "vocabulary": self._fingerprint(),
            "axes": AXES,
            "sample": SAMPLE,
            "part": PART,
        }
        width = min(AXES, len(texts), len(self.vectorizer.idf_))
        columns = {"vectors": Column("float32", (width,))}

        def make(n_parts: int) -> Iterator[Mapping[str, FloatArray]]:
            features = self.features(texts, reporter)
            axes = _strongest_axes(features, width)
            for start in range(n_parts * PART, len(texts), PART):
                yield {"vectors": _unit(features[start : start + PART] @ axes)}

        return self.cache.arrays("axes", about, columns, make)["vectors"]

    def notes(self, reporter: Reporter) -> tuple[str, ...]:  # noqa: ARG002 - there is nothing to say
        """None."""
        return ()

    def save(self, folder: Path) -> Mapping[str, FloatArray]:
        """Writes the vocabulary; its weights belong beside the head."""
        words = list(self.vectorizer.get_feature_names_out())
        (folder / "vocabulary.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
        return {"idf": self.vectorizer.idf_}

    def restore(self, folder: Path, said: Mapping[str, Any], arrays: Mapping[str, FloatArray]) -> None:
        """Takes back vocabulary and weights.

        Raises:
            ModelError: they are of other n-grams than were asked for here.
        """
        mine = self.description
        if other := [name for name in mine if said.get(name, mine[name]) != mine[name]]:
            found = ", ".join(f"{name} {said[name]!r}" for name in other)
            wanted = ", ".join(f"{name} {mine[name]!r}" for name in other)
            raise ModelError(
                f"{folder} holds a head for {found}, not for {wanted}; "
                "undo the change, or begin a run of another name"
            )
        words = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        self.vectorizer = make_vectorizer(self.analyzer, vocabulary=words)
        self.vectorizer.idf_ = arrays["idf"]
        self._vectors.forget()

    def _fingerprint(self) -> str:
        words = json.dumps(list(self.vectorizer.get_feature_names_out()))
        return hashlib.sha256(words.encode() + self.vectorizer.idf_.tobytes()).hexdigest()


class Tfidf(OnFeatures):
    """A convex head on TF-IDF; see `training.on_features.OnFeatures`.

    Args:
        pool: N texts.
        labels: L labels.
        analyzer: see `NgramFeatures`; "auto" takes characters where a text has hardly any spaces, as in
            Chinese.
        max_features: see `NgramFeatures`.
        settings: of the head.
        seed: the run's.
        absent_labels: how macro-F1 counts labels without positives.
        cache: see `NgramFeatures`; None keeps them in memory.
    """

    def __init__(
        self,
        pool: Texts,
        labels: Sequence[Label],
        *,
        analyzer: Literal["auto", "word", "char"] = "auto",
        max_features: int = 50_000,
        settings: HeadSettings | None = None,
        seed: int = 0,
        absent_labels: AbsentLabels = "zero",
        cache: Cache | None = None,
    ) -> None:
        chosen = suitable_analyzer(pool) if analyzer == "auto" else analyzer
        featuriser = NgramFeatures(pool, analyzer=chosen, max_features=max_features, cache=cache or Cache())
        settings = settings or HeadSettings(c=10.0)
        super().__init__(pool, labels, featuriser, settings=settings, seed=seed, absent_labels=absent_labels)


def _strongest_axes(features: Any, width: int) -> FloatArray:
    """(D, width) of texts spread over all (N, D), the same each time."""
    from sklearn.utils.extmath import randomized_svd

    rows = np.unique(
        np.linspace(0, features.shape[0] - 1, num=min(SAMPLE, features.shape[0])).astype(np.int64)
    )
    return np.asarray(randomized_svd(features[rows], n_components=width, random_state=0)[2].T)


def _unit(vectors: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0))


@LEARNERS.register("tfidf")
def tfidf(
    *,
    analyzer: Literal["auto", "word", "char"] = "auto",
    max_features: Annotated[int, Field(ge=1)] = 50_000,
    c: Annotated[float, Field(gt=0)] = 10.0,
    class_weight: ClassWeight = "none",
    committee: Annotated[int, Field(ge=2)] = 10,
    self_training: bool = False,
    label_correlation: bool = False,
    _pool: Texts,
    _labels: Sequence[Label],
    _seed: int = 0,
    _absent_labels: AbsentLabels = "zero",
    _cache: Cache | None = None,
) -> Tfidf:
    """TF-IDF with a convex one-vs-rest head: any language, no download, no torch."""
    settings = HeadSettings(
        c, class_weight, committee, self_training=self_training, label_correlation=label_correlation
    )
    return Tfidf(
        _pool, _labels, analyzer=analyzer, max_features=max_features, settings=settings, seed=_seed,
        absent_labels=_absent_labels, cache=_cache,
    )  # fmt: skip
