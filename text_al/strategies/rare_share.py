"""A share of each batch for labels that have few positives so far, beside any strategy."""

from dataclasses import dataclass

import numpy as np

from text_al.errors import StrategyError
from text_al.strategies.base import Chooser, Chosen
from text_al.strategies.checks import check_candidates
from text_al.strategies.rare import MIN_POSITIVES, n_positives
from text_al.strategies.turns import Taken, by_turns
from text_al.types import Candidates, IntArray

_NEEDS = frozenset({"probs", "labelled"})


@dataclass(frozen=True)
class RareShare:
    """A chooser that gives a share of each batch to labels that lack positives, the rest to a strategy.

    The share is used only as far as labels lack positives; once none does, the strategy has all, and chooses
    as if it were alone. The texts are chosen together, so that all candidates are held at once.

    Attributes:
        strategy: chooses the rest.
        labels: L names, for the reasons.
        share: of a batch, in [0, 1].
        min_positives: a label that may expect so many is not searched for, see `strategies.turns.by_turns`.
    """

    strategy: Chooser
    labels: tuple[str, ...]
    share: float
    min_positives: int = MIN_POSITIVES

    @property
    def name(self) -> str:
        """The strategy's, and what is added to it."""
        return f"{self.strategy.name} + rare_label_search"

    @property
    def needs(self) -> frozenset[str]:
        """What the strategy needs, and what the search does."""
        return getattr(self.strategy, "asks", self.strategy.needs) | _NEEDS

    def choose(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Chosen:
        """At most n of the candidates, those found for rare labels first.

        Without scores where any was, as no score says both for which label and for what else.

        Raises:
            StrategyError: the candidates lack what is needed or are not finite, or of the strategy.
        """
        check_candidates(self.name, candidates, self.needs)
        positives, size = n_positives(candidates), round(self.share * min(n, len(candidates)))
        self._check_labels(positives)
        sought = by_turns(candidates.probs, positives, size, rng, enough=self.min_positives)
        # Asked for a whole batch: none of its texts may be among those found, or all of them.
        others = self.strategy.choose(candidates, n, rng)
        if not len(sought):
            return others
        found = candidates.rows[sought.positions]
        rest = np.flatnonzero(~np.isin(others.rows, found))[: len(others) - len(found)]
        reasons = (*self._reasons(sought, positives), *(others.reasons[place] for place in rest))
        return Chosen(np.concatenate([found, others.rows[rest]]), None, reasons)

    def _check_labels(self, positives: IntArray) -> None:
        if len(positives) != len(self.labels):
            raise StrategyError(f"{self.name} knows {len(self.labels)} labels, not {len(positives)}")

    def _reasons(self, sought: Taken, positives: IntArray) -> tuple[str, ...]:
        return tuple(
            f"likeliest of the open texts for {self.labels[label]}, which has {_said(int(positives[label]))}"
            for label in sought.labels
        )


def _said(n: int) -> str:
    return {0: "no positive", 1: "1 positive"}.get(n, f"{n} positives")
