"""What a strategy is, how it is registered, and how it is called.

A strategy is a pure function over arrays; it never sees the model, and higher means more worth labelling. Its
keyword-only parameters are its settings in YAML. There are two kinds:

*score* `(candidates) -> (M,)`: each text by itself; a selection rule turns scores into a batch.
*batch* `(candidates, n, rng) -> (n,)`: n different positions among the candidates, best first.

Neither is ever called with no candidates, nor asked for more texts than there are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, Self, TypeVar, cast

import numpy as np

from text_al.errors import StrategyError
from text_al.registry import Registry
from text_al.strategies.checks import check_candidates, check_positions, check_scores
from text_al.strategies.chunks import chunks_of, read_only
from text_al.strategies.selection import Selection, best
from text_al.types import Candidates, FloatArray, IntArray, Need

Kind = Literal["score", "batch"]
F = TypeVar("F", bound=Callable[..., Any])

STRATEGIES: Registry[Callable[..., Any]] = Registry("strategy")
CHUNK = 65_536  # candidates scored at a time: all that a score strategy's temporaries grow with


def score(name: str, *, needs: Iterable[Need] = (), symmetric: bool = False) -> Callable[[F], F]:
    """Register a function `(candidates, *, settings) -> (M,)` as a strategy.

    Args:
        name: what YAML calls it.
        needs: the parts of `Candidates` it reads; "probs" stands for logits, probs and thresholds.
        symmetric: claims that p and 1 - p score alike; `text_al.testing.check_strategy` holds it to that.
    """
    claims = ["symmetric"] if symmetric else []
    return cast("Callable[[F], F]", STRATEGIES.register(name, needs=needs, kind="score", claims=claims))


def batch(name: str, *, needs: Iterable[Need] = (), before_fit: bool = False) -> Callable[[F], F]:
    """Register a function `(candidates, n, rng, *, settings) -> (n,)` positions as a strategy.

    Args:
        name: what YAML calls it.
        needs: the parts of `Candidates` it reads; "probs" stands for logits, probs and thresholds.
        before_fit: claims that it makes sense of a learner that was never fitted, and knows label names only.
    """
    claims = ["before_fit"] if before_fit else []
    return cast("Callable[[F], F]", STRATEGIES.register(name, needs=needs, kind="batch", claims=claims))


@dataclass(frozen=True)
class Chosen:
    """What was chosen: pool rows (n,), best first, their scores (n,) if there are any, a sentence each."""

    rows: IntArray
    scores: FloatArray | None
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)


class Chooser(Protocol):
    """Whatever chooses rows: a strategy, or something that combines several."""

    @property
    def name(self) -> str:
        """What it is called in requests and records."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """The parts of `Candidates` it reads."""
        ...

    def choose(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Chosen:
        """At most n of the candidates."""
        ...


@dataclass(frozen=True)
class Strategy:
    """A strategy with its settings; calling it checks what it is given and what it gives.

    Attributes:
        name: its registered name.
        kind: "score" or "batch".
        function: the pure function.
        needs: the parts of `Candidates` it reads.
        settings: its keyword arguments.
        symmetric: whether it claims that p and 1 - p score alike.
        selection: how scores become a batch; a batch strategy does not use it.
    """

    name: str
    kind: Kind
    function: Callable[..., Any]
    needs: frozenset[str] = frozenset()
    settings: Mapping[str, Any] = field(default_factory=dict)
    symmetric: bool = False
    selection: Selection = best

    def with_selection(self, selection: Selection) -> Self:
        """The same strategy, with another rule to turn scores into a batch."""
        return replace(self, selection=selection)

    def choose(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Chosen:
        """The n candidates most worth labelling, or all of them where there are fewer.

        Args:
            candidates: M texts as the model sees them; they are not modified.
            n: how many, >= 0.
            rng: the only source of chance.

        Raises:
            StrategyError: the candidates lack what the strategy needs or are not finite, or the strategy
                broke its contract.
        """
        if n < 0:
            raise StrategyError(f"{self.name}: {n} texts cannot be chosen; ask for 0 or more")
        n = min(n, len(candidates))
        if n == 0:
            return Chosen(np.empty(0, dtype=np.int64), None, ())
        if self.kind == "score":
            return self.choose_by(self.scores(candidates), candidates.rows, n, rng)
        check_candidates(self.name, candidates, self.needs)
        positions = self.function(read_only(candidates), n, rng, **self.settings)
        check_positions(self.name, positions, n, len(candidates))
        reasons = tuple(f"{self.name}: {i} of {n} chosen together" for i in range(1, n + 1))
        return Chosen(candidates.rows[positions], None, reasons)

    def choose_by(self, scores: FloatArray, rows: IntArray, n: int, rng: np.random.Generator) -> Chosen:
        """The n rows that the selection rule takes by scores (M,) made before, as when a pool comes in parts.

        Raises:
            StrategyError: the selection rule broke its contract.
        """
        n = min(n, len(rows))
        positions = self.selection(scores, n, rng)
        check_positions(f"{self.name}, selection", positions, n, len(rows))
        taken = scores[positions]
        reasons = tuple(
            f"{self.name}: {value:.4g}, {place} of {len(rows)}" for place, value in enumerate(taken, start=1)
        )
        return Chosen(rows[positions], taken, reasons)

    def scores(self, candidates: Candidates, *, chunk: int = CHUNK) -> FloatArray:
        """(M,) scores of a score strategy, computed chunk by chunk, so that memory follows the chunk, not M.

        Raises:
            StrategyError: as for `choose`, or the strategy is of kind batch.
        """
        if self.kind != "score":
            raise StrategyError(f"{self.name} chooses texts together; it gives no scores")
        scores = np.empty(len(candidates))
        for start, part in chunks_of(candidates, chunk):
            check_candidates(self.name, part, self.needs)
            found = self.function(part, **self.settings)
            check_scores(self.name, found, part)
            scores[start : start + len(part)] = found
        return scores


def strategy(name: str, **settings: Any) -> Strategy:
    """The registered strategy with these settings.

    Example:
        >>> strategy("margin").kind
        'score'

    Raises:
        UnknownNameError: nothing is registered under `name`.
        SettingsError: the settings do not fit its signature.
    """
    entry = STRATEGIES.entry(name)
    return Strategy(
        name=name,
        kind=cast("Kind", entry.kind),
        function=entry.function,
        needs=entry.needs,
        settings=entry.check(settings),
        symmetric="symmetric" in entry.claims,
    )
