"""AdamW with a rate of its own for the head, and the course of the rates over a fit."""

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from text_al.training.classifier import MultilabelClassifier
from text_al.training.settings import TrainingSettings

_LAYER = re.compile(r"\.(?:layer|layers|h|block)\.(\d+)\.")


@dataclass(frozen=True)
class Schedule:
    """A factor for the peak rates: up over the first share of the updates, then down to 0, or level.

    Attributes:
        kind: its course after the warm-up.
        total: updates in all.
        warmup_ratio: the share of them that warms up, in [0, 1).
    """

    kind: Literal["linear", "cosine", "constant"]
    total: int
    warmup_ratio: float

    def at(self, step: int) -> float:
        """The factor in (0, 1] for the update after `step` updates."""
        warmup = self.warmup_ratio * self.total
        if step < warmup:
            return (step + 1) / (warmup + 1)
        done = (step - warmup) / max(1.0, self.total - warmup)
        if self.kind == "linear":
            return max(0.0, 1.0 - done)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, done))) if self.kind == "cosine" else 1.0


def make_optimizer(model: MultilabelClassifier, settings: TrainingSettings) -> torch.optim.Optimizer:
    """Fused AdamW (with bias correction); weight decay on matrices only; the head at its own rate.

    With a layer decay below 1 each layer moves that much more slowly than the one above it, as lower layers
    hold what all texts share (Howard and Ruder 2018, Universal Language Model Fine-tuning for Text
    Classification).
    """
    rates = {
        name: settings.learning_rate * rate for name, rate in _shares(model, settings.layer_decay).items()
    }
    every = {
        **rates,
        **{f"head.{name}": settings.head_learning_rate for name, _ in model.head.named_parameters()},
    }
    groups: dict[tuple[float, bool], list[nn.Parameter]] = defaultdict(list)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups[every[name], parameter.ndim > 1].append(parameter)
    optimizer = torch.optim.AdamW(
        [
            {"params": found, "lr": rate, "weight_decay": settings.weight_decay if is_matrix else 0.0}
            for (rate, is_matrix), found in groups.items()
        ],
        betas=(0.9, 0.999),
        eps=1e-8,
        fused=True,
    )
    optimizer.register_step_post_hook(_count_changes)
    return optimizer


def _shares(model: MultilabelClassifier, decay: float) -> dict[str, float]:
    """The share of the peak rate of each of the encoder's parameters, by name."""
    names = [name for name, _ in model.named_parameters() if name.startswith("encoder.")]
    depths = {name: _depth(name) for name in names}
    top = max((depth for depth in depths.values() if depth is not None), default=0)
    return {name: decay ** (top - depth) if depth is not None else 1.0 for name, depth in depths.items()}


def _depth(name: str) -> int | None:
    """0 for embeddings, i + 1 for layer i; None for what belongs to no layer, such as a last norm."""
    found = _LAYER.search(name)
    if found is not None:
        return int(found[1]) + 1
    return 0 if "embed" in name else None


def _count_changes(optimizer: torch.optim.Optimizer, *_: object) -> None:
    """The fused step changes weights without counting it, and back ends go by that count."""
    for group in optimizer.param_groups:
        torch.autograd.graph.increment_version(group["params"])
