"""Every setting of a run, as frozen sections that refuse unknown keys; a field's docstring is its help."""

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from text_al.config.compute_section import Compute
from text_al.config.data_section import Columns, Data, LabelSpec, Split
from text_al.config.section import (
    Component,
    Count,
    CountOrZero,
    Metric,
    NotNegative,
    Section,
    Share,
    Text,
    known_metric,
)
from text_al.config.sources import FileSource, GeneratedSource, HubSource, Source
from text_al.config.training_section import EarlyStopping, Model, Training
from text_al.sentences import shown

__all__ = [
    "ActiveLearning",
    "Columns",
    "Component",
    "Compute",
    "Data",
    "EarlyStopping",
    "Evaluation",
    "FileSource",
    "GeneratedSource",
    "Goal",
    "HubSource",
    "LabelSpec",
    "Model",
    "Price",
    "RareLabels",
    "RunConfig",
    "Section",
    "Source",
    "Split",
    "Stop",
    "Tracking",
    "Training",
    "known_metric",
]


_NAME = re.compile(r"^\w[\w.\-]*$")
_WITHOUT_DROPOUT = ("linear", "knn", "tfidf", "auto")
_SETS = {"val": "validation", "test": "test"}


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


class Evaluation(Section):
    """How F1 is counted."""

    absent_labels: Literal["zero", "leave_out"] = "zero"
    """A label with no positive in the set and none predicted: F1 0 as in scikit-learn, or left out of
    macro-F1."""


class Tracking(Section):
    """What is written while it runs."""

    tensorboard: bool = True
    """Whether the run's folder gets TensorBoard files."""
    progress: Literal["auto", "bars", "lines", "none"] = "auto"
    """auto: bars in a terminal, plain lines elsewhere."""


class RunConfig(Section):
    """One run: one file, one folder."""

    name: Annotated[str, Field(json_schema_extra={"pattern": _NAME.pattern})]
    """The run's folder under output_dir."""
    output_dir: Text = "saved"
    """Where the folders of all runs are."""
    seed: CountOrZero = 0
    """Runs with one seed are identical; another seed draws and trains otherwise."""
    plugins: list[Text] = Field(default=[])
    """Python modules to import first: they register strategies, learners and oracles of your own."""
    data: Data
    """Where the texts are."""
    learner: Component = Component(type="finetuned")
    """finetuned (sections model and training); linear, a head on the encoder as it is, in seconds; auto,
    whichever of these two is better in a round; knn, the votes of the labelled texts most like a text; or
    tfidf (any language, no download)."""
    model: Model = Model()
    """The encoder and its head."""
    training: Training = Training()
    """How the classifier is trained each round."""
    active_learning: ActiveLearning = ActiveLearning()
    """What to ask, how often, and when to stop."""
    oracle: Component = Component(type="simulated")
    """simulated: the labels beside the pool's texts answer. file: people answer through files."""
    evaluation: Evaluation = Evaluation()
    """How F1 is counted."""
    compute: Compute = Compute()
    """Where and how precisely."""
    tracking: Tracking = Tracking()
    """What is written while it runs."""

    @field_validator("name")
    @classmethod
    def _name_is_a_folder(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{shown(name)} is no folder's name: use letters, digits, and . _ - after the first."
            )
        return name

    @field_validator("training")
    @classmethod
    def _auto_can_compare(cls, training: Training, info: ValidationInfo) -> Training:
        learner, data = info.data.get("learner"), info.data.get("data")
        if not isinstance(learner, Component) or learner.type != "auto":
            return training
        if training.start == "warm":
            raise ValueError(
                "start is warm, but learner auto begins each round afresh; "
                "use learner finetuned, or start: fresh."
            )
        if training.cross_fit == 0 and isinstance(data, Data) and not data.has("validation"):
            raise ValueError(
                "cross_fit is 0, but without data.validation learner auto has nothing else to compare by; "
                "write 2 or more, or use learner linear or finetuned."
            )
        return training

    @field_validator("training")
    @classmethod
    def _passes_have_dropout(cls, training: Training, info: ValidationInfo) -> Training:
        kind = getattr(info.data.get("learner"), "type", "")
        if training.passes == "dropout" and kind in _WITHOUT_DROPOUT:
            raise ValueError(
                f"passes is dropout, but learner {kind} does not fine-tune an encoder in every round; "
                "use learner finetuned, or passes: heads."
            )
        return training

    @field_validator("active_learning")
    @classmethod
    def _watched_sets_exist(cls, section: ActiveLearning, info: ValidationInfo) -> ActiveLearning:
        data = info.data.get("data")
        for metric in section.stop.watched():
            name = _SETS.get(metric.partition("_")[0])
            if isinstance(data, Data) and name is not None and not data.has(name):
                raise ValueError(
                    f"stop watches {metric}, but there is no {name} set; give one in data.{name}."
                )
        return section
