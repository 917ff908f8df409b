"""A classifier together with how it reads texts: its tokens, its forward pass, and where it runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

import numpy as np

from text_al.data.cache import Cache
from text_al.reporting import Reporter, Silent
from text_al.seeds import torch_seed
from text_al.training.classifier import MultilabelClassifier
from text_al.training.compiling import compile_encoder
from text_al.training.device import choose_hardware
from text_al.training.encoders import load_encoder
from text_al.training.forward import Padded
from text_al.training.frozen import FrozenEncoder
from text_al.training.label_names import LabelNames
from text_al.training.memory import keep_freed_memory
from text_al.training.model import TextList
from text_al.training.name_texts import name_texts
from text_al.training.pretrained import Pretrained, reader_of
from text_al.training.randomness import own_randomness
from text_al.training.reading import Reading
from text_al.training.scoring import Scores, Work, embed, score
from text_al.training.settings import ComputeSettings, EncoderSettings
from text_al.training.tokens import TokenSet, tokenise
from text_al.types import FloatArray, IntArray, Label, LabelledTexts, Texts


class EncoderModel:
    """A pretrained encoder with a head of L labels.

    Args:
        pool: N texts, on which the forward pass is chosen.
        n_labels: L.
        encoder: which encoder, and how its tokens become one vector.
        compute: where, and how precisely.
        seed: draws what a pretrained encoder lacks.
        cache: where tokens and the vectors of the pretrained encoder are kept.

    Attributes:
        model: the classifier.
        pretrained: the encoder's weights as they were loaded.
    """

    def __init__(
        self,
        pool: Texts,
        n_labels: int,
        *,
        encoder: EncoderSettings,
        compute: ComputeSettings,
        seed: int,
        cache: Cache,
    ) -> None:
        self.pool, self.settings, self.compute, self.cache = pool, encoder, compute, cache
        self.hardware = choose_hardware(compute)
        keep_freed_memory()
        with own_randomness(self.hardware.device, torch_seed(seed, 0, 0)):
            self.loaded = load_encoder(encoder)
        self.model = MultilabelClassifier(
            self.loaded.encoder, n_labels, pooling=self.loaded.pooling, dropout=encoder.dropout
        ).to(self.hardware.device)
        if self.hardware.compiled:
            compile_encoder(self.model)
        self.pretrained = {name: tensor.clone() for name, tensor in self.model.encoder.state_dict().items()}
        self.reading = Reading(self.loaded, self.hardware, cache)

    def token_set(self, labelled: LabelledTexts, reporter: Reporter) -> TokenSet:
        """A labelled set as tokens."""
        tokens = self.reading.tokens(labelled.source, reporter)
        return TokenSet(tokens, np.arange(len(tokens)), labelled.targets)

    def named(self, labels: Sequence[Label]) -> TokenSet:
        """What is said of the labels, as texts that have them."""
        texts, targets = name_texts(labels)
        tokens = tokenise(TextList(texts), self.loaded.tokenizer, self.loaded.max_length, Silent())
        return TokenSet(tokens, np.arange(len(tokens)), targets)

    def work(self, reporter: Reporter, texts: Texts | None = None) -> Work:
        """How texts are scored; a model without a pool chooses by the first texts it sees."""
        seen = self.pool if texts is None or len(self.pool) else texts
        return self.reading.work(self.reading.tokens(seen, reporter), self._as_pretrained)

    def score_pool(
        self, rows: IntArray, reporter: Reporter, *, stage: str = "score", keep_embeddings: bool = False
    ) -> Scores:
        """Logits, and maybe pooled vectors, of the pool's rows (M,); reporters hear of it as `stage`."""
        tokens, head = self.reading.tokens(self.pool, reporter), self.model.fitted_head()
        work = self.work(reporter)
        reporter.stage(stage, len(rows))
        return score(work, head, tokens, rows, reporter=reporter, keep_embeddings=keep_embeddings)

    def embed_pool(self, rows: IntArray, reporter: Reporter) -> FloatArray:
        """(M, D) float32 pooled vectors of the pool's rows (M,), by the weights that the model has now."""
        tokens, width = self.reading.tokens(self.pool, reporter), self.model.head.in_features
        work = self.work(reporter)
        reporter.stage("head", len(rows))
        return embed(work, tokens, rows, width=width, reporter=reporter)

    def logits(self, texts: Texts, reporter: Reporter, *, exact: bool = False) -> FloatArray:
        """(N, L) float32 logits of all texts; `exact`: in fp32, padded, whatever the model works with."""
        work = self._exact() if exact else self.work(reporter, texts)
        tokens = self.reading.tokens(texts, reporter)
        reporter.stage("score", len(texts))
        head = self.model.fitted_head()
        return score(work, head, tokens, np.arange(len(texts)), reporter=reporter).logits

    def names_directions(self, labels: Sequence[Label]) -> FloatArray | None:
        """(L, D) where the label names lie among vectors of unit length; None without a pool."""
        return None if len(self.pool) == 0 else self._names.directions(labels)

    @cached_property
    def frozen(self) -> FrozenEncoder:
        """The encoder as it was before any fit."""
        return FrozenEncoder(Pretrained(self.settings, self.cache), self.compute, self.cache)

    @cached_property
    def _names(self) -> LabelNames:
        reader = reader_of(self.settings, self.cache)
        reads = None if reader is None else FrozenEncoder(reader, self.compute, self.cache)
        return LabelNames(self.pool, self.frozen, reader=reads)

    def _exact(self) -> Work:
        exact = replace(self.hardware, bf16=False)
        return Work(Padded(self.model, hardware=exact, pad_id=self.loaded.pad_id), exact.score_tokens)

    @contextmanager
    def _as_pretrained(self) -> Iterator[MultilabelClassifier]:
        """Within it, the model has the weights it began with."""
        trained = {name: tensor.clone() for name, tensor in self.model.encoder.state_dict().items()}
        self.model.encoder.load_state_dict(self.pretrained)
        try:
            yield self.model
        finally:
            self.model.encoder.load_state_dict(trained)
