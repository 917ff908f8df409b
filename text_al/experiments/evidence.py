"""What a comparison shows by one metric, as values: words, tables and pictures are all made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from text_al.experiments.pairs import PairTest
from text_al.experiments.penalties import Penalties
from text_al.experiments.ranks import Ranking
from text_al.experiments.reach import Reach
from text_al.experiments.saving import Saving

Outcome = Literal["better", "worse", "open"]


@dataclass(frozen=True)
class Against:
    """One strategy against random, in one setting.

    Attributes:
        strategy: its name.
        area: of the areas under the learning curve over labels, strategy less random.
        p: Holm's, over the strategies of the setting.
        outcome: "better" or "worse" where `p` is below alpha, else "open".
        saving: labels saved; None without a control, or where fewer than two budgets are above 0.
    """

    strategy: str
    area: PairTest
    p: float
    outcome: Outcome
    saving: Saving | None = None


@dataclass(frozen=True)
class Setting:
    """One data set with one learner.

    Attributes:
        data: the data set's name.
        learner: the learner's name.
        first: the first budget of random.
        last: the last one.
        against: each strategy against random, in the table's order; at least one.
        control: the second random against the first, as areas; None where it was not run.
        luck: the second random's saving, to read as `Saving.control`; None as for others.
        reaches: strategy to the labels at which it reaches the line of all data, random's among them.
        n_pool: texts that this line was fitted on; 0 where it was not run.
    """

    data: str
    learner: str
    first: float
    last: float
    against: tuple[Against, ...]
    control: PairTest | None = None
    luck: Saving | None = None
    reaches: Mapping[str, Reach] = field(default_factory=dict)
    n_pool: int = 0

    @property
    def can_reach(self) -> float:
        """The smallest p that is possible here for any strategy, after Holm's correction."""
        return min(1.0, len(self.against) * min(item.area.can_reach for item in self.against))


@dataclass(frozen=True)
class Evidence:
    """Everything, by one metric.

    Attributes:
        metric: its flat name.
        settings: where strategies were held against random.
        rankings: learner to the ranking over its data sets.
        penalties: over all settings, the control included.
        reference: what all others are held against.
        control: the same again with other draws.
        alpha: below which a p counts.
        level: of the intervals.
        notes: sentences about what was left out.
    """

    metric: str
    settings: tuple[Setting, ...]
    rankings: Mapping[str, Ranking]
    penalties: Penalties
    reference: str = "random"
    control: str = "random_2"
    alpha: float = 0.05
    level: float = 0.95
    notes: tuple[str, ...] = ()
