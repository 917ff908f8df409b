"""AdamW with a rate of its own for the head, and the course of the rates over a fit."""

import math
from dataclasses import dataclass
from typing import Literal

import torch

from text_al.training.classifier import MultilabelClassifier
from text_al.training.settings import TrainingSettings


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
    """Fused AdamW (with bias correction); weight decay on matrices only; the head at its own rate."""
    encoder = [parameter for parameter in model.encoder.parameters() if parameter.requires_grad]
    head = list(model.head.parameters())
    groups = [
        {
            "params": [p for p in encoder if p.ndim > 1],
            "lr": settings.learning_rate,
            "weight_decay": settings.weight_decay,
        },
        {"params": [p for p in encoder if p.ndim <= 1], "lr": settings.learning_rate, "weight_decay": 0.0},
        {
            "params": [p for p in head if p.ndim > 1],
            "lr": settings.head_learning_rate,
            "weight_decay": settings.weight_decay,
        },
        {"params": [p for p in head if p.ndim <= 1], "lr": settings.head_learning_rate, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8, fused=True)
    optimizer.register_step_post_hook(_count_changes)
    return optimizer


def _count_changes(optimizer: torch.optim.Optimizer, *_: object) -> None:
    """The fused step changes weights without counting it, and back ends go by that count."""
    for group in optimizer.param_groups:
        torch.autograd.graph.increment_version(group["params"])
