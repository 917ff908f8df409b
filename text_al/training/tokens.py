"""Texts become token ids once; afterwards they are slices of one flat array."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.reporting import Reporter
from text_al.types import IntArray, TargetArray, Texts

CHUNK = 1000


@dataclass(frozen=True)
class Tokens:
    """Token ids of N texts, without padding.

    Attributes:
        ids: (sum of lengths,) int32.
        offsets: (N + 1,) int64; text i is ids[offsets[i]:offsets[i + 1]].
        n_cut: texts longer than the model reads, cut at its end.
    """

    ids: IntArray
    offsets: IntArray
    n_cut: int

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> IntArray:
        """(N,) tokens a text."""
        return np.diff(self.offsets)

    def padded(self, rows: IntArray, pad_id: int) -> tuple[IntArray, IntArray]:
        """Ids and mask (len(rows), longest) int64 of these texts, padded at the right to the longest."""
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        mask = np.arange(max(1, lengths.max(initial=0))) < lengths[:, None]
        ids = np.full(mask.shape, pad_id, dtype=np.int64)
        for place, row in enumerate(rows):
            ids[place, : lengths[place]] = self.ids[self.offsets[row] : self.offsets[row + 1]]
        return ids, mask.astype(np.int64)


@dataclass(frozen=True)
class TokenSet:
    """Texts as tokens with their targets (n, L); `rows` (n,) are the positions in `tokens`."""

    tokens: Tokens
    rows: IntArray
    targets: TargetArray

    def __len__(self) -> int:
        return len(self.rows)


def tokenise(texts: Texts, tokenizer: Any, max_length: int, reporter: Reporter) -> Tokens:
    """The tokens of all texts, special tokens included, cut at `max_length`.

    Args:
        texts: N texts.
        tokenizer: a tokenizer of transformers.
        max_length: tokens a text at most.
        reporter: hears of the progress.
    """
    reporter.stage("tokenise", len(texts))
    n_closing = _closing_tokens(tokenizer)
    parts, lengths, n_cut = [], [], 0
    for start in range(0, len(texts), CHUNK):
        chunk = texts.texts(np.arange(start, min(start + CHUNK, len(texts))))
        encoded = tokenizer(
            chunk, add_special_tokens=True, truncation=False, return_attention_mask=False, verbose=False
        )
        for ids in encoded["input_ids"]:
            n_cut += len(ids) > max_length
            kept = np.asarray(_cut(ids, max_length, n_closing), dtype=np.int32)
            parts.append(kept)
            lengths.append(len(kept))
        reporter.advance(len(chunk))
    flat = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
    return Tokens(flat, np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64), n_cut)


def _closing_tokens(tokenizer: Any) -> int:
    """How many special tokens end a text: one for BERT and its kin, two for XLNet, none for GPT-2."""
    is_special = tokenizer("a", return_special_tokens_mask=True)["special_tokens_mask"]
    return len(is_special) - 1 - max((at for at, special in enumerate(is_special) if not special), default=-1)


def _cut(ids: list[int], max_length: int, n_closing: int) -> list[int]:
    """The first ids and the `n_closing` last, as the tokenizer's own truncation keeps them."""
    if len(ids) <= max_length:
        return ids
    return [*ids[: max_length - n_closing], *ids[len(ids) - n_closing :]]
