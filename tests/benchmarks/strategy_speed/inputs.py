"""Made-up candidates of any size, as a learner would show them; a seed gives the same ones to every path."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.metrics import sigmoid
from text_al.types import Candidates, FloatArray, Labelled

BLOCK = 2**20
"""Numbers drawn at a time: what making the input takes beyond the input."""

TOPICS = 100
"""Directions around which the vectors lie; two vectors of one have a cosine of about 0.5."""


@dataclass(frozen=True)
class Shape:
    """How large the input is.

    Attributes:
        n_labels: L.
        mean_logit: of every label, with deviation 2. The default predicts 1.1 of 28 labels, as in GoEmotions.
        width: D, of vectors of length 1.
        n_passes: T, in half precision; a member's logits differ from the mean with deviation 0.7.
        n_labelled: texts that are labelled.
        batch: texts that a batch strategy chooses.
    """

    n_labels: int = 28
    mean_logit: float = -3.5
    width: int = 384
    n_passes: int = 10
    n_labelled: int = 500
    batch: int = 50


def made(n: int, shape: Shape, needs: Iterable[str], *, seed: int) -> Candidates:
    """N candidates, with those optional parts that a strategy needs."""
    needs = frozenset(needs)
    topics = np.random.default_rng([seed, 0]).standard_normal((TOPICS, shape.width), dtype=np.float32)

    def part(number: int) -> np.random.Generator:
        return np.random.default_rng([seed, number])

    given: dict[str, Any] = {}
    logits = _logits(n, shape, part(1))
    if "embeddings" in needs:
        given["embeddings"] = _vectors(n, topics, part(2))
    if "passes" in needs:
        given["passes"] = _passes(logits, shape.n_passes, part(3))
    if "label_embeddings" in needs:
        given["label_embeddings"] = _vectors(shape.n_labels, topics, part(4))
    if any(need.startswith("labelled") for need in needs):
        given["labelled"] = _labelled(n, shape, topics, part(5))
    return Candidates(np.arange(n), logits, _probs(logits), np.full(shape.n_labels, 0.5), **given)


def _labelled(n: int, shape: Shape, topics: FloatArray, rng: np.random.Generator) -> Labelled:
    """Texts behind the candidates in the pool, with all their parts."""
    probs = _probs(_logits(shape.n_labelled, shape, rng))
    targets = (rng.random(probs.shape) < probs).astype(np.int8)
    vectors = _vectors(shape.n_labelled, topics, rng)
    return Labelled(np.arange(n, n + shape.n_labelled), targets, probs, vectors)


def _logits(n: int, shape: Shape, rng: np.random.Generator) -> FloatArray:
    def drawn(out: FloatArray) -> FloatArray:
        return 2 * rng.standard_normal(out.shape, dtype=np.float32) + np.float32(shape.mean_logit)

    return _filled((n, shape.n_labels), drawn)


def _probs(logits: FloatArray) -> FloatArray:
    probs = np.empty_like(logits)
    for rows in _blocks(*logits.shape):
        probs[rows] = sigmoid(logits[rows])
    return probs


def _vectors(n: int, topics: FloatArray, rng: np.random.Generator) -> FloatArray:
    def drawn(out: FloatArray) -> FloatArray:
        near = topics[rng.integers(0, len(topics), len(out))]
        vectors = near + rng.standard_normal(out.shape, dtype=np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    return _filled((n, topics.shape[1]), drawn)


def _passes(logits: FloatArray, n_passes: int, rng: np.random.Generator) -> FloatArray:
    passes = np.empty((n_passes, *logits.shape), dtype=np.float16)
    for member in passes:
        for rows in _blocks(*logits.shape):
            noise = rng.standard_normal(logits[rows].shape, dtype=np.float32)
            member[rows] = sigmoid(logits[rows] + np.float32(0.7) * noise)
    return passes


def _filled(shape: tuple[int, int], drawn: Callable[[FloatArray], FloatArray]) -> FloatArray:
    array = np.empty(shape, dtype=np.float32)
    for rows in _blocks(*shape):
        array[rows] = drawn(array[rows])
    return array


def _blocks(n: int, width: int) -> Iterator[slice]:
    step = max(1, BLOCK // width)
    return (slice(start, start + step) for start in range(0, n, step))
