"""Every way of scoring or choosing that is measured: ours, and peers as their own code does it.

A path prepares what it is to be given, outside the clock, and returns the call that is measured. Peers are
imported only when asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from tests.benchmarks.performance.scorer import NotHereError
from text_al.strategies import STRATEGIES, strategy
from text_al.types import Candidates, FloatArray, Labelled

Call = Callable[[], Any]
Prepare = Callable[[Candidates, int], Call]
"""(candidates, size of a batch) -> what is measured; it returns scores (M,) or positions (batch,)."""


@dataclass(frozen=True)
class Path:
    """One way.

    Attributes:
        name: in tables.
        needs: the parts of the candidates that it reads.
        prepare: makes the call.
        threads: that it may use.
        is_ours: whether it is there without peers.
    """

    name: str
    needs: frozenset[str]
    prepare: Prepare
    threads: int = 1
    is_ours: bool = True


def ours(name: str, *, shown: str = "", threads: int = 1) -> Path:
    """A registered strategy as the loop calls it, its contract's checks included."""
    made = strategy(name)

    def prepare(candidates: Candidates, batch: int) -> Call:
        if made.kind == "score":
            return lambda: made.scores(candidates)
        return lambda: made.choose(candidates, batch, np.random.default_rng(0)).rows

    return Path(shown or name, made.needs, prepare, threads)


def function_of(name: str, *, shown: str) -> Path:
    """The function of a score strategy alone, without the contract's checks of what goes in and comes out."""
    entry = STRATEGIES.entry(name)
    return Path(shown, entry.needs, lambda candidates, _: lambda: entry.function(candidates))


def reading() -> Path:
    """The sum of all probabilities, in float32: what reading the matrix once costs."""
    return Path("np.sum", frozenset({"probs"}), lambda candidates, _: lambda: np.sum(candidates.probs))


def small_text_entropy() -> Path:
    """`PredictionEntropy.get_confidence`: scipy's entropy of each text's probabilities, scaled to sum 1."""

    def prepare(candidates: Candidates, _: int) -> Call:
        _see("small_text", "small-text")
        from small_text.query_strategies import PredictionEntropy

        peer, classifier = PredictionEntropy(), _Known(candidates.probs)
        return lambda: peer.get_confidence(classifier, None, None, None, None)

    return Path("small-text", frozenset({"probs"}), prepare, is_ours=False)


def small_text_cvirs() -> Path:
    """`CategoryVectorInconsistencyAndRanking.score`."""

    def prepare(candidates: Candidates, _: int) -> Call:
        _see("small_text", "small-text")
        from scipy.sparse import csr_matrix
        from small_text.query_strategies import CategoryVectorInconsistencyAndRanking

        peer, known = CategoryVectorInconsistencyAndRanking(pbar=None), _Known(candidates.probs)
        targets = csr_matrix(_labelled(candidates).targets.astype(int))
        indices = np.arange(len(candidates))
        return lambda: peer.score(known, known, indices, None, targets)

    return Path("small-text", frozenset({"probs", "labelled"}), prepare, is_ours=False)


def small_text_coreset() -> Path:
    """`greedy_coreset` with euclidean distances, as `GreedyCoreset` calls it."""

    def prepare(candidates: Candidates, batch: int) -> Call:
        _see("small_text", "small-text")
        from small_text.query_strategies.coresets import greedy_coreset

        vectors, n = _all_vectors(candidates), len(candidates)
        places = np.arange(n), np.arange(n, len(vectors))
        return lambda: greedy_coreset(vectors, *places, batch, distance_metric="euclidean", normalized=True)

    return Path("small-text", frozenset({"embeddings", "labelled_embeddings"}), prepare, is_ours=False)


def scikit_activeml_coreset() -> Path:
    """`CoreSet.query`."""

    def prepare(candidates: Candidates, batch: int) -> Call:
        _see("skactiveml", "scikit-activeml")
        from skactiveml.pool import CoreSet

        vectors = _all_vectors(candidates)
        targets = np.full(len(vectors), np.nan)
        targets[len(candidates) :] = 0
        peer = CoreSet(random_state=0)
        return lambda: peer.query(vectors, targets, batch_size=batch)

    return Path("scikit-activeml", frozenset({"embeddings", "labelled_embeddings"}), prepare, is_ours=False)


class _Known:
    """A classifier, and its data, whose probabilities are known."""

    def __init__(self, probs: FloatArray) -> None:
        self._probs = probs

    def predict_proba(self, _: Any) -> FloatArray:
        """(N, L)."""
        return self._probs

    def __getitem__(self, _: Any) -> "_Known":
        return self


def _all_vectors(candidates: Candidates) -> FloatArray:
    """(N + n, D) of the candidates, then of what is labelled."""
    return np.concatenate([np.asarray(candidates.embeddings), np.asarray(_labelled(candidates).embeddings)])


def _labelled(candidates: Candidates) -> Labelled:
    if candidates.labelled is None:
        raise ValueError("the path must say that it needs what is labelled")
    return candidates.labelled


def _see(module: str, package: str) -> None:
    if find_spec(module) is None:
        raise NotHereError(f"{package} is not installed")
