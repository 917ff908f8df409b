"""A back end that always computes with the weights the model has at that moment."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from torch import Tensor
from torch.export import ExportedProgram

from text_al.training.backends.graph import encoder_weights, export
from text_al.training.classifier import MultilabelClassifier
from text_al.training.tokens import Tokens
from text_al.types import FloatArray, IntArray

Run = Callable[[IntArray, IntArray], FloatArray]
"""(B, D) pooled vectors of ids and mask (B, S)."""


class Engine(Protocol):
    """A library that computes graphs."""

    @property
    def name(self) -> str:
        """Which, and how precisely."""
        ...

    def convert(self, exported: ExportedProgram) -> Any:
        """The graph in the library's own form, still without weights."""
        ...

    def compile(self, graph: Any, weights: Sequence[FloatArray]) -> Run:
        """A converted graph with weights, ready to run."""
        ...


class Live:
    """Pooled vectors by another library, as `training.forward.Forward`.

    A graph is converted once for each structure of the encoder (seconds; adapters are another structure)
    and compiled anew when weights have changed (a tenth of a second for MiniLM).

    Args:
        model: on the CPU.
        engine: computes.
        pad_id: the tokenizer's padding id.
    """

    def __init__(self, model: MultilabelClassifier, engine: Engine, *, pad_id: int) -> None:
        self.model, self.engine, self.pad_id = model, engine, pad_id
        self.name = engine.name
        self._graphs: dict[tuple[str, ...], Any] = {}
        self._state: Sequence[object] = ()
        self._run: Run | None = None

    def __call__(self, tokens: Tokens, rows: IntArray) -> FloatArray:
        """(B, D) float32 of the texts `rows` (B,), in their order."""
        weights = encoder_weights(self.model)
        state = _state(weights)
        if self._run is None or state != self._state:
            self._run = self._compiled(weights)
            self._state = state
        return self._run(*tokens.padded(rows, self.pad_id))

    def _compiled(self, weights: dict[str, Tensor]) -> Run:
        structure = tuple(weights)
        if structure not in self._graphs:
            self._graphs[structure] = self.engine.convert(export(self.model))
        arrays = [np.ascontiguousarray(weight.detach().numpy()) for weight in weights.values()]
        return self.engine.compile(self._graphs[structure], arrays)


def _state(weights: dict[str, Tensor]) -> Sequence[object]:
    """Another one for other weights: torch counts the changes that are made to a tensor in place."""
    return [(name, weight.data_ptr(), weight._version) for name, weight in weights.items()]  # noqa: SLF001
