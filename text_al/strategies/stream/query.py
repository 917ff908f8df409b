"""Choosing from a stream: which of the texts that have just come to ask about, in order, within a budget."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from text_al.errors import StrategyError
from text_al.seeds import generator
from text_al.strategies.base import Strategy, strategy
from text_al.strategies.stream.budget import Budget
from text_al.strategies.stream.recent import Recent
from text_al.strategies.stream.rules import Rule, Seen, VariableUncertainty
from text_al.types import BoolArray, Candidates

_FORMAT = 1


class StreamQuery:
    """Decides on each text as it comes: whether it is worth a question, so that a given share is asked about.

    Texts are decided on one by one, so that it makes no difference in what parts they come. The state is
    small and plain: saved and restored, the decisions go on as if nothing had happened.

    Args:
        score: a strategy that scores each text by itself from probabilities alone, by name or with its
            settings.
        rule: moves the threshold.
        share: of the texts to be asked about, in (0, 1].
        seed: of all chance, >= 0.
        window: texts that the budget looks back on; see `Budget`.
        slack: by how much the share may be exceeded for a while, relative; see `Budget`.
        memory: how many of the latest scores a new one is compared with.

    Attributes:
        n_seen: texts decided on so far.
        n_asked: of them, those to ask about.
        theta: the rule's threshold now.

    Raises:
        StrategyError: the strategy compares texts with each other, or needs more than probabilities.
        ValueError: a number makes no sense.

    Example:
        >>> import numpy as np
        >>> from text_al import Candidates
        >>> from text_al.strategies.stream import StreamQuery
        >>> stream = StreamQuery("multilabel_margin", share=1.0)
        >>> probs = np.array([[0.9, 0.2]])
        >>> stream.decide(Candidates(np.array([0]), np.log(probs / (1 - probs)), probs, np.array([0.5, 0.5])))
        array([ True])
    """

    def __init__(
        self,
        score: str | Strategy = "multilabel_margin",
        *,
        rule: Rule | None = None,
        share: float = 0.1,
        seed: int = 0,
        window: int = 500,
        slack: float = 0.2,
        memory: int = 500,
    ) -> None:
        if seed < 0:
            raise ValueError(f"seed is {seed}; give 0 or more")
        self._strategy = _checked(score if isinstance(score, Strategy) else strategy(score))
        self._rule = rule or VariableUncertainty()
        self._budget = Budget(share, window, slack)
        self._seed, self._memory = seed, memory
        self._recent = Recent(memory)
        self._used = 0.0
        self.n_seen, self.n_asked = 0, 0
        self.theta = self._rule.start(share)

    @property
    def spent(self) -> float:
        """The share asked about among the latest texts, as the budget estimates it."""
        return self._used / self._budget.window

    def decide(self, candidates: Candidates) -> BoolArray:
        """Which of the texts (M,) that have just come to ask about, decided on in their order.

        Args:
            candidates: uses what the score uses.

        Raises:
            StrategyError: the model's numbers are not finite; nothing was decided.
        """
        scores = self._strategy.scores(candidates)
        return np.array([self._decide(score) for score in scores.tolist()], dtype=np.bool_)

    def state(self) -> dict[str, Any]:
        """All that later decisions depend on, ready for JSON."""
        return {
            "format": _FORMAT,
            "about": self._about(),
            "n_seen": self.n_seen,
            "n_asked": self.n_asked,
            "used": self._used,
            "theta": self.theta,
            "recent": self._recent.scores(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a state.

        Args:
            state: of a stream with the same settings.

        Raises:
            StrategyError: it is no such state; says what differs. Nothing was changed.
        """
        self._check(state)
        try:
            recent = Recent(self._memory, (float(score) for score in state["recent"]))
            n_seen, n_asked = int(state["n_seen"]), int(state["n_asked"])
            used, theta = float(state["used"]), float(state["theta"])
        except (KeyError, TypeError, ValueError) as error:
            raise StrategyError(
                f"the state of the stream is not whole ({error!r}); start without it"
            ) from error
        self._recent, self.n_seen, self.n_asked, self._used, self.theta = recent, n_seen, n_asked, used, theta

    def _decide(self, score: float) -> bool:
        # Each text has a generator of its own: what is drawn for it depends on its number only.
        rng = generator(self._seed, self.n_seen, "stream")
        text = Seen(score, self._recent.place(score, rng.random()), rng)
        asked = False
        if self._budget.allows(self._used):
            asked = bool(self._rule.asks(text, self.theta))
            self.theta = self._rule.moved(self.theta, self._budget.share, asked=asked)
        self._used = self._budget.after(self._used, asked=asked)
        self._recent.add(score)
        self.n_seen += 1
        self.n_asked += asked
        return asked

    def _about(self) -> dict[str, Any]:
        return {
            "score": self._strategy.name,
            "settings": {name: repr(value) for name, value in sorted(self._strategy.settings.items())},
            "rule": repr(self._rule),
            "budget": repr(self._budget),
            "seed": self._seed,
            "memory": self._memory,
        }

    def _check(self, state: Mapping[str, Any]) -> None:
        if state.get("format") != _FORMAT:
            raise StrategyError("this is no state of a stream that this version can read; start without it")
        mine, its = self._about(), state.get("about") or {}
        differing = [
            f"{name} is {mine[name]}, there {its.get(name)}" for name in mine if its.get(name) != mine[name]
        ]
        if differing:
            raise StrategyError(f"the state is of another stream: {'; '.join(differing)}")


def _checked(scorer: Strategy) -> Strategy:
    if scorer.kind != "score":
        raise StrategyError(
            f"{scorer.name} gives no scores, as it chooses texts together; a stream needs a score of each "
            "text alone, such as multilabel_margin"
        )
    if not scorer.is_by_text:
        raise StrategyError(
            f"{scorer.name} compares texts with each other; a stream needs a score of each text alone"
        )
    beyond = sorted(scorer.needs - {"probs"})
    if beyond:
        raise StrategyError(f"{scorer.name} needs {' and '.join(beyond)}; a stream has probabilities only")
    return scorer
