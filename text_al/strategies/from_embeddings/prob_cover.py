"""Texts that together have as many others as possible within a radius."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from text_al.errors import StrategyError
from text_al.neighbours import nearest, unit
from text_al.strategies.base import batch
from text_al.strategies.from_embeddings.k_center import labelled_vectors
from text_al.strategies.selection import best
from text_al.types import BoolArray, Candidates, FloatArray, IntArray

_ROWS = 2048  # in a tile of similarities, which takes 16 MiB
_SAMPLE = 1000  # texts whose distances tell what is near
_ALIKE = 1e-6  # cosines nearer to 1 than that are 1, as far as float32 tells


def _radius(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value == "auto" or (is_number and 0 < value <= 2):
        return value
    raise ValueError(
        f"{value!r} is no distance between vectors of length 1; it must be auto, or above 0 and at most 2."
    )


@batch("prob_cover", needs=["embeddings", "labelled_embeddings"], before_fit=True)
def prob_cover(
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    *,
    delta: Annotated[float | Literal["auto"], BeforeValidator(_radius)] = "auto",
    max_edges: Annotated[int, Field(ge=1)] = 20_000_000,
    max_texts: Annotated[int, Field(ge=1)] = 20_000,
) -> IntArray:
    """Texts that have the most others close to them which no labelled or taken text is close to yet.

    A text covers all within distance delta, embeddings taken at unit length. One after another that text is
    taken that covers the most candidates which neither a labelled nor a taken text covers. Once all are
    covered chance decides.

    The authors choose the greatest delta at which most balls around texts are of one class, classes being
    known or those of a clustering that is trusted. "auto" trusts none: with it a text has on average a share
    1 / (b + 1) of the others within delta, b being labelled and wanted texts together, so that b balls could
    just about cover the pool; or so many as make half of `max_edges`, where those are fewer. It is judged by
    1,000 texts drawn by chance.

    Args:
        candidates: uses `embeddings` (M, D), and `embeddings` (n, D) of `labelled`.
        n: how many.
        rng: draws the sample, and decides between texts that cover equally many.
        delta: the radius, in (0, 2]; a cosine c is a distance of sqrt(2 - 2c).
        max_edges: pairs of texts within the radius, counted both ways; each takes 4 bytes, and about 20
            while they are sought.
        max_texts: candidates at most, as all of them are compared with each other.

    Returns:
        (n,) positions, in the order in which they were taken.

    Raises:
        StrategyError: there are more than `max_texts`, or more than `max_edges` are within the radius.

    Source: Yehuda, Dekel, Hacohen and Weinshall (2022), Active Learning Through a Covering Lens.

    Cost: O(N^2 D) time, O(N + edges) memory
    Use: for the first 50 to 100 labels; later a strategy that knows what the model is unsure of does better
    """
    if len(candidates) > max_texts:
        raise StrategyError(
            f"prob_cover compares all pairs of {len(candidates):,} texts, but max_texts is {max_texts:,}. "
            f"Set active_learning.max_candidates (to {max_texts}) or a sub_pool, or raise max_texts"
        )
    vectors, labelled = unit(np.asarray(candidates.embeddings)), labelled_vectors(candidates)
    least = _least_cosine(vectors, n + len(labelled), max_edges, rng) if delta == "auto" else 1 - delta**2 / 2
    least = min(least, 1 - _ALIKE)
    balls = _Balls.of(vectors, least, max_edges)
    covered = np.zeros(len(vectors), dtype=np.bool_)
    if len(labelled):
        covered = nearest(vectors, labelled, 1).similarities[:, 0] >= least
    return _greedily(balls, covered, n, rng)


def _greedily(balls: "_Balls", covered: BoolArray, n: int, rng: np.random.Generator) -> IntArray:
    """Positions (n,); `covered` (M,) is what need not be covered any more."""
    covered = covered.copy()
    gains = np.diff(balls.starts) - balls.counts(np.flatnonzero(covered))
    taken: list[int] = []
    while len(taken) < n:
        gains[taken] = -1  # below any gain
        taken.append(int(best(gains, 1, rng)[0]))
        ball = balls.around(taken[-1])
        new = ball[~covered[ball]]
        covered[new] = True
        gains -= balls.counts(new)
    return np.array(taken, dtype=np.int64)


@dataclass(frozen=True)
class _Balls:
    """Which vectors are near to which: those near to i are ends[starts[i] : starts[i + 1]], and i is.

    Attributes:
        starts: (M + 1,).
        ends: (edges,) int32.
    """

    starts: IntArray
    ends: IntArray

    @classmethod
    def of(cls, vectors: FloatArray, least: float, max_edges: int) -> "_Balls":
        """Those with a cosine of at least `least`; vectors (M, D) are of unit length.

        Raises:
            StrategyError: there are more than `max_edges`, and they were not kept.
        """
        from scipy.sparse import coo_array

        m = len(vectors)
        found, n_pairs, n_looked_at = [np.tile(np.arange(m, dtype=np.int32), (2, 1))], 0, 0
        for near, row, column in _tiles(vectors, least):
            n_pairs += int(np.count_nonzero(near))
            n_looked_at += near.size // (2 if row == column else 1)
            if 2 * n_pairs > max_edges:
                raise StrategyError(_too_many(least, n_pairs / n_looked_at * m**2, max_edges))
            pairs = (np.argwhere(near) + np.array([row, column])).T.astype(np.int32)
            found += [pairs, pairs[::-1]]
        ends = np.concatenate(found, axis=1)
        graph = coo_array((np.ones(ends.shape[1], np.int8), tuple(ends)), shape=(m, m)).tocsr()
        return cls(graph.indptr.astype(np.int64), graph.indices)

    def around(self, position: int) -> IntArray:
        """(m,) positions in the ball around one."""
        return self.ends[self.starts[position] : self.starts[position + 1]]

    def counts(self, positions: IntArray) -> IntArray:
        """(M,) how many of these positions the ball around each holds."""
        near = [self.around(position) for position in positions]
        return np.bincount(np.concatenate([*near, self.ends[:0]]), minlength=len(self.starts) - 1)


def _tiles(vectors: FloatArray, least: float) -> Iterator[tuple[BoolArray, int, int]]:
    """Which pairs are near, tile by tile, each pair once: (near, the first row, the first column)."""
    for row in range(0, len(vectors), _ROWS):
        block = vectors[row : row + _ROWS]
        for column in range(row, len(vectors), _ROWS):
            near = block @ vectors[column : column + _ROWS].T >= least
            yield (np.triu(near, 1) if row == column else near), row, column


def _least_cosine(vectors: FloatArray, n_balls: int, max_edges: int, rng: np.random.Generator) -> float:
    """The cosine at the radius "auto" of vectors (M, D) of unit length."""
    m = len(vectors)
    if m == 1:
        return 1.0
    sample = vectors[rng.choice(m, size=min(m, _SAMPLE), replace=False)]
    pairs = (sample @ sample.T)[~np.eye(len(sample), dtype=np.bool_)]
    share = min(1 / (n_balls + 1), max_edges / 2 / m**2)
    return float(np.quantile(pairs, 1 - share))


def _too_many(least: float, n_edges: float, max_edges: int) -> str:
    delta = np.sqrt(2 - 2 * least)
    return (
        f"prob_cover: within delta {delta:.3g} there are about {float(f'{n_edges:.2g}'):,.0f} edges between "
        f"texts, but max_edges is {max_edges:,}. Lower delta, raise max_edges, or let fewer texts compete "
        "(active_learning.max_candidates or sub_pool)"
    )
