"""The fine-tuned learner: a pretrained encoder and one sigmoid per label, trained anew each round."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from text_al import metrics
from text_al.data.cache import Cache
from text_al.errors import TrainingError
from text_al.records import FitReport
from text_al.reporting import Reporter
from text_al.seeds import torch_seed
from text_al.training.adapters import adapted
from text_al.training.artifact import read_classifier, write_classifier
from text_al.training.base import check_given, check_learnable
from text_al.training.classifier import MultilabelClassifier
from text_al.training.committee import Committee
from text_al.training.compiling import compile_encoder
from text_al.training.device import choose_hardware
from text_al.training.encoders import load_encoder
from text_al.training.first_head import committee_on, fitted_head, prior_head
from text_al.training.forward import Padded
from text_al.training.frozen import FrozenEncoder
from text_al.training.keeper import Fitted
from text_al.training.lesson import Lesson
from text_al.training.linear_head import LinearHead
from text_al.training.memory import keep_freed_memory
from text_al.training.pretrained import Pretrained
from text_al.training.randomness import own_randomness
from text_al.training.reading import Reading
from text_al.training.scoring import Work, embed, score
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.training.tokens import TokenSet, cut_notes
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
        self.encoder_settings, self.compute = encoder or EncoderSettings(), compute or ComputeSettings()
        self.training, self.absent_labels = training or TrainingSettings(), absent_labels
        self.cache = cache or Cache()
        self.hardware = choose_hardware(self.compute)
        keep_freed_memory()
        with own_randomness(self.hardware.device, torch_seed(seed, 0, 0)):
            self.loaded = load_encoder(self.encoder_settings)
        self.model = MultilabelClassifier(
            self.loaded.encoder,
            len(labels),
            pooling=self.loaded.pooling,
            dropout=self.encoder_settings.dropout,
        ).to(self.hardware.device)
        if self.hardware.compiled:
            compile_encoder(self.model)
        self.pretrained = {name: tensor.clone() for name, tensor in self.model.encoder.state_dict().items()}
        self.thresholds: FloatArray = np.full(len(labels), 0.5)
        self.reading = Reading(self.loaded, self.hardware, self.cache)
        self._lesson: Lesson | None = None
        self._committee: Committee | None = None

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
        began, n_before = time.monotonic(), self.reading.n_tokenised
        train = TokenSet(self.reading.tokens(self.pool, reporter), np.asarray(rows), targets)
        checked = None if validation is None else self._token_set(validation, reporter)
        tokenised = time.monotonic()
        work = self._work(reporter)
        if self.training.start == "fresh" or round_number <= 1:
            self.model.encoder.load_state_dict(self.pretrained)
            self.model.set_head(self._first_head(work, train, reporter))
        head_done = time.monotonic()
        trainer = Trainer(
            self.model,
            self.training,
            hardware=self.hardware,
            work=work,
            pad_id=self.loaded.pad_id,
            seed=self.seed,
            absent_labels=self.absent_labels,
        )
        with adapted(self.model, self.training.lora, seed=torch_seed(self.seed, round_number, 0)):
            done = trainer.fit(
                train, checked, round_number=round_number, global_step=global_step, reporter=reporter
            )
        self._lesson, self._committee = Lesson(train.rows, targets, round_number), None
        self.thresholds = np.full(len(self.labels), 0.5) if done.thresholds is None else done.thresholds
        report = self._report(train, checked, done)
        seconds = {"tokenise": tokenised - began, "head": head_done - tokenised, **done.seconds}
        return replace(
            report,
            seconds={name: round(value, 3) for name, value in seconds.items()},
            texts={**report.texts, "tokenise": self.reading.n_tokenised - n_before},
        )

    def look(self, rows: IntArray, needs: frozenset[str], reporter: Reporter) -> Candidates:
        """What a strategy may see of the pool's rows (M,): all of it from one pass through the encoder."""
        check_given("finetuned", needs)
        tokens, work = self.reading.tokens(self.pool, reporter), self._work(reporter)
        committee = self._committee_of(reporter) if "passes" in needs else None
        reporter.stage("score", len(rows))
        keep = bool(needs & {"embeddings", "passes"})
        scores = score(work, self.model.fitted_head(), tokens, rows, reporter=reporter, keep_embeddings=keep)
        return Candidates(
            rows=np.asarray(rows),
            logits=scores.logits,
            probs=metrics.sigmoid(scores.logits),
            thresholds=self.thresholds,
            embeddings=scores.embeddings if "embeddings" in needs else None,
            passes=None if committee is None else committee.probs(scores.embeddings),
        )

    def logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) float32 logits of all texts."""
        return self._logits(self._work(reporter, texts), texts, reporter)

    def exact_logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) logits in fp32, padded, whatever the learner works with."""
        exact = replace(self.hardware, bf16=False)
        plain = Padded(self.model, hardware=exact, pad_id=self.loaded.pad_id)
        return self._logits(Work(plain, exact.score_tokens), texts, reporter)

    def frozen(self, rows: IntArray, reporter: Reporter) -> FloatArray:
        """(M, D) float32 vectors of unit length of the pool's rows (M,), by the encoder before any fit."""
        return self._frozen.vectors(self.pool, reporter)[np.asarray(rows)].astype(np.float32)

    def save(self, folder: Path) -> None:
        """Writes the model into `folder`, whole or not at all."""
        write_classifier(
            folder,
            self.model,
            self.loaded.tokenizer,
            labels=self.labels,
            thresholds=self.thresholds,
            lesson=self._lesson,
            max_length=self.loaded.max_length,
            encoder_name=self.encoder_settings.encoder,
        )

    def restore(self, folder: Path) -> None:
        """Takes back weights, thresholds and what was learned, from what `save` wrote."""
        self.thresholds, self._lesson = read_classifier(folder, self.model)
        self._committee = None

    def _first_head(self, work: Work, train: TokenSet, reporter: Reporter) -> LinearHead:
        """The head before the encoder moves."""
        width = self.model.head.in_features
        if self.training.head_start == "prior":
            return prior_head(train.targets, width)
        reporter.stage("head", len(train))
        vectors = embed(work, train.tokens, train.rows, width=width, reporter=reporter)
        return fitted_head(vectors, train.targets, c=self.training.head_c)

    def _committee_of(self, reporter: Reporter) -> Committee:
        """The committee of the last fit, made when it is first asked for."""
        if self._lesson is None:
            raise TrainingError("learner finetuned was not taught here, and has no committee; fit it")
        if self._committee is None:
            tokens, width = self.reading.tokens(self.pool, reporter), self.model.head.in_features
            reporter.stage("head", len(self._lesson.rows))
            vectors = embed(self._work(reporter), tokens, self._lesson.rows, width=width, reporter=reporter)
            self._committee = committee_on(
                vectors, self._lesson, n_heads=self.training.committee, seed=self.seed
            )
        return self._committee

    def _report(self, train: TokenSet, validation: TokenSet | None, done: Fitted) -> FitReport:
        n_evaluated = len(done.evaluations) * (0 if validation is None else len(validation))
        cut = cut_notes(train.tokens.n_cut, len(train.tokens), self.loaded.max_length)
        return FitReport(
            n_samples=len(train),
            steps=done.steps,
            best_epoch=done.best_epoch,
            stopped_early=done.stopped_early,
            thresholds=self.thresholds,
            threshold_rule="0.5" if validation is None else "tuned",
            evaluations=done.evaluations,
            seconds={},
            notes=(*self.loaded.notes, *self.reading.notes, *cut),
            validation_logits=done.validation_logits,
            hardware=self.hardware.describe(),
            texts={"train": done.n_trained, "evaluate": n_evaluated},
        )

    def _token_set(self, labelled: LabelledTexts, reporter: Reporter) -> TokenSet:
        tokens = self.reading.tokens(labelled.source, reporter)
        return TokenSet(tokens, np.arange(len(tokens)), labelled.targets)

    def _logits(self, work: Work, texts: Texts, reporter: Reporter) -> FloatArray:
        tokens = self.reading.tokens(texts, reporter)
        reporter.stage("score", len(texts))
        head = self.model.fitted_head()
        return score(work, head, tokens, np.arange(len(texts)), reporter=reporter).logits

    @cached_property
    def _frozen(self) -> FrozenEncoder:
        return FrozenEncoder(Pretrained(self.encoder_settings, self.cache), self.compute, self.cache)

    def _work(self, reporter: Reporter, texts: Texts | None = None) -> Work:
        """How texts are scored; a model without a pool chooses by the first texts it sees."""
        seen = self.pool if texts is None or len(self.pool) else texts
        return self.reading.work(self.reading.tokens(seen, reporter), self._as_pretrained)

    @contextmanager
    def _as_pretrained(self) -> Iterator[MultilabelClassifier]:
        """Within it, the model has the weights it began with."""
        trained = {name: tensor.clone() for name, tensor in self.model.encoder.state_dict().items()}
        self.model.encoder.load_state_dict(self.pretrained)
        try:
            yield self.model
        finally:
            self.model.encoder.load_state_dict(trained)
