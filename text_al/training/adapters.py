"""Low-rank adapters (LoRA) for the length of a fit: added before it, merged into the weights at its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from text_al.errors import TrainingError
from text_al.training.classifier import MultilabelClassifier
from text_al.training.extras import require
from text_al.training.randomness import own_randomness
from text_al.training.settings import LoraSettings

_NAME = "text_al"
_POOLER = r"(.*\.)?pooler\..*"


@contextmanager
def adapted(model: MultilabelClassifier, settings: LoraSettings | None, *, seed: int) -> Iterator[None]:
    """Within it, only the head and adapters beside the encoder's layers can be trained.

    At its end the adapters are merged into the layers, and the encoder has the modules and the names that it
    had before. After an error they are dropped, and the encoder's weights are those of before.

    Args:
        model: changed in place.
        settings: of the adapters; None trains all layers, and nothing is done.
        seed: draws the adapters' first weights.

    Raises:
        TrainingError: the extra `peft` is not installed, or the encoder has no such modules.

    Source: Hu et al. (2022), LoRA: Low-Rank Adaptation of Large Language Models; the layers are peft's.
    """
    if settings is None:
        yield
        return
    trained = [parameter for parameter in model.encoder.parameters() if parameter.requires_grad]
    tuner = _add(model, settings, seed)
    try:
        yield
        _merge(model)
    finally:
        tuner.unload()
        for parameter in trained:
            parameter.requires_grad_(True)


def _add(model: MultilabelClassifier, settings: LoraSettings, seed: int) -> Any:
    """Adds adapters that change nothing yet; what can take them out again."""
    require("peft", extra="peft", setting="training.lora is set")
    from peft import LoraConfig, LoraModel

    is_auto = settings.target_modules == "auto"
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules="all-linear" if is_auto else list(settings.target_modules),
        # Without gradients: mean and cls pooling do not read it.
        exclude_modules=_POOLER if is_auto and model.pooling != "pooler" else None,
    )
    with own_randomness(model.head.weight.device.type, seed):
        try:
            return LoraModel(model.encoder, config, _NAME)
        except ValueError as error:
            raise TrainingError(_no_such_modules(model, settings, error)) from error


@torch.no_grad()
def _merge(model: MultilabelClassifier) -> None:
    """In place, so that whoever watches the weights sees that they change; peft's own merging hides it."""
    from peft.tuners.lora import LoraLayer

    layers: list[Any] = [module for module in model.encoder.modules() if isinstance(module, LoraLayer)]
    for layer in layers:
        layer.get_base_layer().weight.add_(layer.get_delta_weight(_NAME))


def _no_such_modules(model: MultilabelClassifier, settings: LoraSettings, error: ValueError) -> str:
    linear = {
        name.rpartition(".")[2]
        for name, module in model.encoder.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    return (
        f"training.lora.target_modules is {settings.target_modules!r}, which does not fit this encoder "
        f"({error}); its linear layers end in {', '.join(sorted(linear))}"
    )
