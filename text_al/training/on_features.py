"""A learner on features that no label has a say in: made once, and a convex head on them each round."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from text_al import metrics
from text_al.errors import TrainingError
from text_al.records import FitReport
from text_al.reporting import Reporter
from text_al.seeds import generator
from text_al.training.artifact import HEAD, read_description, readable, write_description
from text_al.training.base import check_given, check_learnable, knows_nothing
from text_al.training.committee import Committee
from text_al.training.featuriser import Featuriser
from text_al.training.folders import whole_folder
from text_al.training.judging import Verdict, by_pool, by_validation, open_sample
from text_al.training.lesson import Ground, HeadSettings, Lesson
from text_al.training.linear_head import LinearHead
from text_al.training.one_step import one_step_report
from text_al.training.recent import Recent
from text_al.types import Candidates, FloatArray, IntArray, Label, LabelledTexts, TargetArray, Texts

WINDOW = 16_384  # texts scored at a time: all that temporaries grow with


class OnFeatures:
    """A learner on one pool; see `training.base.Learner`.

    Args:
        pool: N texts.
        labels: L labels.
        featuriser: makes the features.
        settings: of the head.
        seed: the run's; the draws of a committee depend on it.
        absent_labels: how macro-F1 counts labels without positives.
    """

    def __init__(
        self,
        pool: Texts,
        labels: Sequence[Label],
        featuriser: Featuriser,
        *,
        settings: HeadSettings,
        seed: int = 0,
        absent_labels: metrics.AbsentLabels = "zero",
    ) -> None:
        self.pool, self.labels, self.featuriser = pool, tuple(labels), featuriser
        self.settings, self.seed, self.absent_labels = settings, seed, absent_labels
        self.thresholds: FloatArray = np.full(len(labels), 0.5)
        self._head: LinearHead | None = None
        self._lesson: Lesson | None = None
        self._committee: Committee | None = None
        self._features: Recent[Any] = Recent()
        self._n_featurised = 0

    @property
    def head(self) -> LinearHead:
        """The head (L, D) on features as they are, float64.

        Raises:
            TrainingError: nothing was learned yet.
        """
        if self._head is None:
            raise knows_nothing(self.featuriser.kind)
        return self._head

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
        """Fits the head on pool rows (n,) and targets (n, L); see `judging` for its thresholds."""
        check_learnable(targets)
        n_before, times = self._n_featurised, [time.monotonic()]
        ground = self._ground(reporter)
        if validation is not None:
            self._featurised(validation.source, reporter)
        times.append(time.monotonic())
        reporter.stage("head", 1)
        lesson = Lesson(np.asarray(rows), targets, round_number).settled(ground)
        if self.settings.self_training:
            lesson = lesson.with_others(ground, open_sample(len(self.pool), lesson.rows))
        self._head = lesson.head(ground)
        reporter.advance()
        times.append(time.monotonic())
        scores = None if validation is None else self.logits(validation.source, reporter)
        verdict = self._verdict(lesson, ground, None if validation is None else validation.targets, scores)
        self._head, self.thresholds = verdict.onto(self._head), verdict.thresholds
        self._lesson, self._committee = replace(lesson, calibration=verdict.calibration), None
        learned = self._logits(ground.pool[lesson.rows])
        times.append(time.monotonic())
        stages = (self.featuriser.stage, "head", "evaluate")
        counts = (self._n_featurised - n_before, len(rows), 0 if scores is None else len(scores))
        report = one_step_report(
            verdict, targets, learned, validation, scores=scores, absent_labels=self.absent_labels,
            round_number=round_number, global_step=global_step, reporter=reporter,
            seconds=dict(zip(stages, np.diff(times).tolist(), strict=True)),
            texts=dict(zip(stages, counts, strict=True)),
        )  # fmt: skip
        return replace(report, notes=(*self.featuriser.notes(reporter), *lesson.notes))

    def out_of_fold(
        self, rows: IntArray, targets: TargetArray, *, round_number: int, n_folds: int, reporter: Reporter
    ) -> FloatArray | None:
        """(n, L) logits of pool rows (n,), each by a head that had not seen it; None for one text.

        The folds are those of `FineTuned.out_of_fold` in the same round.
        """
        ground, lesson = self._ground(reporter), Lesson(np.asarray(rows), targets, round_number)
        return lesson.settled(ground).out_of_fold(ground, n_folds=n_folds, n_draws=1)

    def look(self, rows: IntArray, needs: frozenset[str], reporter: Reporter) -> Candidates:
        """What a strategy may see of the pool's rows (M,); before any fit, by the label names alone."""
        check_given(self.featuriser.kind, needs)
        if self._head is None:
            self._head = self._ground(reporter).names_alone()
        rows, pool, n_labels = np.asarray(rows), self._featurised(self.pool, reporter), len(self.head.bias)
        committee = self._committee_of(reporter) if "passes" in needs else None
        embeddings = self.frozen(rows, reporter) if "embeddings" in needs else None
        reporter.stage("score", len(rows))
        logits = np.empty((len(rows), n_labels), dtype=np.float32)
        passes = np.empty((committee.n_heads if committee else 0, len(rows), n_labels), dtype=np.float32)
        for window in _windows(len(rows)):
            part = _light(pool[rows[window]])
            logits[window] = self._logits(part)
            if committee is not None:
                passes[:, window] = committee.probs(part)
            reporter.advance(len(rows[window]))
        return Candidates(
            rows=rows,
            logits=logits,
            probs=metrics.sigmoid(logits),
            thresholds=self.thresholds,
            embeddings=embeddings,
            passes=None if committee is None else passes,
        )

    def logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) float32 logits of all texts."""
        n_labels = len(self.head.bias)
        features = self._featurised(texts, reporter)
        parts = [self._logits(features[window]) for window in _windows(len(texts))]
        return np.concatenate(parts) if parts else np.empty((0, n_labels), dtype=np.float32)

    def frozen(self, rows: IntArray, reporter: Reporter) -> FloatArray:
        """(M, E) float32 vectors of unit length of the pool's rows (M,), the same in every round."""
        return self.featuriser.vectors(self.pool, reporter)[np.asarray(rows)].astype(np.float32)

    def save(self, folder: Path) -> None:
        """Writes featuriser, head, thresholds and lesson into `folder`, whole or not at all."""
        from safetensors.numpy import save_file

        about: dict[str, Any] = {}
        arrays: dict[str, Any] = {"weight": self.head.weights, "bias": self.head.bias}
        if self._lesson is not None:
            arrays |= self._lesson.arrays()
            about = {"round": self._lesson.round_number}
        with whole_folder(folder) as aside:
            arrays |= self.featuriser.save(aside)
            contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
            save_file(contiguous, aside / HEAD)
            said = {"kind": self.featuriser.kind, **self.featuriser.description, **about}
            write_description(aside, said, self.labels, self.thresholds)

    def restore(self, folder: Path) -> None:
        """Takes back what `save` wrote.

        Raises:
            ModelError: the folder holds no such model.
        """
        from safetensors.numpy import load_file

        said = read_description(folder, kind=self.featuriser.kind)
        with readable(folder):
            arrays = load_file(folder / HEAD)
            self.featuriser.restore(folder, said, arrays)
        self.thresholds = np.asarray(said["thresholds"])
        self._head = LinearHead(arrays["weight"], arrays["bias"])
        self._lesson = None
        if "round" in said:
            self._lesson = Lesson.read(arrays, said["round"])
        self._committee = None
        self._features.forget()

    def _ground(self, reporter: Reporter) -> Ground:
        pool = self._featurised(self.pool, reporter)
        towards = self.featuriser.directions(self.labels, pool)
        return Ground(pool, self.settings, scale=self.featuriser.scale(pool), towards=towards, seed=self.seed)

    def _committee_of(self, reporter: Reporter) -> Committee:
        """The committee of the last fit, made when it is first asked for."""
        if self._lesson is None:
            raise TrainingError(
                f"learner {self.featuriser.kind} was not taught here, and has no committee; fit it"
            )
        if self._committee is None:
            self._committee = self._lesson.committee(self._ground(reporter))
        return self._committee

    def _verdict(
        self, lesson: Lesson, ground: Ground, truth: TargetArray | None, scores: FloatArray | None
    ) -> Verdict:
        """By the validation set's targets and logits (n, L), or without one by folds and pool."""
        if truth is not None and scores is not None:
            return by_validation(scores, truth)
        others = open_sample(len(self.pool), lesson.rows)
        asked = self.settings.label_correlation
        rng = generator(self.seed, lesson.round_number, "correlation") if asked else None
        pool = self._logits(ground.pool[others])
        return by_pool(lesson.out_of_fold(ground), lesson.targets, pool, correlate=rng)

    def _featurised(self, texts: Texts, reporter: Reporter) -> Any:
        return self._features.of(texts, lambda: self._made(texts, reporter))

    def _made(self, texts: Texts, reporter: Reporter) -> Any:
        self._n_featurised += len(texts)
        return self.featuriser.features(texts, reporter)

    def _logits(self, features: Any) -> FloatArray:
        """(n, L) float32."""
        return self.head.in_float32().logits(_light(features)).astype(np.float32)


def _windows(n: int) -> Iterator[slice]:
    for start in range(0, n, WINDOW):
        yield slice(start, start + WINDOW)


def _light(features: Any) -> Any:
    """In float32, in which products of dense features take half the time."""
    return features.astype(np.float32, copy=False)
