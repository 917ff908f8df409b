"""Randomness without state: every draw has an address (seed, round, purpose)."""

import zlib

import numpy as np


def generator(seed: int, round_number: int, purpose: str) -> np.random.Generator:
    """A fresh generator for one purpose in one round, so that a resumed run draws what the unbroken one drew.

    Args:
        seed: the run's seed, >= 0.
        round_number: the round, >= 0.
        purpose: what is drawn, for example "query"; different purposes draw independently.
    """
    return np.random.default_rng([seed, round_number, zlib.crc32(purpose.encode())])


def torch_seed(seed: int, round_number: int, step: int) -> int:
    """A 63-bit seed for the draws inside one training step (dropout), for the same reason."""
    return int(
        np.random.SeedSequence([seed, round_number, step]).generate_state(1, np.uint64)[0] >> np.uint64(1)
    )
