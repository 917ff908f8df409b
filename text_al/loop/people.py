"""Which texts of a request several people answer, and from which the model's opinion is hidden."""

from dataclasses import dataclass

import numpy as np

from text_al.seeds import generator
from text_al.types import BoolArray


@dataclass(frozen=True)
class People:
    """How people are asked.

    Attributes:
        overlap: share of each request in [0, 1] that several people answer.
        n_annotators: how many.
        blind: share of each request in [0, 1) that is answered without the model's opinion.
    """

    overlap: float = 0.0
    n_annotators: int = 2
    blind: float = 0.0

    def awaited(self, n: int, seed: int, round_number: int) -> tuple[int, ...] | None:
        """(n,) how many different people are to answer each text; None: one."""
        several = _drawn(n, self.overlap, generator(seed, round_number, "overlap"))
        return tuple(np.where(several, self.n_annotators, 1).tolist()) if several.any() else None

    def hidden(self, n: int, seed: int, round_number: int) -> tuple[bool, ...] | None:
        """(n,) from whom the model's opinion is hidden; None: from nobody."""
        blind = _drawn(n, self.blind, generator(seed, round_number, "blind"))
        return tuple(blind.tolist()) if blind.any() else None


def _drawn(n: int, share: float, rng: np.random.Generator) -> BoolArray:
    """(n,) a share of n places by chance; the part of a place that is left is one with that probability."""
    whole, part = divmod(share * n, 1)
    mask = np.zeros(n, dtype=bool)
    mask[rng.permutation(n)[: int(whole) + int(rng.random() < part)]] = True
    return mask
