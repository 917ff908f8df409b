"""The mean of the last weights of a fit: steadier than the last ones alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """The running mean of a model's weights over the last part of a fit.

    Args:
        model: whose weights.
        share: of the updates that count, the last ones, in [0, 1]; 0 keeps the last weights.
        total: updates of the fit.

    Source: Izmailov et al. (2018), Averaging Weights Leads to Wider Optima and Better Generalization.
    """

    def __init__(self, model: nn.Module, share: float, total: int) -> None:
        self._model, self._first = model, total * (1 - share)
        self._mean: dict[str, Tensor] = {}
        self._count = 0

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Counts the weights after `step` updates, if they are among the last ones."""
        if step <= self._first:
            return
        self._count += 1
        for name, weight in self._model.named_parameters():
            if not weight.requires_grad:
                continue
            if name in self._mean:
                self._mean[name].lerp_(weight.detach(), 1 / self._count)
            else:
                self._mean[name] = weight.detach().clone()

    def apply(self) -> None:
        """Gives the model the mean; without any update that counted, it stays as it is."""
        if self._mean:
            self._model.load_state_dict(self._mean, strict=False)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Within it, the model has the mean of the weights so far, if any counted; then its own again."""
        own = {
            name: weight.detach().clone()
            for name, weight in self._model.named_parameters()
            if name in self._mean
        }
        self.apply()
        try:
            yield
        finally:
            self._model.load_state_dict(own, strict=False)
