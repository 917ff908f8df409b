"""Torch's random state, lent and given back."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def own_randomness(device: str, seed: int | None = None) -> Iterator[None]:
    """Seeding inside leaves the process's own random state as it was.

    Args:
        device: torch's device type.
        seed: to begin with; None seeds nothing yet.
    """
    devices = [torch.cuda.current_device()] if device == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        if seed is not None:
            torch.manual_seed(seed)
        yield
