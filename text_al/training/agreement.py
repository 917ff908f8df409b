"""Whether a faster way through the encoder gives the same answers as the plain one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from text_al.metrics import sigmoid
from text_al.seeds import generator
from text_al.training.backends import make_forward
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import Hardware
from text_al.training.forward import Forward, Packed, Padded
from text_al.training.linear_head import Standardiser
from text_al.training.tokens import Tokens
from text_al.types import FloatArray, IntArray

TEXTS, TOKENS = 256, 4096  # compared: so many texts, and no more tokens than that
LEAST = 16  # different texts that tell anything
LABELS, SPREAD = 32, 2.0  # the heads that judge: random ones, whose logits have this standard deviation
BOUND = 0.03
"""The largest difference in any of these sigmoids. On MiniLM bf16 gives 0.016 with them, and 0.003 to 0.014
with fitted heads, the more the sharper they are (docs/performance.md)."""


@dataclass(frozen=True)
class Choice:
    """The forward pass that is used, and a sentence for each that was tried before and is not.

    `is_compared` is False where there was too little to compare on, so that the plain one is used meanwhile.
    """

    forward: Forward
    notes: tuple[str, ...] = ()
    is_compared: bool = True


def choose_forward(model: MultilabelClassifier, tokens: Tokens, *, hardware: Hardware, pad_id: int) -> Choice:
    """The fastest forward pass whose answers on a few hundred of these texts are those of padded fp32.

    Args:
        model: on the hardware's device, with its pretrained weights, so that a run that is resumed chooses
            as it did before.
        tokens: of the pool.
        hardware: the precision that is wished for.
        pad_id: the tokenizer's padding id.
    """
    rows = _sample(tokens)
    exact = replace(hardware, bf16=False)
    plain = Padded(model, hardware=exact, pad_id=pad_id)
    if not can_tell(tokens):
        return Choice(plain, is_compared=False)
    wanted = plain(tokens, rows)
    notes: list[str] = []
    for name, make in _candidates(model, hardware, exact, pad_id):
        tried = _tried(make, tokens, rows, wanted)
        if not isinstance(tried, str):
            return Choice(tried, tuple(notes))
        notes.append(f"texts are not scored {name}, which would be faster: {tried}")
    return Choice(plain, tuple(notes))


def can_tell(tokens: Tokens) -> bool:
    """Whether enough of the texts differ: packed alone, or beside its like, any text comes out right."""
    starts, ends = (tokens.offsets[_sample(tokens) + after] for after in (0, 1))
    return len({tokens.ids[start:end].tobytes() for start, end in zip(starts, ends, strict=True)}) >= LEAST


def largest_difference(wanted: FloatArray, found: FloatArray) -> float:
    """Between sigmoids of random heads on two sets of pooled vectors (n, D) that should be alike.

    The heads are fixed and drawn for the spread of `wanted`, so that the figure means the same for any
    encoder: their logits have a standard deviation of 2.
    """
    standardiser = Standardiser.of(wanted.astype(np.float64), length=SPREAD)
    heads = generator(0, 0, "agreement").standard_normal((wanted.shape[1], LABELS))
    expected, got = (sigmoid(standardiser.apply(vectors) @ heads) for vectors in (wanted, found))
    return float(np.abs(expected - got).max())


def _candidates(
    model: MultilabelClassifier, hardware: Hardware, exact: Hardware, pad_id: int
) -> Iterator[tuple[str, Callable[[], Forward]]]:
    """Fastest first."""
    if hardware.backend != "torch":
        yield (
            f"by {hardware.backend}",
            lambda: make_forward(hardware.backend, model, pad_id=pad_id, bf16=hardware.bf16),
        )
    for precision in (hardware, exact) if hardware.bf16 else (exact,):
        said = "in bf16" if precision.bf16 else "in fp32"
        if model.pooling != "pooler" and not hardware.compiled:  # each batch would be compiled anew
            yield f"packed {said}", lambda precision=precision: Packed(model, hardware=precision)  # type: ignore[misc]
        if precision.bf16:
            yield said, lambda: Padded(model, hardware=hardware, pad_id=pad_id)


def _tried(make: Callable[[], Forward], tokens: Tokens, rows: IntArray, wanted: FloatArray) -> Forward | str:
    """A forward pass that agrees, or what speaks against it."""
    try:
        forward = make()
        found = forward(tokens, rows)
    except (
        TypeError,
        ValueError,
        KeyError,
        IndexError,
        AttributeError,
        RuntimeError,
    ) as error:  # of encoders not made for it
        return (
            f"the encoder cannot ({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''})"
        )
    difference = largest_difference(wanted, found)
    return forward if difference <= BOUND else f"probabilities differ by up to {difference:.3f}"


def _sample(tokens: Tokens) -> IntArray:
    """Some texts at random, always the same."""
    rows = generator(0, 0, "agreement texts").permutation(len(tokens))[:TEXTS]
    within = np.cumsum(tokens.lengths[rows]) <= TOKENS
    return rows[within | (np.arange(len(rows)) < LEAST)]
