"""The ways a pool can be scored, ours first. A new back end is one more line in `BACK_ENDS`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.benchmarks.performance import ours, peers
from tests.benchmarks.performance.scorer import Saved, Scorer

OURS = "ours, fp32"
TRAINER = "Trainer.predict, dynamic padding, batch 32"
SMALL_TEXT_SHORT = "small-text, max_length 64, batch 32 (tuned)"
SMALL_TEXT_LONG = "small-text, max_length 512, batch 12 (as it comes)"

BACK_ENDS = ("openvino", "onnx")
"""Of compute.backend. What is not installed, or not used after all, is skipped, with a line that says so."""

SHORT, LONG = 128, 512
"""Tokens a text at most, for all that does not say otherwise."""


@dataclass(frozen=True)
class Route:
    """One way from texts to probabilities.

    Attributes:
        name: in the table.
        make: builds its scorer from the saved model; raises `NotHereError` where something is missing.
        n: texts it is measured on. All for ours; a sample where the rate does not depend on the pool's size,
            as batches are made in the order of the texts (or, sentence-transformers, are full ones anyway).
        max_length: tokens it reads of a text at most.
    """

    name: str
    make: Callable[[Saved], Scorer]
    n: int
    max_length: int


def short_routes(n: int) -> list[Route]:
    """For n texts of some twenty tokens."""
    return [
        *_own(n, SHORT),
        Route(TRAINER, partial(peers.trainer, max_length=SHORT), min(n, 2000), SHORT),
        Route(
            "Trainer.predict, padded to 128, batch 32",
            partial(peers.trainer, max_length=SHORT, dynamic=False), min(n, 300), SHORT,
        ),
        Route(
            "pipeline, batch 32", partial(peers.pipeline, max_length=SHORT, batch_size=32),
            min(n, 1000), SHORT,
        ),
        Route(
            "sentence-transformers encode, batch 32",
            partial(peers.sentence_transformers, max_length=SHORT), min(n, 2000), SHORT,
        ),
        Route(SMALL_TEXT_SHORT, partial(peers.small_text, max_length=64, batch_size=32), min(n, 500), 64),
        Route(
            "small-text, max_length 128, batch 12 (its default)",
            partial(peers.small_text, max_length=128, batch_size=12), min(n, 300), 128,
        ),
        Route(
            SMALL_TEXT_LONG, partial(peers.small_text, max_length=LONG, batch_size=12), min(n, 60), LONG
        ),
    ]  # fmt: skip


def long_routes(n: int) -> list[Route]:
    """For n texts of 300 to 500 tokens."""
    return [
        *_own(n, LONG),
        Route(TRAINER, partial(peers.trainer, max_length=LONG), n, LONG),
        Route("pipeline, batch 1", partial(peers.pipeline, max_length=LONG, batch_size=1), n, LONG),
        Route(
            "sentence-transformers encode, batch 32",
            partial(peers.sentence_transformers, max_length=LONG), n, LONG,
        ),
        Route(SMALL_TEXT_LONG, partial(peers.small_text, max_length=LONG, batch_size=12), n, LONG),
    ]  # fmt: skip


def _own(n: int, max_length: int) -> list[Route]:
    routes = [
        Route(
            f"ours, {precision}",
            partial(ours.plain, precision=precision, max_length=max_length),
            n,
            max_length,
        )
        for precision in ("fp32", "bf16")
    ]
    for name in BACK_ENDS:
        make = partial(ours.with_back_end, name=name, max_length=max_length)
        routes.append(Route(f"ours, back end {name}", make, n, max_length))
    return routes
