"""All learners by name. Torch is imported only when one that needs it is built, or first encodes a text."""

from collections.abc import Sequence

from text_al.data.cache import Cache
from text_al.metrics import AbsentLabels
from text_al.training.base import LEARNERS, Learner
from text_al.training.linear import Linear
from text_al.training.settings import ComputeSettings, EncoderSettings, TrainingSettings
from text_al.training.tfidf import Tfidf
from text_al.training.threads import set_wait_policy
from text_al.types import Label, Texts

__all__ = ["LEARNERS", "Linear", "Tfidf"]


@LEARNERS.register("finetuned")
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
) -> Learner:
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
