"""An encoder at work: loaded, on its device, and applied to texts part by part."""

from collections.abc import Iterator
from contextlib import nullcontext

import numpy as np

from text_al.data.cache import Cache
from text_al.reporting import Reporter
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import choose_hardware
from text_al.training.pretrained import Pretrained
from text_al.training.reading import Reading
from text_al.training.scoring import embed
from text_al.training.settings import ComputeSettings
from text_al.types import FloatArray, IntArray, Texts


class Encoding:
    """Makes vectors of texts; nothing of the encoder changes.

    Args:
        pretrained: is loaded now.
        compute: where, and how precisely.
        cache: where tokens are kept.
    """

    def __init__(self, pretrained: Pretrained, compute: ComputeSettings, cache: Cache) -> None:
        loaded, hardware = pretrained.loaded, choose_hardware(compute)
        self.model = MultilabelClassifier(loaded.encoder, 1, pooling=loaded.pooling).to(hardware.device)
        self.reading = Reading(loaded, hardware, cache)

    def parts(
        self, texts: Texts, n_parts: int, reporter: Reporter, *, size: int
    ) -> Iterator[tuple[FloatArray, int]]:
        """Unit vectors (up to `size`, D) float32 from part `n_parts` on, and how many texts were cut.

        Each process encodes its share of every part, and has all of it. Texts that were cut are counted with
        the first part.
        """
        tokens = self.reading.tokens(texts, reporter)
        work = self.reading.work(tokens, lambda: nullcontext(self.model))
        width = self.model.head.in_features
        reporter.stage("encode", len(texts))
        reporter.advance(min(n_parts * size, len(texts)))
        for start in range(n_parts * size, len(texts), size):
            rows: IntArray = np.arange(start, min(start + size, len(texts)))
            vectors = embed(work, tokens, rows, width=width, reporter=reporter)
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            yield vectors / np.where(lengths > 0, lengths, 1.0), tokens.n_cut if start == 0 else 0
