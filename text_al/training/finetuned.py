"""The fine-tuned learner: a pretrained encoder and one sigmoid per label, trained anew each round."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from text_al import metrics
from text_al.data.cache import Cache
from text_al.errors import TrainingError
from text_al.records import FitReport
from text_al.reporting import Reporter
from text_al.seeds import torch_seed
from text_al.training.artifact import read_classifier, write_classifier
from text_al.training.base import check_learnable
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import choose_hardware
from text_al.training.encoders import load_encoder
from text_al.training.forward import Padded
from text_al.training.keeper import Fitted
from text_al.training.linear_head import LinearHead, Standardiser, fit_linear_head, rate_log_odds
from text_al.training.randomness import own_randomness
from text_al.training.reading import Reading
from text_al.training.scoring import Work, embed, score
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
        cache: where tokens are kept; None keeps them in memory.
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
        self.encoder_settings = encoder or EncoderSettings()
        self.training, self.absent_labels = training or TrainingSettings(), absent_labels
        self.hardware = choose_hardware(compute or ComputeSettings())
        with own_randomness(self.hardware.device, torch_seed(seed, 0, 0)):
            self.loaded = load_encoder(self.encoder_settings)
        self.model = MultilabelClassifier(
            self.loaded.encoder,
            len(labels),
            pooling=self.loaded.pooling,
            dropout=self.encoder_settings.dropout,
        ).to(self.hardware.device)
        self.pretrained = {name: tensor.clone() for name, tensor in self.model.encoder.state_dict().items()}
        self.thresholds: FloatArray = np.full(len(labels), 0.5)
        self.reading = Reading(self.loaded, self.hardware, cache or Cache())

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
        began = time.monotonic()
        train = TokenSet(self.reading.tokens(self.pool, reporter), np.asarray(rows), targets)
        checked = None if validation is None else self._token_set(validation, reporter)
        tokenised = time.monotonic()
        if self.training.start == "fresh" or round_number <= 1:
            self.model.encoder.load_state_dict(self.pretrained)
            self.model.set_head(self._first_head(train, reporter))
        head_done = time.monotonic()
        trainer = Trainer(
            self.model,
            self.training,
            hardware=self.hardware,
            work=self._work(reporter),
            pad_id=self.loaded.pad_id,
            seed=self.seed,
            absent_labels=self.absent_labels,
        )
        done = trainer.fit(
            train, checked, round_number=round_number, global_step=global_step, reporter=reporter
        )
        self.thresholds = np.full(len(self.labels), 0.5) if done.thresholds is None else done.thresholds
        return self._report(
            train, checked, done, {"tokenise": tokenised - began, "head": head_done - tokenised}
        )

    def look(self, rows: IntArray, needs: frozenset[str], reporter: Reporter) -> Candidates:
        """What a strategy may see of the pool's rows (M,)."""
        if needs - {"probs", "embeddings"}:
            wanted = ", ".join(sorted(needs - {"probs", "embeddings"}))
            raise TrainingError(f"learner finetuned does not give {wanted} yet, which the strategy needs")
        tokens, work = self.reading.tokens(self.pool, reporter), self._work(reporter)
        reporter.stage("score", len(rows))
        keep = "embeddings" in needs
        scores = score(work, self.model.fitted_head(), tokens, rows, reporter=reporter, keep_embeddings=keep)
        return Candidates(
            rows=np.asarray(rows),
            logits=scores.logits,
            probs=metrics.sigmoid(scores.logits),
            thresholds=self.thresholds,
            embeddings=scores.embeddings if keep else None,
        )

    def logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) float32 logits of all texts."""
        return self._logits(self._work(reporter, texts), texts, reporter)

    def exact_logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) logits in fp32, padded, whatever the learner works with."""
        exact = replace(self.hardware, bf16=False)
        plain = Padded(self.model, hardware=exact, pad_id=self.loaded.pad_id)
        return self._logits(Work(plain, exact.score_tokens), texts, reporter)

    def save(self, folder: Path) -> None:
        """Writes the model into `folder`, whole or not at all."""
        write_classifier(
            folder,
            self.model,
            self.loaded.tokenizer,
            labels=self.labels,
            thresholds=self.thresholds,
            max_length=self.loaded.max_length,
            encoder_name=self.encoder_settings.encoder,
        )

    def restore(self, folder: Path) -> None:
        """Takes back weights and thresholds from what `save` wrote."""
        self.thresholds = read_classifier(folder, self.model)

    def _first_head(self, train: TokenSet, reporter: Reporter) -> LinearHead:
        """The head before the encoder moves: fitted on frozen features, or zeros and the rates' log-odds."""
        if self.training.head_start == "prior":
            width = self.model.head.in_features
            return LinearHead(np.zeros((len(self.labels), width)), rate_log_odds(train.targets))
        work = self._work(reporter)
        reporter.stage("head", len(train))
        width = self.model.head.in_features
        features = embed(work, train.tokens, train.rows, width=width, reporter=reporter).astype(np.float64)
        standardiser = Standardiser.of(features)
        return standardiser.fold(
            fit_linear_head(standardiser.apply(features), train.targets, c=self.training.head_c)
        )

    def _report(
        self, train: TokenSet, validation: TokenSet | None, done: Fitted, seconds: dict[str, float]
    ) -> FitReport:
        cut = train.tokens.n_cut
        notes = [*self.loaded.notes, *self.reading.notes]
        if cut:
            notes.append(
                f"{cut} of the pool's {len(train.tokens)} texts are cut at {self.loaded.max_length} tokens; "
                "raise model.max_length to read more"
            )
        return FitReport(
            n_samples=len(train),
            steps=done.steps,
            best_epoch=done.best_epoch,
            stopped_early=done.stopped_early,
            thresholds=self.thresholds,
            threshold_rule="0.5" if validation is None else "tuned",
            evaluations=done.evaluations,
            seconds={name: round(value, 3) for name, value in {**seconds, **done.seconds}.items()},
            notes=tuple(notes),
            validation_logits=done.validation_logits,
        )

    def _token_set(self, labelled: LabelledTexts, reporter: Reporter) -> TokenSet:
        tokens = self.reading.tokens(labelled.source, reporter)
        return TokenSet(tokens, np.arange(len(tokens)), labelled.targets)

    def _logits(self, work: Work, texts: Texts, reporter: Reporter) -> FloatArray:
        tokens = self.reading.tokens(texts, reporter)
        reporter.stage("score", len(texts))
        return score(work, self.model.fitted_head(), tokens, np.arange(len(texts)), reporter=reporter).logits

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
