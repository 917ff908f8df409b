"""All learners by name. Torch is imported only when one that needs it is built, or first encodes a text."""

from collections.abc import Sequence
from typing import Any, cast

from text_al.data.cache import Cache
from text_al.errors import TrainingError
from text_al.metrics import AbsentLabels
from text_al.training.auto import Auto, CrossFitted
from text_al.training.base import LEARNERS
from text_al.training.knn import NearestNeighbours
from text_al.training.linear import Linear, linear
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.training.tfidf import Tfidf
from text_al.training.threads import set_wait_policy
from text_al.types import Label, Texts

__all__ = ["LEARNERS", "Auto", "Linear", "NearestNeighbours", "Tfidf"]


def finetuned(
    *,
    _pool: Texts,
    _labels: Sequence[Label],
    _encoder: EncoderSettings | None = None,
    _training: TrainingSettings | None = None,
    _compute: ComputeSettings | None = None,
    _seed: int = 0,
    _absent_labels: AbsentLabels = "zero",
    _cache: Cache | None = None,
) -> CrossFitted:
    """A pretrained encoder with one sigmoid per label, all layers trained; set in `model` and `training`."""
    set_wait_policy((_compute or ComputeSettings()).wait_policy)
    from text_al.training.finetuned import FineTuned

    return FineTuned(
        _pool,
        _labels,
        encoder=_encoder,
        training=_training,
        compute=_compute,
        seed=_seed,
        absent_labels=_absent_labels,
        cache=_cache,
    )


LEARNERS.register("finetuned")(finetuned)


@LEARNERS.register("auto")
def auto(
    *,
    _pool: Texts,
    _labels: Sequence[Label],
    _encoder: EncoderSettings | None = None,
    _training: TrainingSettings | None = None,
    _compute: ComputeSettings | None = None,
    _seed: int = 0,
    _absent_labels: AbsentLabels = "zero",
    _cache: Cache | None = None,
) -> Auto:
    """Linear, or fine-tuned in each round in which that is better; set in `model` and `training`.

    Raises:
        TrainingError: a warm start is asked for, though the round before may have been linear; or dropout
            for passes, which a linear model has not.
    """
    shared: dict[str, Any] = {
        "_pool": _pool, "_labels": _labels, "_encoder": _encoder, "_compute": _compute, "_seed": _seed,
        "_absent_labels": _absent_labels, "_cache": _cache,
    }  # fmt: skip
    training = _training or TrainingSettings()
    if training.start == "warm":
        raise TrainingError("learner auto begins each round afresh; use learner finetuned, or start: fresh")
    if training.passes == "dropout":
        raise TrainingError("learner auto may be linear, without dropout; use finetuned, or passes: heads")
    simple = cast("Linear", linear(committee=training.committee, label_prior=training.label_prior, **shared))
    return Auto(simple, lambda: finetuned(_training=training, **shared), n_folds=training.cross_fit)
