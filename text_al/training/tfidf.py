"""A learner with no encoder: TF-IDF and a convex head. Any language, no download, no torch."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from text_al import metrics
from text_al.errors import TrainingError
from text_al.records import EvaluationRecord, FitReport
from text_al.reporting import Reporter
from text_al.training.artifact import read_description, readable, write_description
from text_al.training.base import LEARNERS, check_learnable
from text_al.training.folders import whole_folder
from text_al.training.linear_head import LinearHead, fit_linear_head
from text_al.training.ngrams import Analyzer, make_vectorizer, suitable_analyzer
from text_al.training.recent import Recent
from text_al.training.thresholds import tune_thresholds
from text_al.types import Candidates, FloatArray, IntArray, Label, LabelledTexts, TargetArray, Texts


class Tfidf:
    """A learner on one pool; see `training.base.Learner`.

    Args:
        pool: N texts; the vocabulary and its weights are counted on them, labels or not.
        labels: L labels.
        analyzer: "word" takes 1- and 2-grams of words, "char" 1- to 3-grams of characters, "auto" chars
            where a text has hardly any spaces, as in Chinese.
        max_features: the most frequent n-grams that are kept.
        c: the inverse of the head's penalty.
        absent_labels: how macro-F1 counts labels without positives.
    """

    def __init__(
        self,
        pool: Texts,
        labels: Sequence[Label],
        *,
        analyzer: Literal["auto", "word", "char"] = "auto",
        max_features: int = 50_000,
        c: float = 10.0,
        absent_labels: metrics.AbsentLabels = "zero",
    ) -> None:
        self.pool, self.labels, self.c, self.absent_labels = pool, tuple(labels), c, absent_labels
        self.analyzer: Analyzer = suitable_analyzer(pool) if analyzer == "auto" else analyzer
        self.max_features = max_features
        self.thresholds: FloatArray = np.full(len(labels), 0.5)
        self.head = LinearHead(np.zeros((len(labels), 0)), np.zeros(len(labels)))
        self._vectorizer: Any = None
        self._features: Recent[Any] = Recent()

    def fit(
        self,
        rows: IntArray,
        targets: TargetArray,
        validation: LabelledTexts | None,
        *,
        round_number: int,
        global_step: int,
        reporter: Reporter,
    ) -> FitReport:
        """Fits the head on pool rows (n,) and targets (n, L); thresholds are tuned on `validation`."""
        check_learnable(targets)
        began = time.monotonic()
        features = self._featurised(self.pool, reporter)[np.asarray(rows)]
        featurised = time.monotonic()
        reporter.stage("head", 1)
        self.head = fit_linear_head(features, targets, c=self.c)
        reporter.advance()
        fitted = time.monotonic()
        self.thresholds, found, scores = self._judge(
            self.head.logits(features), targets, validation, reporter
        )
        done = time.monotonic()
        record = EvaluationRecord(
            round=round_number, epoch=1.0, step=1, global_step=global_step + 1, learning_rate=0.0,
            metrics=found, is_best=True, seconds=round(done - began, 3),
        )  # fmt: skip
        reporter.evaluation(record)
        return FitReport(
            n_samples=len(rows),
            steps=1,
            best_epoch=1.0,
            stopped_early=False,
            thresholds=self.thresholds,
            threshold_rule="0.5" if validation is None else "tuned",
            evaluations=(record,),
            seconds={"tokenise": featurised - began, "head": fitted - featurised, "evaluate": done - fitted},
            validation_logits=scores,
        )

    def look(self, rows: IntArray, needs: frozenset[str], reporter: Reporter) -> Candidates:
        """What a strategy may see of the pool's rows (M,): logits and probabilities."""
        if needs - {"probs"}:
            wanted = ", ".join(sorted(needs - {"probs"}))
            raise TrainingError(
                f"learner tfidf gives probabilities only, the strategy needs {wanted}; take another of either"
            )
        self._check_fitted()
        features = self._featurised(self.pool, reporter)[np.asarray(rows)]
        reporter.stage("score", len(rows))
        logits = self.head.logits(features).astype(np.float32)
        reporter.advance(len(rows))
        return Candidates(
            rows=np.asarray(rows), logits=logits, probs=metrics.sigmoid(logits), thresholds=self.thresholds
        )

    def logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) float32 logits of all texts."""
        self._check_fitted()
        return self.head.logits(self._featurised(texts, reporter)).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Writes vocabulary, weights and thresholds into `folder`, whole or not at all."""
        from safetensors.numpy import save_file

        self._check_fitted()
        with whole_folder(folder) as aside:
            arrays = {"weight": self.head.weights, "bias": self.head.bias, "idf": self._vectorizer.idf_}
            save_file(
                {name: np.ascontiguousarray(array) for name, array in arrays.items()},
                aside / "head.safetensors",
            )
            words = list(self._vectorizer.get_feature_names_out())
            (aside / "vocabulary.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
            write_description(
                aside, {"kind": "tfidf", "analyzer": self.analyzer}, self.labels, self.thresholds
            )

    def restore(self, folder: Path) -> None:
        """Takes back what `save` wrote.

        Raises:
            ModelError: the folder holds no such model.
        """
        from safetensors.numpy import load_file

        said = read_description(folder, kind="tfidf")
        with readable(folder):
            arrays = load_file(folder / "head.safetensors")
            words = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        self.analyzer = said["analyzer"]
        self.thresholds = np.asarray(said["thresholds"])
        self.head = LinearHead(arrays["weight"], arrays["bias"])
        self._vectorizer = make_vectorizer(self.analyzer, vocabulary=words)
        self._vectorizer.idf_ = arrays["idf"]
        self._features.forget()

    def _check_fitted(self) -> None:
        if self._vectorizer is None:
            raise TrainingError("learner tfidf knows nothing before its first fit; call fit or restore first")

    def _judge(
        self, logits: FloatArray, targets: TargetArray, validation: LabelledTexts | None, reporter: Reporter
    ) -> tuple[FloatArray, dict[str, float], FloatArray | None]:
        """Thresholds, the metrics at them, and the validation logits."""
        if validation is None:
            thresholds = np.full(len(self.labels), 0.5)
            found = metrics.evaluate(targets, logits, None, prefix="train", absent_labels=self.absent_labels)
            return thresholds, found, None
        scores = self.logits(validation.source, reporter)
        thresholds = tune_thresholds(validation.targets, metrics.sigmoid(scores))
        found = metrics.evaluate(
            targets, logits, thresholds, prefix="train", absent_labels=self.absent_labels
        )
        found |= metrics.evaluate(
            validation.targets, scores, thresholds, prefix="val", absent_labels=self.absent_labels
        )
        return thresholds, found, scores

    def _featurised(self, texts: Texts, reporter: Reporter) -> Any:
        """(N, D) sparse TF-IDF rows of unit length, made once a set."""
        if self._vectorizer is None:
            self._vectorizer = self._fit_vectorizer()
        return self._features.of(texts, lambda: self._transform(texts, reporter))

    def _transform(self, texts: Texts, reporter: Reporter) -> Any:
        reporter.stage("tokenise", len(texts))
        features = self._vectorizer.transform(texts.texts(np.arange(len(texts)))).tocsr()
        reporter.advance(len(texts))
        return features

    def _fit_vectorizer(self) -> Any:
        every = self.pool.texts(np.arange(len(self.pool)))
        try:
            return make_vectorizer(self.analyzer, max_features=self.max_features).fit(every)
        except ValueError as error:
            raise TrainingError(
                f"no {self.analyzer} n-gram can be counted in the pool's texts: {error}"
            ) from error


@LEARNERS.register("tfidf")
def tfidf(
    *,
    analyzer: Literal["auto", "word", "char"] = "auto",
    max_features: Annotated[int, Field(ge=1)] = 50_000,
    c: Annotated[float, Field(gt=0)] = 10.0,
    _pool: Texts,
    _labels: Sequence[Label],
    _absent_labels: metrics.AbsentLabels = "zero",
) -> Tfidf:
    """TF-IDF with a convex one-vs-rest head: any language, no download, no torch."""
    return Tfidf(
        _pool, _labels, analyzer=analyzer, max_features=max_features, c=c, absent_labels=_absent_labels
    )
