"""One update of the weights on one batch."""

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from text_al.seeds import torch_seed
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import Hardware
from text_al.training.losses import LOSSES, balanced_pos_weight
from text_al.training.optimisation import make_optimizer
from text_al.training.processes import place, summed
from text_al.training.settings import TrainingSettings
from text_al.training.tokens import TokenSet
from text_al.types import FloatArray, IntArray


@dataclass(frozen=True)
class Seen:
    """What an update saw: positions (B,), logits (B, L), mean loss per known target, number of those."""

    rows: IntArray
    logits: FloatArray
    loss: float
    n_known: int


class Stepper:
    """Model, optimizer and loss, stepped through accelerate.

    Args:
        accelerator: runs the backward pass.
        model: on the hardware's device; changed in place.
        train: the texts that batches point into.
        settings: rates, loss, accumulation.
        hardware: where, and how precisely.
        pad_id: the tokenizer's padding id.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        model: MultilabelClassifier,
        train: TokenSet,
        settings: TrainingSettings,
        *,
        hardware: Hardware,
        pad_id: int,
    ) -> None:
        self.accelerator, self.train, self.settings = accelerator, train, settings
        self.hardware, self.pad_id = hardware, pad_id
        self.model, self.optimizer = accelerator.prepare(model, make_optimizer(model, settings))
        self._head, self._head_start = model.head, model.head.weight.detach().clone()
        self.peak_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.loss = LOSSES.entry(settings.loss).function(**settings.loss_args)
        weight = balanced_pos_weight(train.targets) if settings.pos_weight == "balanced" else None
        self.pos_weight = None if weight is None else self._tensor(weight.astype(np.float32))

    def update(self, batch: IntArray, factor: float, *, seed: tuple[int, int, int]) -> Seen:
        """One step of the optimizer.

        Args:
            batch: (B,) positions in the training set.
            factor: of the peak rates, in [0, 1].
            seed: (seed, round, step), the address of the dropout's draws.
        """
        rank, _ = place()
        torch.manual_seed(torch_seed(*seed) + rank)
        for group, peak in zip(self.optimizer.param_groups, self.peak_rates, strict=True):
            group["lr"] = peak * factor
        self.model.train()
        n_known = int((self.train.targets[batch] >= 0).sum())
        parts = np.array_split(batch, min(len(batch), self.settings.gradient_accumulation_steps))
        with self.accelerator.no_sync(self.model) if len(parts) > 1 else nullcontext():
            done = [self._backward(part, max(1, n_known)) for part in parts[:-1]]
        done.append(self._backward(parts[-1], max(1, n_known)))
        self.accelerator.clip_grad_norm_(self.model.parameters(), self.settings.max_grad_norm)
        self.optimizer.step()
        self._pull(factor)
        self.optimizer.zero_grad(set_to_none=True)
        rows, logits = (np.concatenate(arrays) for arrays in list(zip(*done, strict=True))[:2])
        return Seen(rows, logits, float(summed(np.array([sum(loss for *_, loss in done)]))[0]), n_known)

    @torch.no_grad()
    def _pull(self, factor: float) -> None:
        """Draws the head a little back to where it started."""
        strength = self.settings.head_pull * self.settings.head_learning_rate * factor
        if strength:
            self._head.weight.lerp_(self._head_start, min(1.0, strength))

    def _backward(self, part: IntArray, n_known: int) -> tuple[IntArray, FloatArray, float]:
        """Gradients of this process's share of a part of a batch.

        Returns:
            Its positions and logits, and its share of the batch's mean loss.
        """
        rank, n_processes = place()
        share = part[rank::n_processes]
        # A process without a text takes part in the sum of gradients with one that weighs nothing.
        ids, mask = self.train.tokens.padded(self.train.rows[share if len(share) else part[:1]], self.pad_id)
        targets = self._tensor(self.train.targets[share].astype(np.float32))
        with torch.autocast(self.hardware.device, torch.bfloat16, enabled=self.hardware.bf16):
            logits = self.model(self._tensor(ids), self._tensor(mask)).float()
        idle = logits.sum() * 0
        logits = logits[: len(share)]
        losses = self.loss(logits, targets.clamp(min=0))
        if self.pos_weight is not None:
            losses = torch.where(targets == 1, losses * self.pos_weight, losses)
        loss = (losses * (targets >= 0)).sum() / n_known if len(share) else idle
        # Gradients are averaged over the processes, but the loss is a sum over them.
        self.accelerator.backward(loss * n_processes)
        return share, logits.detach().cpu().numpy(), float(loss.detach())

    def _tensor(self, array: FloatArray | IntArray) -> Tensor:
        return torch.as_tensor(array, device=self.hardware.device)
