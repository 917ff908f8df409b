"""What a fit and a round leave behind: log, TensorBoard, tables and plots are all made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from text_al.types import FloatArray

ThresholdRule = Literal["tuned", "plug_in", "0.5"]


@dataclass(frozen=True)
class EvaluationRecord:
    """One evaluation inside a fit.

    Attributes:
        round: the round, from 1.
        epoch: epochs done in this fit (a fraction where evaluated inside one).
        step: updates done in this fit.
        global_step: updates done in the whole run.
        learning_rate: the encoder's, at this step.
        metrics: flat names to values: "train_loss", "train_macro_f1_at_0.5", "val_loss",
            "val_macro_f1_tuned", ...
        is_best: whether the weights of this evaluation are the best of the fit so far.
        seconds: since the fit began.
    """

    round: int
    epoch: float
    step: int
    global_step: int
    learning_rate: float
    metrics: Mapping[str, float]
    is_best: bool
    seconds: float


@dataclass(frozen=True)
class FitReport:
    """What a fit did.

    Attributes:
        n_samples: texts it learned from.
        steps: updates done.
        best_epoch: epoch of the weights that were kept.
        stopped_early: whether the metric stopped rising before the schedule ended.
        thresholds: (L,) in [0, 1]: where each label is predicted.
        threshold_rule: how they were chosen: "tuned" on validation, "plug_in" by the pool's probabilities
            where there is no validation set, or "0.5".
        evaluations: in order.
        seconds: stage to seconds: "tokenise", "head", "train", "evaluate".
        notes: sentences a user should read, such as how many texts were cut.
        validation_logits: (n, L) of the kept weights on the validation set, or None without one.
        texts: stage to how many texts went through it: "tokenise", "train" (once for each pass), "evaluate".
        hardware: on what it ran, such as "cpu, 2 threads waiting passively, bf16 autocast"; "" if not said.
        out_of_fold_logits: (n, L) of the texts it learned from, each by a model that had not seen it; or
            None.
    """

    n_samples: int
    steps: int
    best_epoch: float
    stopped_early: bool
    thresholds: FloatArray
    threshold_rule: ThresholdRule
    evaluations: tuple[EvaluationRecord, ...]
    seconds: Mapping[str, float]
    notes: tuple[str, ...] = ()
    validation_logits: FloatArray | None = None
    texts: Mapping[str, int] = field(default_factory=dict)
    hardware: str = ""
    out_of_fold_logits: FloatArray | None = None


@dataclass(frozen=True)
class QueriedText:
    """A text that was chosen.

    Attributes:
        row: in the pool.
        id: in the corpus.
        text: its beginning.
        score: the strategy's, or None where it gives none.
        reason: a sentence, with the strategy and the rule that chose it.
        at_stake: label name to probability, of the labels in doubt, most first.
        nearest: (id, cosine) of the labelled texts most like it, most first.
        inclusion: how likely it was to be chosen, in (0, 1]; None where the rule cannot say.
    """

    row: int
    id: str
    text: str
    score: float | None
    reason: str
    at_stake: Mapping[str, float] = field(default_factory=dict)
    nearest: tuple[tuple[str, float], ...] = ()
    inclusion: float | None = None


@dataclass(frozen=True)
class Reliability:
    """How often labels stood where the model gave them so much: bins of probabilities, over all known cells.

    Attributes:
        edges: (B + 1,) probabilities, rising from 0 to 1.
        counts: (B,) cells, each a text and a label whose target is known.
        predicted: (B,) their mean probability, in [0, 1]; nan in an empty bin.
        observed: (B,) the share of them whose target is yes, in [0, 1]; nan in an empty bin.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    predicted: tuple[float, ...]
    observed: tuple[float, ...]


@dataclass(frozen=True)
class RoundRecord:
    """One round, whole: log, TensorBoard, tables and plots are all made from it, so they cannot disagree.

    Attributes:
        round: from 1.
        n_labelled: texts with an answer that the model was fitted on.
        n_pool: texts still open to be asked.
        n_skipped: texts somebody skipped.
        strategy: what chose the next texts.
        metrics: flat names to values at the end of the fit: "train_loss", "val_macro_f1_tuned",
            "val_macro_f1_at_0.5", "test_macro_f1_tuned", ...
        per_label_f1: label name to F1 at the model's thresholds, on the set named by `per_label_set`.
        per_label_set: "val", "test", "oof" (out of fold: the texts learned from, each scored by a model that
            had not seen it), or "" where there is none of them.
        thresholds: label name to threshold.
        threshold_rule: "tuned", "plug_in" or "0.5"; see `FitReport`.
        evaluations: the fit's, in order.
        best_epoch: epoch of the weights kept.
        stopped_early: whether early stopping ended the fit.
        steps: updates of this fit.
        global_step: updates of the run, this fit included.
        seconds: stage to seconds: tokenise, head, train, evaluate, test, save, sub_pool, score, query,
            explain, total; not every round has all.
        queried: the texts chosen at the end of the round; empty in the last one.
        request_id: the request they went out with, or "".
        finished: why the run ended here, or "".
        notes: sentences a user should read.
        texts: stage to how many texts went through it, which may be more than once; not every stage has one.
        hardware: on what the fit ran, in words; "" if it is not said.
        reliability: of the sets that were measured, "val", "test" or "oof": how far probabilities hold.
        n_decisions: labels decided so far, yes or no, in all answers, corrections included.
        cost: of all answers so far, by the price of a text read, decided or not, and of a label decided.
    """

    round: int
    n_labelled: int
    n_pool: int
    n_skipped: int
    strategy: str
    metrics: Mapping[str, float]
    per_label_f1: Mapping[str, float]
    per_label_set: str
    thresholds: Mapping[str, float]
    threshold_rule: ThresholdRule
    evaluations: tuple[EvaluationRecord, ...]
    best_epoch: float
    stopped_early: bool
    steps: int
    global_step: int
    seconds: Mapping[str, float]
    queried: tuple[QueriedText, ...] = ()
    request_id: str = ""
    finished: str = ""
    notes: tuple[str, ...] = field(default=())
    texts: Mapping[str, int] = field(default_factory=dict)
    hardware: str = ""
    reliability: Mapping[str, Reliability] = field(default_factory=dict)
    n_decisions: int = 0
    cost: float = 0.0
