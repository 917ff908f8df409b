"""The fine-tuned learner: a pretrained encoder and one sigmoid per label, trained anew each round."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from text_al import metrics
from text_al.data.cache import Cache
from text_al.records import FitReport
from text_al.reporting import Reporter
from text_al.seeds import generator
from text_al.timing import rounded, timed
from text_al.training.artifact import read_classifier, write_classifier
from text_al.training.base import check_given, check_learnable, knows_nothing
from text_al.training.encoder_fits import LEAST_A_FOLD, EncoderFits, HeldOut, share_of
from text_al.training.encoder_model import EncoderModel
from text_al.training.encoder_passes import EncoderPasses
from text_al.training.encoder_report import report_of
from text_al.training.first_head import names_head
from text_al.training.interpolation import snapshot
from text_al.training.judging import Verdict, by_pool, by_validation, open_sample
from text_al.training.keeper import Fitted
from text_al.training.lesson import Lesson
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.training.tokens import TokenSet
from text_al.training.trainer import Trainer
from text_al.types import Candidates, FloatArray, IntArray, Label, LabelledTexts, TargetArray, Texts


class FineTuned:
    """A learner on one pool; see `training.base.Learner`.

    Args:
        pool: N texts.
        labels: L labels.
        encoder: which encoder, and how its tokens become one vector.
        training: how it is trained.
        compute: where, and how precisely.
        seed: the run's.
        absent_labels: how macro-F1 counts labels without positives.
        cache: where tokens and the vectors of the pretrained encoder are kept; None keeps them in memory.
    """

    def __init__(
        self,
        pool: Texts,
        labels: Sequence[Label],
        *,
        encoder: EncoderSettings | None = None,
        training: TrainingSettings | None = None,
        compute: ComputeSettings | None = None,
        seed: int = 0,
        absent_labels: metrics.AbsentLabels = "zero",
        cache: Cache | None = None,
    ) -> None:
        self.pool, self.labels, self.seed = pool, tuple(labels), seed
        self.training, self.absent_labels = training or TrainingSettings(), absent_labels
        self.encoder_settings = encoder or EncoderSettings()
        self.net = EncoderModel(
            pool, len(labels), encoder=self.encoder_settings, compute=compute or ComputeSettings(), seed=seed,
            cache=cache or Cache(),
        )  # fmt: skip
        self.model = self.net.model
        self._passes = EncoderPasses(self.net, self.training, seed=seed)
        self.thresholds: FloatArray = np.full(len(labels), 0.5)
        self._lesson: Lesson | None = None
        self._knows = False
        self._held_out: tuple[object, HeldOut] | None = None

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
        """Trains on pool rows (n,) and targets (n, L); best weights and thresholds chosen on `validation`."""
        check_learnable(targets)
        began, reading = time.monotonic(), self.net.reading
        n_before = reading.n_tokenised
        train = TokenSet(reading.tokens(self.pool, reporter), np.asarray(rows), targets)
        checked = None if validation is None else self.net.token_set(validation, reporter)
        seconds = {"tokenise": time.monotonic() - began}
        held_out = None
        if validation is None:
            with timed(seconds, "cross_fit"):
                held_out = self._cross_fitted(rows, targets, round_number, reporter)
        fits = self._fits(train, round_number, reporter)
        with timed(seconds, "head"):
            if self.training.start == "fresh" or round_number <= 1 or self._lesson is None:
                fits.start()
        share = share_of(self.training, held_out) if validation is None else 1.0
        done = fits.run(checked, global_step=global_step, share=share)
        with timed(seconds, "evaluate"):
            verdict = self._verdict(train, validation, done, held_out, round_number, reporter)
        self.model.set_head(verdict.onto(self.model.fitted_head()))
        self.thresholds = verdict.thresholds
        self._lesson = replace(fits.lesson, rows=train.rows, calibration=verdict.calibration)
        self._knows = True
        n_tokenised = reading.n_tokenised - n_before
        report = report_of(self.net, train, done, verdict, n_checked=0 if checked is None else len(checked))
        return replace(
            report,
            seconds=rounded(Counter(seconds) + Counter(done.seconds)),
            texts={**report.texts, "tokenise": n_tokenised},
            notes=(*report.notes, *self._lesson.notes),
        )

    def out_of_fold(
        self, rows: IntArray, targets: TargetArray, *, round_number: int, reporter: Reporter
    ) -> FloatArray | None:
        """(n, L) logits of pool rows (n,), each by a model that had not seen it; None with too few.

        A fit of the same rows in the same round does not do it again. The model's weights stay.
        """
        found = self._cross_fitted(rows, targets, round_number, reporter)
        return None if found is None else found.logits

    def look(self, rows: IntArray, needs: frozenset[str], reporter: Reporter) -> Candidates:
        """What a strategy may see of the pool's rows (M,), from one pass through the encoder.

        Passes by dropout take as many passes more. Before any fit, by the label names alone.
        """
        check_given("finetuned", needs)
        if not self._knows:
            self._read_names(reporter)
        keep, wants_passes = bool(needs & {"embeddings", "passes"}), "passes" in needs
        scores = self.net.score_pool(rows, reporter, keep_embeddings=keep)
        vectors = scores.embeddings
        return Candidates(
            rows=np.asarray(rows),
            logits=scores.logits,
            probs=metrics.sigmoid(scores.logits),
            thresholds=self.thresholds,
            embeddings=vectors if "embeddings" in needs else None,
            passes=self._passes.of(rows, vectors, self._lesson, reporter) if wants_passes else None,
        )

    def logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) float32 logits of all texts."""
        return self.net.logits(texts, reporter)

    def exact_logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) logits in fp32, padded, whatever the learner works with."""
        return self.net.logits(texts, reporter, exact=True)

    def frozen(self, rows: IntArray, reporter: Reporter) -> FloatArray:
        """(M, D) float32 vectors of unit length of the pool's rows (M,), by the encoder before any fit."""
        return self.net.frozen.vectors(self.pool, reporter)[np.asarray(rows)].astype(np.float32)

    def save(self, folder: Path) -> None:
        """Writes the model into `folder`, whole or not at all."""
        write_classifier(
            folder,
            self.model,
            self.net.loaded.tokenizer,
            labels=self.labels,
            thresholds=self.thresholds,
            lesson=self._lesson,
            max_length=self.net.loaded.max_length,
            encoder_name=self.encoder_settings.encoder,
        )

    def restore(self, folder: Path) -> None:
        """Takes back weights, thresholds and what was learned, from what `save` wrote."""
        self.thresholds, self._lesson = read_classifier(folder, self.model)
        self._knows = True

    def _fits(self, train: TokenSet, round_number: int, reporter: Reporter) -> EncoderFits:
        trainer = Trainer(
            self.model,
            self.training,
            hardware=self.net.hardware,
            work=self.net.work(reporter),
            pad_id=self.net.loaded.pad_id,
            seed=self.seed,
            absent_labels=self.absent_labels,
        )
        return EncoderFits(
            trainer,
            self.net.pretrained,
            train,
            towards=self._towards(),
            named=self.net.named(self.labels) if self.training.name_texts else None,
            round_number=round_number,
            reporter=reporter,
        )

    def _towards(self) -> FloatArray | None:
        """(L, D) where the label names lie; None where they have no say."""
        if self.training.label_prior == 0 or self.training.head_start == "zeros":
            return None
        return self.net.names_directions(self.labels)

    def _read_names(self, reporter: Reporter) -> None:
        """The head of the label names, on the encoder as it was pretrained."""
        towards = self._towards()
        if towards is None:
            raise knows_nothing("finetuned")
        rows = open_sample(len(self.pool), np.empty(0, dtype=np.int64))
        vectors = self.net.embed_pool(rows, reporter)
        self.model.set_head(names_head(vectors, self.training, towards))
        self._knows = True

    def _cross_fitted(
        self, rows: IntArray, targets: TargetArray, round_number: int, reporter: Reporter
    ) -> HeldOut | None:
        n_folds, asked = self.training.cross_fit, (round_number, rows.tobytes(), targets.tobytes())
        if n_folds < 2 or (targets >= 0).any(axis=1).sum() < LEAST_A_FOLD * n_folds:
            return None
        if self._held_out is None or self._held_out[0] != asked:
            before = snapshot(self.model)
            train = TokenSet(self.net.reading.tokens(self.pool, reporter), np.asarray(rows), targets)
            self._held_out = asked, self._fits(train, round_number, reporter).held_out(n_folds)
            self.model.load_state_dict(before)
        return self._held_out[1]

    def _verdict(
        self,
        train: TokenSet,
        validation: LabelledTexts | None,
        done: Fitted,
        held_out: HeldOut | None,
        round_number: int,
        reporter: Reporter,
    ) -> Verdict:
        """By the validation set, or without one by what was held out and the pool."""
        if validation is not None and done.validation_logits is not None:
            return by_validation(done.validation_logits, validation.targets)
        rows = open_sample(len(self.pool), train.rows)
        pool = self.net.score_pool(rows, reporter, stage="evaluate").logits
        asked = self.training.label_correlation
        rng = generator(self.seed, round_number, "correlation") if asked else None
        said = None if held_out is None else held_out.logits
        return by_pool(said, train.targets, pool, correlate=rng)
