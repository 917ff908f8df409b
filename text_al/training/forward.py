"""How a batch of texts becomes pooled vectors: padded, or packed without a wasted token."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own habit
from torch import Tensor

from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import Hardware
from text_al.training.encoders import first_position
from text_al.training.tokens import Tokens
from text_al.types import FloatArray, IntArray

PACKED = "text_al_packed"


class Forward(Protocol):
    """Pooled vectors of some texts, dropout off."""

    @property
    def name(self) -> str:
        """How it computes, for the log."""
        ...

    def __call__(self, tokens: Tokens, rows: IntArray) -> FloatArray:
        """(B, D) float32 of the texts `rows` (B,), in their order."""
        ...


class Padded:
    """Texts padded to the longest of the batch: any encoder can do it, and it is the measure of the others.

    Args:
        model: on the hardware's device.
        hardware: where, and how precisely.
        pad_id: the tokenizer's padding id.
    """

    def __init__(self, model: MultilabelClassifier, *, hardware: Hardware, pad_id: int) -> None:
        self.model, self.hardware, self.pad_id = model, hardware, pad_id
        self.name = f"padded, {_precision(hardware)}"

    def __call__(self, tokens: Tokens, rows: IntArray) -> FloatArray:
        """(B, D) float32 of the texts `rows` (B,)."""
        ids, mask = tokens.padded(rows, self.pad_id)
        device = self.hardware.device
        with scoring(self.model, self.hardware):
            pooled = self.model.embed(
                torch.as_tensor(ids, device=device), torch.as_tensor(mask, device=device)
            )
        return _array(pooled)


class Packed:
    """Texts one after the other as one row: nothing is padded, and each text attends to itself alone.

    The linear layers see one row of all tokens; attention runs over groups of texts of equal length, of
    which there are few where a batch is sorted by length. For encoders that number their positions as they
    are told, attend over everything, and take transformers' attention functions; whether one does is found
    out by comparing (`training.agreement`).

    Args:
        model: on the hardware's device.
        hardware: where, and how precisely.
    """

    def __init__(self, model: MultilabelClassifier, *, hardware: Hardware) -> None:
        _register()
        self.model, self.hardware = model, hardware
        self.first_position = first_position(model.encoder)
        self.name = f"packed, {_precision(hardware)}"

    def __call__(self, tokens: Tokens, rows: IntArray) -> FloatArray:
        """(B, D) float32 of the texts `rows` (B,); zeros for a text without tokens."""
        order = np.argsort(-tokens.lengths[rows], kind="stable")
        order, n_rows = order[tokens.lengths[rows[order]] > 0], len(rows)
        if len(order) == 0:
            return np.zeros((n_rows, self.model.head.in_features), dtype=np.float32)
        ids, lengths = tokens.flat(rows[order])
        groups, device = _groups(lengths), self.hardware.device
        positions = np.concatenate([np.tile(np.arange(length), n) for n, length in groups])
        with scoring(self.model, self.hardware), _attending(self.model.encoder):
            output = self.model.encoder(
                input_ids=torch.as_tensor(ids, device=device)[None],
                position_ids=torch.as_tensor(positions + self.first_position, device=device)[None],
                text_groups=groups,
            )
            parts = output.last_hidden_state[0].split([n * length for n, length in groups])
            pooled = torch.cat(
                [
                    _pool(part.view(n, length, -1), self.model.pooling)
                    for part, (n, length) in zip(parts, groups, strict=True)
                ]
            )
        vectors = np.zeros((n_rows, pooled.shape[1]), dtype=np.float32)
        vectors[order] = _array(pooled)
        return vectors


@contextmanager
def scoring(model: MultilabelClassifier, hardware: Hardware) -> Iterator[None]:
    """Within it, the model computes without gradients or dropout, in the hardware's precision."""
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode(), torch.autocast(hardware.device, torch.bfloat16, enabled=hardware.bf16):
            yield
    finally:
        model.train(was_training)


def _precision(hardware: Hardware) -> str:
    return "bf16" if hardware.bf16 else "fp32"


def _array(pooled: Tensor) -> FloatArray:
    return np.asarray(pooled.float().cpu().numpy())


def _pool(hidden: Tensor, pooling: str) -> Tensor:
    """(n, D) of token vectors (n, length, D) without padding."""
    if pooling == "cls":
        return hidden[:, 0]
    return hidden.mean(dim=1, dtype=torch.float32)


def _groups(lengths: IntArray) -> list[tuple[int, int]]:
    """(how many, how long) for each run of equal lengths."""
    starts = np.flatnonzero(np.diff(lengths, prepend=-1))
    counts = np.diff(starts, append=len(lengths))
    return [(int(n), int(lengths[start])) for n, start in zip(counts, starts, strict=True)]


@contextmanager
def _attending(encoder: Any) -> Iterator[None]:
    """Within it, the encoder attends text by text."""
    config = encoder.config
    before = config._attn_implementation  # noqa: SLF001 - set_attn_implementation would rebuild every layer's
    config._attn_implementation = PACKED  # noqa: SLF001
    try:
        yield
    finally:
        config._attn_implementation = before  # noqa: SLF001


def _attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **said: Any,
) -> tuple[Tensor, None]:
    """Attention within each text of a packed row; query (1, H, T, D), as transformers asks for it.

    Raises:
        NotImplementedError: the encoder wants what packed texts cannot have.
    """
    if attention_mask is not None or said.get("sliding_window") or said.get("position_bias") is not None:
        raise NotImplementedError("this encoder's attention is not over the whole text")
    parts, start = [], 0
    for n, length in said["text_groups"]:
        q, k, v = (_texts(tensor, start, n, length) for tensor in (query, key, value))
        mixed = F.scaled_dot_product_attention(
            q,
            k,
            v,
            scale=scaling,
            is_causal=bool(getattr(module, "is_causal", False)),
            enable_gqa=k.shape[1] != q.shape[1],
        )
        parts.append(mixed.transpose(1, 2).reshape(n * length, query.shape[1], -1))
        start += n * length
    return torch.cat(parts)[None], None


def _texts(tensor: Tensor, start: int, n: int, length: int) -> Tensor:
    """(n, H, length, D) of n texts in a packed row (1, H, T, D)."""
    part = tensor[0, :, start : start + n * length]
    return part.reshape(part.shape[0], n, length, -1).transpose(0, 1)


def _no_mask(*_: object, **__: object) -> None:
    """No text sees another, so nothing has to be masked."""


def _register() -> None:
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface

    AttentionInterface.register(PACKED, _attend)
    AttentionMaskInterface.register(PACKED, _no_mask)
