"""The section `active_learning`: what is asked, how often, and until when."""

from typing import Literal

from pydantic import ValidationInfo, field_validator

from text_al.config.section import Component, Count, CountOrZero, Metric, NotNegative, Section, Share


class Goal(Section):
    """A quality at which the run is done."""

    metric: Metric
    """For example val_macro_f1_tuned."""
    value: float
    """At least this (at most, for a loss)."""


class Stop(Section):
    """When to stop before the budget is spent."""

    goal: Goal | None = None
    """Stop as soon as it is reached."""
    max_rounds: Count | None = None
    """Fits at most."""
    patience: Count | None = None
    """Rounds without a gain in `metric`."""
    metric: Metric = "val_macro_f1_tuned"
    """What `patience` watches."""
    min_gain: NotNegative = 0.0
    """A gain must be larger than this."""

    def watched(self) -> list[str]:
        """The metrics that can end the run."""
        goal = [self.goal.metric] if self.goal is not None else []
        return goal if self.patience is None else [*goal, self.metric]


class RareLabels(Section):
    """A share of each query for labels that few labelled texts have: their likeliest texts by the model."""

    share: Share = 0.2
    """Of a query, at most; what is not used goes to the strategy."""
    min_positives: Count = 2
    """A label with fewer positives is searched for."""


class Price(Section):
    """What answers cost, in whatever is paid with; records add it up, so that ways of asking compare."""

    text: NotNegative = 1.0
    """Of each text that is read."""
    label: NotNegative = 0.1
    """Of each label that is decided, yes or no."""


class ActiveLearning(Section):
    """What to ask, how often, and when to stop; every number counts texts."""

    strategy: Component = Component(type="multilabel_margin")
    """How the next texts are chosen."""
    selection: Component = Component(type="best")
    """How scores become a batch."""
    rare_labels: RareLabels | None = None
    """Searches for positives of rare labels beside the strategy; null: no. In trials nearly every label soon
    had one, and the model ranked texts slightly worse. All of the pool's probabilities are held at once."""
    sub_pool: Component | None = None
    """Which open texts compete in a round, so that a large pool is not scored whole each time: random,
    changed or anchor; null: all of them."""
    max_candidates: Count = 100_000
    """Texts that a strategy is shown at once which compares texts with each other (k_center, badge, ...), so
    that all of them stand in memory; of more, so many are drawn by chance. One that scores each text by
    itself sees all, in windows."""
    preselect: Component = Component(type="random")
    """Which texts these are: random, or the best by a strategy that scores each text by itself."""
    initial: Component = Component(type="random")
    """How the first texts are chosen, before there is a model: random; k_means, typiclust or another one that
    goes by where texts lie; or label_names, with a learner that reads them."""
    initial_size: CountOrZero = 100
    """Texts to label before the first fit; what is labelled from the start counts."""
    ask: Literal["texts", "labels"] = "texts"
    """texts: about every label of a text. labels: only about those that are worth it, by a strategy such as
    pair_margin; a text may be asked about again, for others."""
    price: Price = Price()
    """What answers cost."""
    query_size: Count = 50
    """Texts a round."""
    budget: Count = 600
    """Texts that may be labelled in all, those labelled from the start included."""
    stop: Stop = Stop()
    """When to stop before the budget is spent."""

    @field_validator("query_size")
    @classmethod
    def _candidates_hold_a_query(cls, query_size: int, info: ValidationInfo) -> int:
        most, initial = info.data.get("max_candidates", query_size), info.data.get("initial_size", 0)
        if most < max(query_size, initial):
            raise ValueError(
                f"max_candidates is {most}, but {max(query_size, initial)} texts are to be chosen at once; "
                "raise max_candidates."
            )
        return query_size

    @field_validator("budget")
    @classmethod
    def _budget_holds_the_first(cls, budget: int, info: ValidationInfo) -> int:
        initial = info.data.get("initial_size", 0)
        if budget < initial:
            raise ValueError(
                f"budget is {budget}, but initial_size is already {initial}; raise or lower one."
            )
        return budget
