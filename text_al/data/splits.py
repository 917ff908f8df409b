"""Setting rows aside for validation and test: random, every label in proportion, equal texts on one side."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from text_al.data.findings import plural
from text_al.data.sources import Split
from text_al.errors import CorpusError
from text_al.types import IntArray, TargetArray


def part_sizes(split: Split, n_labelled: int) -> tuple[int, int]:
    """How many rows go to validation and to test.

    Args:
        split: a number of rows (int), a share of the labelled ones (float), or None for none.
        n_labelled: rows that may be set aside.

    Raises:
        CorpusError: a share that comes to no row, or a number that leaves none in the pool.
    """
    asked = {"validation": split.validation, "test": split.test}
    sizes = {
        name: round(size * n_labelled) if isinstance(size, float) else size or 0
        for name, size in asked.items()
    }
    problems = [
        f"split.{name} is {size}, which comes to no text of {plural(n_labelled, 'labelled text')}; raise it"
        for name, size in asked.items()
        if size is not None and sizes[name] < 1
    ]
    total = sum(sizes.values())
    if total and total >= n_labelled:
        asks = f"split asks for {sizes['validation']} validation and {sizes['test']} test texts"
        found = f"only {plural(n_labelled, 'labelled text')} can be set aside, and one must stay"
        problems.append(f"{asks}, but {found}; ask for fewer, or label more")
    if problems:
        raise CorpusError("the split", problems)
    return sizes["validation"], sizes["test"]


def stratified_parts(
    targets: TargetArray, groups: IntArray, sizes: Sequence[int], rng: np.random.Generator
) -> IntArray:
    """Iterative stratification: which part each row goes to, so that every label is spread in proportion.

    The label with the fewest rows left is dealt first, each row to the part that lacks this label most. Rows
    of one group go together, so a part may end short of its size, by less than the largest group.

    Args:
        targets: (n, L); only 1 counts, what is not known (-1) does not.
        groups: (n,) a number a row; rows with the same number stay together.
        sizes: rows for parts 1, 2, ...; their sum is at most n.
        rng: shuffles the rows and breaks ties.

    Returns:
        (n,) the part of each row; 0 is what is left.

    Source: Sechidis, Tsoumakas & Vlahavas (2011), On the Stratification of Multi-Label Data, figure 1; with
    groups, and with parts that are never filled above their size.
    """
    if len(targets) == 0:
        return np.empty(0, np.int64)
    _, unit_of_row, unit_sizes = np.unique(groups, return_inverse=True, return_counts=True)
    deal = _Deal(targets, unit_of_row, unit_sizes, [len(targets) - sum(sizes), *sizes])
    order: list[int] = rng.permutation(len(unit_sizes)).tolist()
    ties = rng.random((len(unit_sizes), len(sizes) + 1)).tolist()
    members: dict[int, list[int]] = {}
    for unit in order:
        for label in deal.labels_of[unit]:
            members.setdefault(label, []).append(unit)
    while (rarest := deal.rarest()) is not None:
        for unit in members[rarest]:
            deal.place(unit, rarest, ties[unit])
    for unit in order:
        deal.place(unit, None, ties[unit])
    return np.array(deal.part_of)[unit_of_row]


class _Deal:
    """A deal in progress: what each part still lacks, in rows and of each label.

    A unit is a group of rows that go together.
    """

    def __init__(
        self, targets: TargetArray, unit_of_row: IntArray, unit_sizes: IntArray, part_sizes: Sequence[int]
    ) -> None:
        self.part_of: list[int] = [-1] * len(unit_sizes)
        self.labels_of: list[Counter[int]] = [Counter() for _ in unit_sizes]
        for row, label in np.argwhere(targets == 1).tolist():
            self.labels_of[unit_of_row[row]][label] += 1
        self._sizes: list[int] = unit_sizes.tolist()
        self._room = list(part_sizes)
        self._left: list[int] = (targets == 1).sum(axis=0).tolist()
        self._lacks = [[left * size / len(targets) for left in self._left] for size in part_sizes]

    def rarest(self) -> int | None:
        """The label with the fewest rows not yet dealt, or None when all are."""
        return min(
            (label for label, left in enumerate(self._left) if left), key=self._left.__getitem__, default=None
        )

    def place(self, unit: int, label: int | None, ties: Sequence[float]) -> None:
        """Give a unit, unless it is placed, to the part that lacks most: of the label, then of rows."""
        if self.part_of[unit] >= 0:
            return
        fitting = [part for part, room in enumerate(self._room) if room >= self._sizes[unit]] or [0]
        lacks = self._lacks
        part = max(fitting, key=lambda p: (0 if label is None else lacks[p][label], self._room[p], ties[p]))
        self.part_of[unit] = part
        self._room[part] -= self._sizes[unit]
        for other, count in self.labels_of[unit].items():
            self._left[other] -= count
            lacks[part][other] -= count
