"""What every way to learn promises here, so that the tables need not know which is which."""

from typing import Protocol

from tests.benchmarks.total_saving.cells import Figures, Task
from tests.benchmarks.total_saving.sets import DataSet


class Method(Protocol):
    """A way to learn from labelled texts; equal ones give equal figures."""

    @property
    def name(self) -> str:
        """As the tables call it."""
        ...

    @property
    def made_with(self) -> str:
        """The program behind it, by version or content."""
        ...

    def measure(self, data: DataSet, n_labelled: int, seed: int) -> Figures:
        """Learns from random labelled texts and is tested."""
        ...


def task(method: Method, data: DataSet, n_labelled: int, seed: int) -> Task:
    """What the cell of a method is known by."""
    return Task(data.name, method.name, method.made_with, n_labelled, seed)
