"""Which weights of a fit are kept, and when it has stopped getting better."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import Tensor, nn

from text_al.errors import TrainingError
from text_al.metrics import lower_is_better
from text_al.records import EvaluationRecord
from text_al.registry import did_you_mean
from text_al.training.settings import EarlyStoppingSettings
from text_al.types import FloatArray


@dataclass(frozen=True)
class Fitted:
    """What a fit came to.

    Attributes:
        steps: updates done.
        n_trained: texts they went through, each as often as it was seen.
        best_epoch: of the weights that were kept.
        stopped_early: whether the metric stopped rising before the schedule ended.
        evaluations: in order.
        thresholds: (L,) tuned at the weights kept; None without a validation set.
        validation_logits: (n, L) at the weights kept; None without a validation set.
        seconds: "train" and "evaluate".
    """

    steps: int
    n_trained: int
    best_epoch: float
    stopped_early: bool
    evaluations: tuple[EvaluationRecord, ...]
    thresholds: FloatArray | None
    validation_logits: FloatArray | None
    seconds: Mapping[str, float]


class Keeper:
    """Holds the evaluations of a fit and a copy of the weights at the best of them.

    Only weights that are trained are copied. Without early stopping (or without a validation set) the last
    ones are the ones to keep, and no copy is made.

    Args:
        settings: the metric and the patience; None keeps the last.

    Attributes:
        evaluations: all so far, in order.
        kept: the evaluation whose weights are kept.
        thresholds: (L,) tuned at that evaluation, or None.
        logits: (n, L) of the validation set at that evaluation, or None.
    """

    def __init__(self, settings: EarlyStoppingSettings | None) -> None:
        self._settings = settings
        self._weights: dict[str, Tensor] = {}
        self._since_best = 0
        self.evaluations: list[EvaluationRecord] = []
        self.kept: EvaluationRecord | None = None
        self.thresholds: FloatArray | None = None
        self.logits: FloatArray | None = None

    def offer(
        self,
        record: EvaluationRecord,
        model: nn.Module,
        logits: FloatArray | None,
        thresholds: FloatArray | None,
    ) -> None:
        """Files an evaluation; keeps its weights if they are the best so far.

        Raises:
            TrainingError: the evaluation does not have the metric.
        """
        better = self._is_better(record)
        self._since_best = 0 if better else self._since_best + 1
        if better:
            record = replace(record, is_best=self._settings is not None)
            self.kept, self.logits, self.thresholds = record, logits, thresholds
        if better and self._settings is not None:
            frozen = {name for name, weight in model.named_parameters() if not weight.requires_grad}
            self._weights = {
                name: tensor.detach().cpu().clone()
                for name, tensor in model.state_dict().items()
                if name not in frozen
            }
        self.evaluations.append(record)

    @property
    def patience_is_spent(self) -> bool:
        """Whether the metric has not risen for long enough."""
        return (
            self._settings is not None
            and self._since_best >= self._settings.patience
            and len(self.evaluations) > self._settings.min_evaluations
        )

    @property
    def restores(self) -> bool:
        """Whether the weights of the best evaluation are kept, to be put back."""
        return bool(self._weights)

    def restore(self, model: nn.Module) -> None:
        """Puts the kept weights back."""
        if self._weights:
            model.load_state_dict(self._weights, strict=False)

    def _is_better(self, record: EvaluationRecord) -> bool:
        if self._settings is None:
            return True
        name = self._settings.metric
        if name not in record.metrics:
            raise TrainingError(
                f"early_stopping.metric is '{name}', which an evaluation does not have. "
                f"{did_you_mean(name, record.metrics)}"
            )
        if self.kept is None:
            return True
        value, best = record.metrics[name], self.kept.metrics[name]
        return value < best if lower_is_better(name) else value > best
