"""Passes by dropout: a fine-tuned encoder reads each text several times, each time without other units."""

import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own habit
from torch import Tensor, nn

from text_al.errors import TrainingError
from text_al.metrics import sigmoid
from text_al.reporting import Reporter
from text_al.seeds import generator
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import Hardware
from text_al.training.encoder_model import EncoderModel
from text_al.training.forward import Forward
from text_al.training.randomness import own_randomness
from text_al.training.scoring import Work, score
from text_al.training.tokens import Tokens
from text_al.types import FloatArray, IntArray

NO_DROPOUT = (
    "training.passes is 'dropout', but this encoder has no dropout of its own, and model.dropout is 0: "
    "all passes would be the same; set model.dropout, or write training.passes: heads"
)


def check_dropout(model: MultilabelClassifier, hardware: Hardware) -> None:
    """Looks whether dropout can make a difference.

    Raises:
        TrainingError: there is none, or what scores knows none.
    """
    if hardware.backend != "torch":
        raise TrainingError(
            f"training.passes is 'dropout', but compute.backend is '{hardware.backend}', which knows none; "
            "write compute.backend: torch, or training.passes: heads"
        )
    if not _layers(model):
        raise TrainingError(NO_DROPOUT)


def dropout_passes(
    net: EncoderModel, rows: IntArray, *, n_passes: int, seed: int, round_number: int, reporter: Reporter
) -> FloatArray:
    """What T networks make of texts, each of them the model without some of its units.

    Args:
        net: the model, the pool, and how texts are scored.
        rows: (M,) of the pool.
        n_passes: T; each takes as long as scoring does.
        seed: the run's.
        round_number: whose model it is.
        reporter: hears of the progress.

    Returns:
        (T, M, L) float32 probabilities. Units are drawn by (seed, round, pass, texts of a batch): the same
        rows in any order give the same passes to the bit, also after a restart. A text that goes through
        together with others, as in windows of another size, has other draws.

    Source: Gal and Ghahramani (2016), Dropout as a Bayesian Approximation.
    """
    tokens, head, work = net.reading.tokens(net.pool, reporter), net.model.fitted_head(), net.work(reporter)
    passes = np.empty((n_passes, len(rows), len(head.bias)), dtype=np.float32)
    order = np.argsort(rows, kind="stable")
    reporter.stage("passes", n_passes * len(rows))
    for number in range(n_passes):
        forward = Dropping(work.forward, net.model, net.hardware, address=(seed, round_number, number))
        dropped = Work(forward, work.max_tokens)
        logits = score(dropped, head, tokens, np.asarray(rows)[order], reporter=reporter).logits
        passes[number, order] = sigmoid(logits)
    return passes


class Dropping:
    """A forward pass as `training.forward.Forward`, with the dropout layers on.

    They are on in the encoder and on the pooled vector, whatever the mode of the model, which stays as it is.
    Dropout inside attention functions stays off: packed texts have none.

    Args:
        forward: by torch.
        model: whose it is.
        hardware: where it runs.
        address: (seed, round, pass), by which the units are drawn.
    """

    def __init__(
        self,
        forward: Forward,
        model: MultilabelClassifier,
        hardware: Hardware,
        *,
        address: tuple[int, int, int],
    ) -> None:
        self.forward, self.model, self.hardware, self.address = forward, model, hardware, address
        self.name = f"{forward.name}, with dropout"
        self._has_dropped = False

    def __call__(self, tokens: Tokens, rows: IntArray) -> FloatArray:
        """(B, D) float32 of the texts `rows` (B,).

        Raises:
            TrainingError: the encoder's dropout layers are none that a text goes through.
        """
        with own_randomness(self.hardware.device, self._seed(rows)), self._dropout_on():
            pooled = torch.as_tensor(self.forward(tokens, rows))
            # Not by its own layer, which would draw as well where the model is in training mode.
            vectors = F.dropout(pooled, self.model.dropout.p, training=True)
        if not self._has_dropped and self.model.dropout.p == 0:
            raise TrainingError(NO_DROPOUT)
        return np.asarray(vectors.numpy())

    def _seed(self, rows: IntArray) -> int:
        seed, round_number, number = self.address
        texts = zlib.crc32(np.asarray(rows, dtype=np.int64).tobytes())
        return int(generator(seed, round_number, f"dropout {number} {texts}").integers(2**63))

    @contextmanager
    def _dropout_on(self) -> Iterator[None]:
        with ExitStack() as held:
            if self.hardware.compiled:  # what is compiled already knows no hooks
                held.enter_context(torch.compiler.set_stance("force_eager"))
            for layer in _layers(self.model.encoder):
                held.callback(layer.register_forward_hook(self._drop).remove)
            yield

    def _drop(self, layer: Any, given: tuple[Tensor, ...], _: Tensor) -> Tensor:
        self._has_dropped = True
        return F.dropout(given[0], layer.p, training=True)


def _layers(model: nn.Module) -> list[nn.Dropout]:
    return [layer for layer in model.modules() if isinstance(layer, nn.Dropout) and layer.p > 0]
