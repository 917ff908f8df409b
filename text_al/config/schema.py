"""Every setting of a run, as frozen sections that refuse unknown keys; a field's docstring is its help."""

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from text_al.config.active_learning_section import ActiveLearning, Goal, Price, RareLabels, Stop
from text_al.config.annotation_section import Annotation, Overlap, Resolution
from text_al.config.compute_section import Compute
from text_al.config.data_section import Columns, Data, LabelSpec, Split
from text_al.config.section import (
    Component,
    CountOrZero,
    Section,
    Text,
    known_metric,
)
from text_al.config.sources import FileSource, GeneratedSource, HubSource, Source
from text_al.config.training_section import EarlyStopping, Model, Training
from text_al.sentences import shown

__all__ = [
    "ActiveLearning",
    "Annotation",
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
    "Overlap",
    "Price",
    "RareLabels",
    "Resolution",
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
_NO_PEOPLE = ("simulated", "llm")
_SETS = {"val": "validation", "test": "test"}


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
    """simulated: the labels beside the pool's texts answer. file: people answer through files or on the page
    (`text-al label`). label_studio: people answer there. llm: a language model answers."""
    annotation: Annotation = Annotation()
    """How people label."""
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

    @field_validator("annotation")
    @classmethod
    def _there_are_people(cls, section: Annotation, info: ValidationInfo) -> Annotation:
        oracle = info.data.get("oracle")
        kind, args = getattr(oracle, "type", ""), getattr(oracle, "args", {})
        people_decide = kind == "llm" and args.get("answers") == "suggest"
        if section.overlap is not None and kind in _NO_PEOPLE and not people_decide:
            raise ValueError(
                f"overlap asks {section.overlap.annotators} annotators, but oracle {kind} is one; "
                "leave overlap out, or have people answer (oracle: {type: file})."
            )
        return section

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
