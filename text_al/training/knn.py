"""A learner that only remembers: each text has the labels of the labelled texts that are most like it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from text_al import metrics
from text_al.data.cache import Cache
from text_al.neighbours import Neighbours
from text_al.records import FitReport
from text_al.reporting import Reporter
from text_al.timing import rounded, timed
from text_al.training.artifact import HEAD, read_description, readable, write_description
from text_al.training.base import LEARNERS, check_given, check_learnable, knows_nothing
from text_al.training.calibration import Calibration
from text_al.training.featuriser import Featuriser
from text_al.training.folders import whole_folder
from text_al.training.frozen import FrozenEncoder
from text_al.training.judging import Verdict, by_pool, by_validation, open_sample
from text_al.training.linear import EncoderFeatures
from text_al.training.one_step import one_step_report
from text_al.training.pretrained import Pretrained
from text_al.training.recent import Recent
from text_al.training.settings import ComputeSettings, EncoderSettings
from text_al.training.voters import Voters, enough, first
from text_al.training.votes import Voting, Weights
from text_al.types import Candidates, FloatArray, IntArray, Label, LabelledTexts, TargetArray, Texts

KIND = "knn"
WINDOW = 4_096
"""Texts scored at a time: all that temporaries grow with."""


class NearestNeighbours:
    """A learner on one pool; see `training.base.Learner`.

    A fit stores texts and targets; nothing is optimised but the calibration and the thresholds. Whatever it
    says of a text, `neighbours` names the labelled texts that decided it. A labelled text is its own nearest
    neighbour; what others make of it is in the report's `out_of_fold_logits`.

    Args:
        pool: N texts.
        labels: L labels.
        featuriser: makes dense features of unit length.
        voting: how neighbours vote.
        committee: draws of the labelled texts, with replacement, whose votes are the passes.
        seed: the run's; the draws of a committee depend on it.
        absent_labels: how macro-F1 counts labels without positives.
    """

    def __init__(
        self,
        pool: Texts,
        labels: Sequence[Label],
        featuriser: Featuriser,
        *,
        voting: Voting | None = None,
        committee: int = 10,
        seed: int = 0,
        absent_labels: metrics.AbsentLabels = "zero",
    ) -> None:
        self.pool, self.labels, self.featuriser = pool, tuple(labels), featuriser
        self.voting, self.committee = voting or Voting(), committee
        self.seed, self.absent_labels = seed, absent_labels
        self.thresholds: FloatArray = np.full(len(labels), 0.5)
        self._voters: Voters | None = None
        self._features: Recent[Any] = Recent()
        self._n_featurised = 0

    @property
    def voters(self) -> Voters:
        """What is remembered.

        Raises:
            NothingLearnedError: nothing was learned yet.
        """
        if self._voters is None:
            raise knows_nothing(KIND)
        return self._voters

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
        """Remembers pool rows (n,) and targets (n, L); see `judging` for its thresholds."""
        check_learnable(targets)
        rows, n_before, stage = np.asarray(rows), self._n_featurised, self.featuriser.stage
        seconds: dict[str, float] = {}
        with timed(seconds, stage):
            vectors = np.array(self._featurised(self.pool, reporter)[rows])
            if validation is not None:
                self._featurised(validation.source, reporter)
        with timed(seconds, "evaluate"):
            plain = Calibration.none(targets.shape[1])
            self._voters = Voters(vectors, targets.copy(), self.voting, plain, rows, round_number)
            scores = None if validation is None else self.logits(validation.source, reporter)
            verdict = self._verdict(None if validation is None else validation.targets, scores, reporter)
            self._voters = replace(self._voters, calibration=verdict.calibration)
        self.thresholds = verdict.thresholds
        n_featurised = self._n_featurised - n_before
        report = one_step_report(
            verdict, targets, self._logits(vectors), validation, scores=scores,
            texts={stage: n_featurised, "evaluate": 0 if scores is None else len(scores)},
            seconds=rounded(seconds), absent_labels=self.absent_labels, round_number=round_number,
            global_step=global_step, reporter=reporter,
        )  # fmt: skip
        return replace(report, notes=self.featuriser.notes(reporter))

    def look(self, rows: IntArray, needs: frozenset[str], reporter: Reporter) -> Candidates:
        """What a strategy may see of the pool's rows (M,)."""
        check_given(KIND, needs)
        voters, rows = self.voters, np.asarray(rows)
        draws = voters.draws(self.committee, self.seed) if "passes" in needs else None
        pool, k = self._featurised(self.pool, reporter), voters.voting.k
        embeddings = self.frozen(rows, reporter) if "embeddings" in needs else None
        reporter.stage("score", len(rows))
        logits = np.empty((len(rows), voters.targets.shape[1]), dtype=np.float32)
        passes = np.empty((0 if draws is None else len(draws), *logits.shape), dtype=np.float32)
        for window in _windows(len(rows)):
            near = voters.near(pool[rows[window]], None if draws is None else enough(k))
            logits[window] = voters.logits(first(near, k))
            if draws is not None:
                passes[:, window] = voters.passes(near, draws)
            reporter.advance(len(rows[window]))
        return Candidates(
            rows=rows,
            logits=logits,
            probs=metrics.sigmoid(logits),
            thresholds=self.thresholds,
            embeddings=embeddings,
            passes=None if draws is None else passes,
        )

    def neighbours(self, rows: IntArray, reporter: Reporter) -> Neighbours:
        """The labelled texts that decide on the pool's rows (M,): `indices` are rows of the pool too.

        Raises:
            TrainingError: it was taught elsewhere, and does not know which rows they are.
        """
        voters = self.voters
        found = voters.near(self._featurised(self.pool, reporter)[np.asarray(rows)])
        return voters.in_pool(found)

    def logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) float32 logits of all texts."""
        n_labels = self.voters.targets.shape[1]
        features = self._featurised(texts, reporter)
        parts = [self._logits(features[window]) for window in _windows(len(texts))]
        return np.concatenate(parts) if parts else np.empty((0, n_labels), dtype=np.float32)

    def frozen(self, rows: IntArray, reporter: Reporter) -> FloatArray:
        """(M, E) float32 vectors of unit length of the pool's rows (M,), the same in every round."""
        return self.featuriser.vectors(self.pool, reporter)[np.asarray(rows)].astype(np.float32)

    def save(self, folder: Path) -> None:
        """Writes featuriser, voters and thresholds into `folder`, whole or not at all.

        The model is its labelled texts: their vectors and targets are in it, also where it is exported.
        """
        from safetensors.numpy import save_file

        voters = self.voters
        with whole_folder(folder) as aside:
            arrays = {**voters.arrays(), **self.featuriser.save(aside)}
            save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, aside / HEAD)
            said = {"kind": KIND, **self.featuriser.description, **voters.description}
            write_description(aside, said, self.labels, self.thresholds)

    def restore(self, folder: Path) -> None:
        """Takes back what `save` wrote, with the voting of that model.

        Raises:
            ModelError: the folder holds no such model.
        """
        from safetensors.numpy import load_file

        said = read_description(folder, kind=KIND)
        with readable(folder):
            arrays = load_file(folder / HEAD)
            self.featuriser.restore(folder, said, arrays)
        self._voters = Voters.read(arrays, said)
        self.thresholds = np.asarray(said["thresholds"])

    def _verdict(self, truth: TargetArray | None, scores: FloatArray | None, reporter: Reporter) -> Verdict:
        """By the validation set's targets and logits (n, L), or without one by votes of others and pool."""
        if truth is not None and scores is not None:
            return by_validation(scores, truth)
        voters = self.voters
        others = open_sample(len(self.pool), np.asarray(voters.rows))
        pool = self._logits(self._featurised(self.pool, reporter)[others])
        return by_pool(voters.left_out(), voters.targets, pool)

    def _featurised(self, texts: Texts, reporter: Reporter) -> Any:
        return self._features.of(texts, lambda: self._made(texts, reporter))

    def _made(self, texts: Texts, reporter: Reporter) -> Any:
        self._n_featurised += len(texts)
        return self.featuriser.features(texts, reporter)

    def _logits(self, vectors: FloatArray) -> FloatArray:
        """(n, L) float32."""
        return self.voters.logits(self.voters.near(vectors))


def _windows(n: int) -> Iterator[slice]:
    for start in range(0, n, WINDOW):
        yield slice(start, start + WINDOW)


@LEARNERS.register(KIND)
def knn(
    *,
    k: Annotated[int, Field(ge=1)] = 20,
    weights: Weights = "distance",
    smoothing: Annotated[float, Field(ge=0)] = 1.0,
    committee: Annotated[int, Field(ge=2)] = 10,
    _pool: Texts,
    _labels: Sequence[Label],
    _encoder: EncoderSettings | None = None,
    _compute: ComputeSettings | None = None,
    _seed: int = 0,
    _absent_labels: metrics.AbsentLabels = "zero",
    _cache: Cache | None = None,
) -> NearestNeighbours:
    """The votes of the labelled texts nearest by a frozen encoder, which is run once; set in `model`."""
    cache = _cache or Cache()
    pretrained = Pretrained(_encoder or EncoderSettings(), cache)
    encoder = FrozenEncoder(pretrained, _compute or ComputeSettings(), cache)
    return NearestNeighbours(
        _pool,
        _labels,
        EncoderFeatures(_pool, encoder),
        voting=Voting(k, weights, smoothing),
        committee=committee,
        seed=_seed,
        absent_labels=_absent_labels,
    )
