"""Candidates in parts: views, never copies, and read-only, so that no strategy can change what others see."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from text_al.types import Candidates, Labelled

T = TypeVar("T", bound=np.generic)
_ALL = slice(None)


def chunks_of(candidates: Candidates, size: int) -> Iterator[tuple[int, Candidates]]:
    """Consecutive parts of at most `size` candidates, each with the position at which it starts."""
    for start in range(0, len(candidates), size):
        yield start, read_only(candidates, slice(start, start + size))


def read_only(candidates: Candidates, part: slice = _ALL) -> Candidates:
    """A view of some candidates that cannot be written to; what belongs to no single text stays whole."""
    passes, label_embeddings = candidates.passes, candidates.label_embeddings
    return replace(
        candidates,
        rows=_view(candidates.rows, part),
        logits=_view(candidates.logits, part),
        probs=_view(candidates.probs, part),
        thresholds=_view(candidates.thresholds),
        embeddings=None if candidates.embeddings is None else _view(candidates.embeddings, part),
        passes=None if passes is None else _view(passes, (_ALL, part)),
        label_embeddings=None if label_embeddings is None else _view(label_embeddings),
        labelled=None if candidates.labelled is None else _labelled(candidates.labelled),
    )


def _labelled(labelled: Labelled) -> Labelled:
    return Labelled(
        rows=_view(labelled.rows),
        targets=_view(labelled.targets),
        probs=None if labelled.probs is None else _view(labelled.probs),
        embeddings=None if labelled.embeddings is None else _view(labelled.embeddings),
    )


def _view(array: NDArray[T], part: slice | tuple[slice, ...] = _ALL) -> NDArray[T]:
    view = array[part]
    view.flags.writeable = False
    return view
