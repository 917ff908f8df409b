"""The latest scores of a stream, and where a new one stands among them."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable


class Recent:
    """The last scores that were added, kept sorted too.

    Args:
        size: how many are remembered, >= 1.
        scores: to begin with, oldest first.
    """

    def __init__(self, size: int, scores: Iterable[float] = ()) -> None:
        if size < 1:
            raise ValueError(f"memory is {size}; it counts texts, so give 1 or more")
        self._size = size
        self._by_age: deque[float] = deque()
        self._rising: list[float] = []
        for score in scores:
            self.add(score)

    def add(self, score: float) -> None:
        """Remembers a score, and forgets the oldest one beyond the size. O(size) at most."""
        self._by_age.append(score)
        insort(self._rising, score)
        if len(self._by_age) > self._size:
            del self._rising[bisect_left(self._rising, self._by_age.popleft())]

    def place(self, score: float, chance: float) -> float:
        """The share of scores that are above this one, it being among them.

        (a + chance (e + 1)) / (k + 1) with a above and e equal among the k remembered. Of scores that come
        in random order it is uniform in [0, 1), whatever their distribution and however many are equal.

        Args:
            score: the new one, not added yet.
            chance: uniform in [0, 1), decides between equal ones.

        Source: the smoothed p-value of Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random
        World, section 2.2.
        """
        end = bisect_right(self._rising, score)
        above, equal = len(self._rising) - end, end - bisect_left(self._rising, score)
        return (above + chance * (equal + 1)) / (len(self._rising) + 1)

    def scores(self) -> list[float]:
        """What is remembered, oldest first."""
        return list(self._by_age)
