"""How long the stages of a round take."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Enters under `stage` how many seconds the block took."""
    began = time.monotonic()
    yield
    seconds[stage] = time.monotonic() - began


def rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds as records keep them: to the millisecond."""
    return {stage: round(value, 3) for stage, value in seconds.items()}
