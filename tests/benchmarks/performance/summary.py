"""What the repetitions of a scoring table come to: medians, ratios, and how far probabilities differ."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

from tests.benchmarks.performance.measuring import Measured
from tests.benchmarks.performance.routes import OURS, TRAINER, Route
from tests.benchmarks.performance.scorer import Scored
from text_al.strategies import strategy
from text_al.types import Candidates, FloatArray, IntArray

QUERY = 50
LEAST_FOR_OVERLAP = 500
"""The best 50 of fewer are no selection."""


class Work:
    """The floating-point work in texts, without padding: two operations a weight and token, and attention."""

    def __init__(self, lengths: IntArray, weights: int, attention: int, n_layers: int) -> None:
        self._lengths, self._n_layers = lengths, n_layers
        self._weights, self._attention = weights, attention

    def gflop(self, n: int, max_length: int) -> float:
        """Of the first n texts, cut at `max_length`."""
        kept = np.minimum(self._lengths[:n], max_length)
        operations = 2 * self._n_layers * kept * (self._weights + self._attention * kept)
        return float(operations.sum()) * 1e-9


class Summary:
    """What the repetitions come to, as rows of the table."""

    def __init__(self, found: Sequence[Measured[Scored]], work: Work, small_text: str) -> None:
        self._of: dict[str, dict[int, Measured[Scored]]] = {}
        for one in found:
            self._of.setdefault(one.path, {})[one.repetition] = one
        self._work, self._small_text = work, small_text
        self._exact = self._of[OURS][0].found.probs

    def row(self, route: Route) -> Mapping[str, Any]:
        """Medians of one route."""
        ones = self._of[route.name].values()
        gflop = self._work.gflop(route.n, route.max_length)
        tokenising = [one.found.tokenising for one in ones if one.found.tokenising]
        probs = self._of[route.name][0].found.probs
        return {
            "path": route.name,
            "n": route.n,
            "texts per CPU-s": median(route.n / one.found.seconds for one in ones),
            "without tokenising": median(route.n / one.found.scoring for one in ones) if tokenising else None,
            "tokenising alone": route.n / median(tokenising) if tokenising else None,
            "useful GFLOP per CPU-s": median(gflop / one.found.scoring for one in ones),
            "% of fp32 matmul": median(100 * gflop / one.found.scoring / one.limit.fp32 for one in ones),
            "x Trainer dynamic": self._times(route.name, TRAINER),
            "x small-text": self._times(route.name, self._small_text),
            "largest dp": float(np.abs(probs - self._exact[: route.n]).max()),
            "same top 50": overlap(probs, self._exact[: route.n]) if route.n >= LEAST_FOR_OVERLAP else None,
        }

    def _times(self, name: str, other: str) -> float | None:
        """Median over the repetitions of how many times as many texts per second, tokenising included."""
        if other not in self._of:
            return None
        rates = [
            {at: len(one.found.probs) / one.found.seconds for at, one in self._of[path].items()}
            for path in (name, other)
        ]
        return median(rates[0][at] / rates[1][at] for at in rates[0])


def overlap(probs: FloatArray, exact: FloatArray) -> int:
    """How many of the 50 texts that the margin would ask about are the same."""
    return len(np.intersect1d(_best(probs), _best(exact)))


def _best(probs: FloatArray) -> IntArray:
    rows, n_labels = np.arange(len(probs)), probs.shape[1]
    seen = Candidates(rows, np.zeros_like(probs), probs, np.full(n_labels, 0.5))
    return strategy("multilabel_margin").choose(seen, QUERY, np.random.default_rng(0)).rows
