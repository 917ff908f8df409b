"""Many texts through the model: sorted by length, batched by tokens, results in the order asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from text_al.reporting import Reporter
from text_al.training.batches import scoring_batches
from text_al.training.forward import Forward
from text_al.training.linear_head import LinearHead
from text_al.training.processes import place, summed
from text_al.training.tokens import Tokens
from text_al.types import FloatArray, IntArray


@dataclass(frozen=True)
class Work:
    """How texts go through the model: by which forward pass, and in batches of how many tokens."""

    forward: Forward
    max_tokens: int


@dataclass(frozen=True)
class Scores:
    """Of M texts: logits (M, L) and, where they were kept, pooled vectors (M, D), else (M, 0); float32."""

    logits: FloatArray
    embeddings: FloatArray


def score(
    work: Work,
    head: LinearHead,
    tokens: Tokens,
    rows: IntArray,
    *,
    reporter: Reporter,
    keep_embeddings: bool = False,
) -> Scores:
    """One forward pass over the texts `rows` (M,) of `tokens`, dropout off.

    Args:
        work: how.
        head: (L, D), applied in float32.
        tokens: of a whole pool or set.
        rows: (M,) which texts, in the order wanted.
        reporter: hears of the progress.
        keep_embeddings: whether to return them; without, memory does not grow with D.
    """
    weights, bias = head.weights.astype(np.float32), head.bias.astype(np.float32)
    logits = np.zeros((len(rows), len(bias)), dtype=np.float32)
    embeddings = np.zeros((len(rows), weights.shape[1] if keep_embeddings else 0), dtype=np.float32)
    for batch, pooled in _pooled(work, tokens, rows, reporter):
        logits[batch] = pooled @ weights.T + bias
        if keep_embeddings:
            embeddings[batch] = pooled
    return Scores(summed(logits), summed(embeddings))


def embed(work: Work, tokens: Tokens, rows: IntArray, *, width: int, reporter: Reporter) -> FloatArray:
    """(M, D) float32 pooled vectors of the texts `rows` (M,) of `tokens`; `width` is D."""
    embeddings = np.zeros((len(rows), width), dtype=np.float32)
    for batch, pooled in _pooled(work, tokens, rows, reporter):
        embeddings[batch] = pooled
    return summed(embeddings)


def _pooled(
    work: Work, tokens: Tokens, rows: IntArray, reporter: Reporter
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Positions in `rows` and their pooled vectors, batch by batch; of this process's share alone."""
    for batch in _own_share(scoring_batches(tokens.lengths[rows], work.max_tokens)):
        yield batch, work.forward(tokens, rows[batch])
        reporter.advance(len(batch))


def _own_share(batches: Iterator[IntArray]) -> Iterator[IntArray]:
    """Every n-th batch where n processes score together, else all; what is left out stays zero."""
    rank, n_processes = place()
    return islice(batches, rank, None, n_processes)
