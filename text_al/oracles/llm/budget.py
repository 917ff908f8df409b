"""What replies cost, and whether the next one may still be asked for."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

_BYTES_A_TOKEN = 4  # of UTF-8: characters in English, and about one token a character in Chinese


@dataclass(frozen=True)
class Usage:
    """What replies took.

    Attributes:
        tokens_in: read by the model.
        tokens_out: written by it.
        cost: in the currency of the prices.
        n_replies: how many there were.
        n_estimated: of these, how many tell no tokens, so that they were estimated.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    n_replies: int = 0
    n_estimated: int = 0

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.tokens_in + self.tokens_out

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.cost + other.cost,
            self.n_replies + other.n_replies,
            self.n_estimated + other.n_estimated,
        )

    def __str__(self) -> str:
        about = "about " if self.n_estimated else ""
        money = f", cost {self.cost:.4f}" if self.cost else ""
        return f"{about}{self.tokens_in:,} tokens read, {self.tokens_out:,} written{money}"


@dataclass(frozen=True)
class Budget:
    """Prices and limits.

    Attributes:
        price_in: of a million tokens read; 0 where unknown.
        price_out: of a million tokens written; 0 where unknown.
        max_cost: of the whole run; None for no limit.
        max_tokens_total: read and written in the whole run; None for no limit.
    """

    price_in: float = 0.0
    price_out: float = 0.0
    max_cost: float | None = None
    max_tokens_total: int | None = None

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """Of so many tokens."""
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6

    def exceeded(self, usage: Usage) -> str:
        """The setting that so much would go beyond, with its value; "" for none."""
        if self.max_cost is not None and usage.cost > self.max_cost:
            return f"oracle.max_cost ({self.max_cost:g})"
        if self.max_tokens_total is not None and usage.tokens > self.max_tokens_total:
            return f"oracle.max_tokens_total ({self.max_tokens_total:,})"
        return ""


class BudgetUsedUpError(Exception):
    """The next request might go beyond the budget; says which setting stands in the way."""


class Purse:
    """Counts what is spent while several requests are under way, so that they cannot go beyond together.

    Args:
        budget: prices and limits.
        spent: before now.
    """

    def __init__(self, budget: Budget, spent: Usage) -> None:
        self.spent = spent
        self._budget = budget
        self._held: list[Usage] = []
        self._tokens_by_guess = 1.0  # the most tokens read, for each that was guessed
        self._changed = Condition()

    @contextmanager
    def held(self, tokens_in: int, tokens_out: int) -> Iterator[None]:
        """Holds what a request may take at most, while it is under way; waits for others where that is short.

        Args:
            tokens_in: it is guessed to read; replies before it tell how far guesses are too low.
            tokens_out: it may write.

        Raises:
            BudgetUsedUpError: it is not there, and no other request can leave any of it.
        """
        with self._changed:
            while limit := self._budget.exceeded(
                sum(self._held, self.spent) + (most := self._most(tokens_in, tokens_out))
            ):
                if not self._held:
                    raise BudgetUsedUpError(limit)
                self._changed.wait()
            self._held.append(most)
        try:
            yield
        finally:
            with self._changed:
                self._held.remove(most)
                self._changed.notify_all()

    def pay(self, usage: Usage, guessed_in: int) -> None:
        """What a reply has taken, and how many tokens it was guessed to read."""
        with self._changed:
            self.spent += usage
            self._tokens_by_guess = max(self._tokens_by_guess, usage.tokens_in / max(1, guessed_in))

    def _most(self, tokens_in: int, tokens_out: int) -> Usage:
        likely = math.ceil(tokens_in * self._tokens_by_guess)
        return Usage(likely, tokens_out, self._budget.cost(likely, tokens_out))


def estimated_tokens(content: str) -> int:
    """How many tokens a text is, roughly, where nobody counts them."""
    return -(-len(content.encode("utf-8", "replace")) // _BYTES_A_TOKEN)
