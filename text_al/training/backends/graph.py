"""Encoder and pooling as a graph whose weights are inputs, so that new weights need no new graph."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram
from torch.func import functional_call

from text_al.training.classifier import MultilabelClassifier


def encoder_weights(model: MultilabelClassifier) -> dict[str, Tensor]:
    """The encoder's weights by name; one that several modules share is there under each of its names."""
    return {
        f"encoder.{prefix}{'.' if prefix else ''}{name}": weight
        for prefix, module in model.encoder.named_modules()
        for name, weight in module.named_parameters(recurse=False, remove_duplicate=False)
    }


def export(model: MultilabelClassifier) -> ExportedProgram:
    """The graph of (ids (B, S), mask (B, S), the encoder's weights in order) to pooled vectors (B, D).

    Args:
        model: on the CPU; only its structure goes into the graph.
    """
    names, weights = zip(*encoder_weights(model).items(), strict=True)
    batch = torch.full((2, 7), 5)
    sides = {0: Dim.AUTO, 1: Dim.AUTO}
    was_training = model.training
    model.eval()
    try:
        with quiet(), torch.no_grad():
            return torch.export.export(
                _Embedding(model, names),
                (batch, torch.ones_like(batch), tuple(weight.detach() for weight in weights)),
                dynamic_shapes=(sides, sides, tuple(None for _ in weights)),
            )
    finally:
        model.train(was_training)


class _Embedding(nn.Module):
    """The pooled vectors as a function of the weights."""

    def __init__(self, model: MultilabelClassifier, names: Sequence[str]) -> None:
        super().__init__()
        # In a list, so that the weights are no parameters of this module and stay out of the graph.
        self._model, self._names = [_Embed(model)], [f"model.{name}" for name in names]

    def forward(self, ids: Tensor, mask: Tensor, weights: Sequence[Tensor]) -> Tensor:
        named = dict(zip(self._names, weights, strict=True))
        return functional_call(self._model[0], named, (ids, mask), tie_weights=False)  # type: ignore[no-any-return]


class _Embed(nn.Module):
    """Its call is the classifier's `embed`."""

    def __init__(self, model: MultilabelClassifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        return self.model.embed(ids, mask)


@contextmanager
def quiet() -> Iterator[None]:
    """Within it, exporters keep to themselves which of torch's own parts they find old or missing."""
    before = logging.root.manager.disable
    # Some log to the root logger, which prints forever after if it finds itself without a handler.
    guard = logging.NullHandler()
    logging.root.addHandler(guard)
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
        logging.root.removeHandler(guard)
