"""One data set with one learner: every strategy held against random on the same seeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from text_al.experiments.areas import area_under
from text_al.experiments.curves import FULL_DATA, Aligned, Curves, align
from text_al.experiments.evidence import Against, Outcome, Setting
from text_al.experiments.pairs import PairTest, compare_pairs, holm
from text_al.experiments.reach import Reach, labels_to_reach
from text_al.experiments.saving import Saving, saving


def queried(strategies: Mapping[str, Curves]) -> dict[str, Curves]:
    """Those that query; the fit on the whole pool does not."""
    return {name: item for name, item in strategies.items() if name != FULL_DATA}


@dataclass(frozen=True)
class Plan:
    """What every comparison needs to know.

    Attributes:
        reference: the strategy that all others are held against.
        control: the same again with other draws.
        falls: whether the metric should fall.
        alpha: below which a p counts.
        level: of the intervals.
        resamples: of the bootstrap of savings.
    """

    reference: str
    control: str
    falls: bool
    alpha: float
    level: float
    resamples: int


@dataclass
class SettingBuilder:
    """Makes one setting, and notes what it had to leave out.

    Attributes:
        where: data set and learner.
        curves: strategy to its curves; the fit on the whole pool may be among them.
        plan: what to hold against what.
        notes: sentences about what was left out.
    """

    where: tuple[str, str]
    curves: Mapping[str, Curves]
    plan: Plan
    notes: list[str] = field(default_factory=list)

    def setting(self) -> Setting | None:
        """The setting, or None where there is nothing to hold against random."""
        if self.plan.reference not in self.curves:
            self.notes.append(f"there is no {self.plan.reference!r}, so nothing was compared")
            return None
        others = [name for name in queried(self.curves) if name != self.plan.reference]
        tests = {name: self._area(name) for name in others}
        second = tests.pop(self.plan.control, None)
        tested = {name: test for name, test in tests.items() if test}
        if not tested:
            self.notes.append("no strategy could be held against random")
            return None
        if second is None:
            self.notes.append(f"{self.plan.control!r} could not be measured, so savings were not")
        adjusted = holm([test.p for test in tested.values()])
        against = tuple(
            Against(name, test, p, self._outcome(test, p), self._saving(name) if second else None)
            for (name, test), p in zip(tested.items(), adjusted, strict=True)
        )
        budgets, full = self.curves[self.plan.reference].budgets, self.curves.get(FULL_DATA)
        return Setting(
            *self.where,
            first=float(budgets[0]),
            last=float(budgets[-1]),
            against=against,
            control=second,
            luck=self._saving(self.plan.control) if second else None,
            reaches=self._reaches(full) if full else {},
            n_pool=int(full.budgets[-1]) if full else 0,
        )

    def _together(self, *names: str) -> Aligned:
        aligned = align({name: self.curves[name] for name in dict.fromkeys(names)})
        self.notes += [note for note in aligned.notes if note not in self.notes]
        return aligned

    def _area(self, name: str) -> PairTest | None:
        sides = self._together(name, self.plan.reference)
        if len(sides.budgets) < 2 or not len(sides.seeds):
            self.notes.append(f"{name} shares no seed and two budgets with random: not compared")
            return None
        areas = [area_under(sides.budgets, sides.values[side]) for side in (name, self.plan.reference)]
        return compare_pairs(*areas, level=self.plan.level)

    def _outcome(self, test: PairTest, p: float) -> Outcome:
        if p >= self.plan.alpha:
            return "open"
        return "better" if (test.mean_difference < 0) == self.plan.falls else "worse"

    def _saving(self, name: str) -> Saving | None:
        sides = self._together(name, self.plan.reference, self.plan.control)
        above = sides.budgets > 0
        if above.sum() < 2 or not len(sides.seeds):
            self.notes.append(f"the saving of {name} needs two budgets above 0: not measured")
            return None
        names = (name, self.plan.reference, self.plan.control)
        strategy, random, again = (sides.values[side][:, above] for side in names)
        return saving(
            random,
            strategy,
            sides.budgets[above],
            again,
            lower_is_better=self.plan.falls,
            level=self.plan.level,
            resamples=self.plan.resamples,
        )

    def _reaches(self, full: Curves) -> dict[str, Reach]:
        """Of every strategy that has seeds in common with the line of all data."""
        reaches = {}
        for name, item in queried(self.curves).items():
            above, shared = item.budgets > 0, np.intersect1d(item.seeds, full.seeds)
            if len(shared) < len(item.seeds):
                self.notes.append(
                    f"all data were fitted in {len(shared)} of {name}'s {len(item.seeds)} seeds"
                )
            if above.sum() >= 2 and len(shared):
                reaches[name] = labels_to_reach(
                    item.values[np.isin(item.seeds, shared)][:, above],
                    item.budgets[above],
                    full.values[np.isin(full.seeds, shared), -1],
                    lower_is_better=self.plan.falls,
                    level=self.plan.level,
                    resamples=self.plan.resamples,
                )
        return reaches
