"""The sections `model` and `training`: the encoder, its head, and how both are trained each round."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from text_al.config.section import (
    Component,
    Count,
    CountOrZero,
    NotNegative,
    Positive,
    Section,
    Text,
    ValidationMetric,
)
from text_al.sentences import shown

# As `section.CountOrShare`: the tag says which form is meant, so that an error speaks of that one alone.
AutoOrNames = Annotated[
    Annotated[Literal["auto"], Tag("<auto>")] | Annotated[list[Text], Field(min_length=1), Tag("<names>")],
    Discriminator(lambda value: "<auto>" if isinstance(value, str) else "<names>"),
]


class Model(Section):
    """The encoder and its head; for the learners finetuned, linear, auto and knn."""

    encoder: Text = "sentence-transformers/all-MiniLM-L6-v2"
    """A Hub name, a folder, or demo:minilm for the one that the extra `demo` brings."""
    revision: str | None = None
    """A commit or tag of the Hub's, to be exact."""
    pooling: Literal["auto", "mean", "cls", "pooler"] = "auto"
    """How token vectors become one. auto: what the encoder was trained with where it says so, else mean.
    pooler: the encoder's own pooler, so that plain transformers can load the whole model."""
    max_length: Count = 256
    """Tokens a text; what is longer is cut, and counted in the log."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """On the pooled vector, while training."""
    label_encoder: Text | None = None
    """Another encoder that reads the label names; for one that was not trained to compare sentences, such as
    a plain language model, to which names say little. null: the encoder itself."""


def _section_or_null(value: Any) -> Any:
    if isinstance(value, bool):
        # pydantic collects a ValueError, not a TypeError.
        raise ValueError(f"{shown(value)} is no section; write {{}} for on, null for off.")  # noqa: TRY004
    return value


class EarlyStopping(Section):
    """When a fit ends before its schedule; the best weights are restored. Needs a validation set."""

    metric: ValidationMetric = "val_macro_f1_tuned"
    """What must rise (or fall, for val_loss). At threshold 0.5, F1 is 0 for the first epochs: use tuned, or
    average precision."""
    patience: Count = 3
    """Evaluations without a new best."""
    min_evaluations: CountOrZero = 6
    """No stop before so many."""

    @model_validator(mode="before")
    @classmethod
    def _off_is_null(cls, value: Any) -> Any:
        return _section_or_null(value)


class Lora(Section):
    """Low-rank adapters instead of whole layers; needs the extra `peft`."""

    rank: Count = 8
    """The rank of each adapter; a matrix of d x d has 2 d rank numbers to learn."""
    alpha: Count = 16
    """Adapters are scaled by alpha / rank."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """On what goes into the adapters, while training."""
    target_modules: AutoOrNames = "auto"
    """Endings of the names of the linear layers that get one, such as query. auto: all that a text goes
    through."""

    @model_validator(mode="before")
    @classmethod
    def _off_is_null(cls, value: Any) -> Any:
        return _section_or_null(value)


class Training(Section):
    """How the classifier is trained each round; names as in transformers where it has one."""

    max_epochs: Count = 4
    """At most so many passes over what is labelled."""
    min_updates: CountOrZero = 150
    """A floor: with few labels the epochs are raised until there are so many updates."""
    batch_size: Count = 32
    """Texts an update, over all processes."""
    gradient_accumulation_steps: Count = 1
    """A batch is cut into so many parts to save memory; the result is the same."""
    learning_rate: Positive = 3e-4
    """The encoder's peak."""
    head_learning_rate: Positive = 1e-3
    """The head's peak."""
    layer_decay: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Each layer's rate is that of the layer above times this. In one trial 0.8 was no better than 1."""
    head_pull: NotNegative = 0.0
    """How strongly the head is drawn back to where it started (decoupled, as weight decay is to zero).
    Its use was not measured."""
    weight_decay: NotNegative = 0.01
    """How strongly weights are drawn to zero."""
    warmup_ratio: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """The share of the updates in which the rates rise to their peak."""
    lr_scheduler_type: Literal["auto", "linear", "cosine", "constant"] = "auto"
    """How the rates fall after the warm-up. auto: not at all where the last weights are averaged, which does
    the same for them; else linear."""
    weight_averaging: Annotated[float, Field(ge=0, le=1)] = 0.5
    """The share of the updates, the last ones, whose weights are averaged; what is evaluated then is their
    mean. 0 keeps the last weights."""
    max_grad_norm: Positive = 1.0
    """A longer gradient is cut to this length."""
    loss: Component = Component(type="bce")
    """bce, focal or asymmetric; a target that is not known weighs nothing in any."""
    pos_weight: Literal["none", "balanced"] = "none"
    """balanced: positives of rare labels weigh more, shrunken (at most 10)."""
    head_start: Literal["fitted", "zeros"] = "fitted"
    """fitted: the head is first fitted alone on frozen features (convex), then all layers. zeros: zeros and
    the log-odds of how often each label stands."""
    label_correlation: bool = False
    """Without a validation set: whether it is tried what the other labels of a text say of each. In trials it
    gained nothing."""
    trained_share: Annotated[float, Field(gt=0, le=1)] | Literal["auto"] = "auto"
    """Without a validation set: how far the weights go from where a fit starts to where it ends. auto: 0.5,
    0.75 or 1, whichever ranks texts best that a fit has not seen (with cross_fit), else 1."""
    head_c: Positive = 1.0
    """How closely the head is fitted before the encoder moves (the inverse of its penalty)."""
    head_sharpness: Positive = 0.5
    """The fitted head's logits are drawn apart so many times before the encoder moves; below 1, towards each
    other, so that more is left to learn for the encoder."""
    label_prior: NotNegative | Literal["auto"] = "auto"
    """How strongly the fitted head is drawn towards the label names; auto finds out in each round, 0 leaves
    them out."""
    name_texts: bool = True
    """Whether label names, descriptions and examples are also learned as texts that have the label, where
    names are believed at all. finetuned only."""
    cross_fit: CountOrZero = 3
    """Without a validation set: models that are each taught all texts but a share, to calibrate by what they
    make of that share, 2 or more. A fit takes so many times as long; 0 leaves probabilities as they are."""
    start: Literal["fresh", "warm"] = "fresh"
    """Each round from the pretrained weights, or, with the learner finetuned, from the last round's."""
    evaluations: Count = 10
    """How often the validation set is scored in a fit, at even distances; scoring it is a large part of an
    early round."""
    early_stopping: EarlyStopping | None = EarlyStopping()
    """null trains the whole schedule and keeps the last weights."""
    lora: Lora | None = None
    """{} trains low-rank adapters and the head, for which a learning_rate such as 1.0e-3 suits; null: all
    layers."""
    committee: Count = 10
    """How many passes strategies get that need some."""
    passes: Literal["heads", "dropout"] = "heads"
    """heads: of heads on one encoding, each fitted on another draw of the labelled texts. dropout, with the
    learner finetuned: of the whole encoder with its dropout on, and model.dropout; each pass takes as long as
    scoring does."""

    @field_validator("cross_fit")
    @classmethod
    def _a_fold_is_left_for_others(cls, cross_fit: int) -> int:
        if cross_fit == 1:
            raise ValueError(
                "1 model that leaves its share out would be taught nothing; write 2 or more, or 0 for none."
            )
        return cross_fit
