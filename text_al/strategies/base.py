"""What a strategy is, how it is registered, and how it is called.

A strategy is a pure function over arrays; it never sees the model, and higher means more worth labelling. Its
keyword-only parameters are its settings in YAML. There are two kinds:

*score* `(candidates) -> (M,)`: each text by itself, so that a pool may come in parts; a selection rule turns
scores into a batch. One registered as `relative` scores texts by comparison with all others, and sees them
at once.
*batch* `(candidates, n, rng) -> (n,)`: n different positions among the candidates, best first.

Neither is ever called with no candidates, nor asked for more texts than there are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, Self, TypeVar, cast

import numpy as np

from text_al.errors import StrategyError
from text_al.registry import Registry
from text_al.strategies.checks import check_candidates, check_inclusion, check_positions, check_scores
from text_al.strategies.chunks import chunks_of, read_only
from text_al.strategies.selection import BEST, Drawn, Embeddings, Selection
from text_al.types import Candidates, FloatArray, IntArray, Need

Kind = Literal["score", "batch"]
F = TypeVar("F", bound=Callable[..., Any])

STRATEGIES: Registry[Callable[..., Any]] = Registry("strategy")
CHUNK = 65_536  # candidates scored at a time: all that a score strategy's temporaries grow with


def score(
    name: str,
    *,
    needs: Iterable[Need] = (),
    symmetric: bool = False,
    relative: bool = False,
    propagates: bool = False,
) -> Callable[[F], F]:
    """Register a function `(candidates, *, settings) -> (M,)` as a strategy.

    Args:
        name: what YAML calls it.
        needs: the parts of `Candidates` it reads; "probs" stands for logits, probs and thresholds,
            "labelled" for rows and targets of what is labelled, "labelled_probs" and "labelled_embeddings"
            for what the model makes of these too.
        symmetric: claims that p and 1 - p score alike; `text_al.testing.check_strategy` holds it to that.
        relative: says that a text's score depends on the other candidates, which it then sees all at once.
        propagates: says that whatever it reads of a text that is not finite makes its score not finite, so
            that candidates need not be looked through before.
    """
    said = {"symmetric": symmetric, "relative": relative, "propagates": propagates}
    claims = [claim for claim, claimed in said.items() if claimed]
    return cast("Callable[[F], F]", STRATEGIES.register(name, needs=needs, kind="score", claims=claims))


def batch(
    name: str, *, needs: Iterable[Need] = (), before_fit: bool = False, uniform: bool = False
) -> Callable[[F], F]:
    """Register a function `(candidates, n, rng, *, settings) -> (n,)` positions as a strategy.

    Args:
        name: what YAML calls it.
        needs: as for `score`.
        before_fit: claims that it makes sense of a learner that was never fitted: it reads no probs, or
            those of the label names.
        uniform: says that every candidate is as likely to be chosen as any other.
    """
    claims = [name for name, claimed in (("before_fit", before_fit), ("uniform", uniform)) if claimed]
    return cast("Callable[[F], F]", STRATEGIES.register(name, needs=needs, kind="batch", claims=claims))


@dataclass(frozen=True)
class Chosen:
    """What was chosen.

    Attributes:
        rows: (n,) of the pool, best first.
        scores: (n,) if there are any.
        reasons: (n,) a sentence each.
        inclusion: (n,) in (0, 1]: how likely each row was to be chosen; None where that is not known.
    """

    rows: IntArray
    scores: FloatArray | None
    reasons: tuple[str, ...]
    inclusion: FloatArray | None = None

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
        claims: what it says of itself: "symmetric", "relative", "before_fit", "uniform"; see `score`.
        selection: how scores become a batch; a batch strategy does not use it.
    """

    name: str
    kind: Kind
    function: Callable[..., Any]
    needs: frozenset[str] = frozenset()
    settings: Mapping[str, Any] = field(default_factory=dict)
    claims: frozenset[str] = frozenset()
    selection: Selection = BEST

    @property
    def is_by_text(self) -> bool:
        """Whether each text is scored by itself, so that a pool may come in parts."""
        return self.kind == "score" and "relative" not in self.claims

    @property
    def asks(self) -> frozenset[str]:
        """What candidates must have where all are seen at once: for the strategy, and for its selection."""
        return self.needs | self.selection.needs if self.kind == "score" else self.needs

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
            return self.choose_by(
                self.scores(candidates), candidates.rows, n, rng, embeddings=_embeddings_of(candidates)
            )
        check_candidates(self.name, candidates, self.needs)
        positions = self.function(read_only(candidates), n, rng, **self.settings)
        check_positions(self.name, positions, n, len(candidates))
        reasons = tuple(f"{self.name}: {i} of {n} chosen together" for i in range(1, n + 1))
        inclusion = np.full(n, n / len(candidates)) if "uniform" in self.claims else None
        return Chosen(candidates.rows[positions], None, reasons, inclusion)

    def choose_by(
        self,
        scores: FloatArray,
        rows: IntArray,
        n: int,
        rng: np.random.Generator,
        *,
        embeddings: Embeddings | None = None,
    ) -> Chosen:
        """The n rows that the selection rule takes by scores (M,) made before, as when a pool comes in parts.

        Args:
            scores: (M,) finite.
            rows: (M,) of the pool.
            n: how many.
            rng: of the rule.
            embeddings: gives the vectors of positions among the rows, for a rule that needs them.

        Raises:
            StrategyError: the selection rule broke its contract, or lacks what it needs.
        """
        n = min(n, len(rows))
        drawn = self.selection(scores, n, rng, embeddings=embeddings)
        name = f"{self.name}, selection"
        check_positions(name, drawn.positions, n, len(rows))
        check_inclusion(name, drawn.inclusion, n)
        return Chosen(
            rows[drawn.positions],
            scores[drawn.positions],
            self._reasons(drawn, scores),
            drawn.inclusion,
        )

    def scores(self, candidates: Candidates, *, chunk: int = CHUNK) -> FloatArray:
        """(M,) scores of a score strategy.

        Where each text is scored by itself that is done chunk by chunk, so that memory follows the chunk.

        Raises:
            StrategyError: as for `choose`, or the strategy is of kind batch.
        """
        if self.kind != "score":
            raise StrategyError(f"{self.name} chooses texts together; it gives no scores")
        scores = np.empty(len(candidates))
        for start, part in chunks_of(candidates, chunk if self.is_by_text else max(len(candidates), 1)):
            if "propagates" not in self.claims:
                check_candidates(self.name, part, self.needs)
            found = self.function(part, **self.settings)
            if "propagates" in self.claims and not np.isfinite(found).all():
                check_candidates(self.name, part, self.needs)
            check_scores(self.name, found, part)
            scores[start : start + len(part)] = found
        return scores

    def _reasons(self, drawn: Drawn, scores: FloatArray) -> tuple[str, ...]:
        rule = "" if self.selection.name == "best" else f" by {self.selection.name}"
        return tuple(
            f"{self.name}: {value:.4g}, {place} of {len(scores)}{rule}"
            for place, value in enumerate(scores[drawn.positions], start=1)
        )


def _embeddings_of(candidates: Candidates) -> Embeddings | None:
    vectors = candidates.embeddings
    return None if vectors is None else lambda positions: vectors[positions]


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
        claims=entry.claims,
    )
