"""torch.compile, on demand.

On a CPU it does not pay: compiling MiniLM took 98 s for scoring and 99 s for training (13 and 35 CPU-seconds,
other programs beside it); afterwards padded bf16 scoring was 1.16 times as fast, which packing without
`compile` beats, and a training step took 147 ms where it takes 131 ms uncompiled.
"""

import warnings

import torch

from text_al.errors import TrainingError
from text_al.training.classifier import MultilabelClassifier


def compile_encoder(model: MultilabelClassifier) -> None:
    """Compiles the encoder's forward pass for batches of any shape, in place: names and weights stay.

    Args:
        model: on its device; the first batches that go through it afterwards take minutes.

    Raises:
        TrainingError: there is no compiler here that works; found out on a sum of two numbers.
    """
    device = model.head.weight.device
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's compiler uses what torch itself calls old
            torch.compile(_trial, dynamic=True)(torch.ones(2, device=device))
    except RuntimeError as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise TrainingError(
            f"compute.compile is true, but torch.compile does not work here ({reason}). "
            "On Linux it needs g++ (for a CPU) or Triton (for a GPU); or write compute.compile: false"
        ) from error
    model.encoder.compile(dynamic=True)


def _trial(numbers: torch.Tensor) -> torch.Tensor:
    return numbers.sin() + 1
