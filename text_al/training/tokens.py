"""Texts become token ids once; then they are slices of one flat array, on disk where there is a cache."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from text_al.data.cache import Cache
from text_al.data.growing import Column
from text_al.reporting import Reporter
from text_al.types import IntArray, TargetArray, Texts

CHUNK = 1000  # texts a call of the tokenizer
PART = 65_536  # texts that are written together: what a killed run loses at most
_COLUMNS = {"ids": Column("int32"), "lengths": Column("int32"), "n_cut": Column("int64")}


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

    @cached_property
    def lengths(self) -> IntArray:
        """(N,) tokens a text."""
        return np.diff(self.offsets)

    def flat(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """These texts one after the other: their ids (sum of lengths,) int64 and lengths (len(rows),)."""
        starts, lengths = self.offsets[rows], self.lengths[rows]
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1] if len(rows) else 0) + np.repeat(starts - ends + lengths, lengths)
        return self.ids[places].astype(np.int64), lengths

    def padded(self, rows: IntArray, pad_id: int) -> tuple[IntArray, IntArray]:
        """Ids and mask (len(rows), longest) int64 of these texts, padded at the right to the longest."""
        flat, lengths = self.flat(rows)
        mask = np.arange(max(1, lengths.max(initial=0))) < lengths[:, None]
        ids = np.full(mask.shape, pad_id, dtype=np.int64)
        ids[mask] = flat
        return ids, mask.astype(np.int64)


@dataclass(frozen=True)
class TokenSet:
    """Texts as tokens with their targets (n, L); `rows` (n,) are the positions in `tokens`."""

    tokens: Tokens
    rows: IntArray
    targets: TargetArray

    def __len__(self) -> int:
        return len(self.rows)


def tokenise(
    texts: Texts, tokenizer: Any, max_length: int, reporter: Reporter, cache: Cache | None = None
) -> Tokens:
    """The tokens of all texts, special tokens included, cut at `max_length`.

    Args:
        texts: N texts.
        tokenizer: a tokenizer of transformers.
        max_length: tokens a text at most.
        reporter: hears of the progress.
        cache: where they are kept for the next time; None keeps them in memory.
    """

    def make(n_parts: int) -> Iterator[Mapping[str, IntArray]]:
        reporter.stage("tokenise", len(texts))
        reporter.advance(min(n_parts * PART, len(texts)))
        for start in range(n_parts * PART, len(texts), PART):
            yield _part(texts, start, tokenizer, max_length, reporter)

    about = {
        "texts": texts.text_fingerprint,
        "tokenizer": tokenizer_fingerprint(tokenizer),
        "max_length": max_length,
        "part": PART,
    }
    found = (cache or Cache()).arrays("tokens", about, _COLUMNS, make)
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(found["lengths"], out=offsets[1:])
    return Tokens(found["ids"], offsets, int(found["n_cut"].sum()))


def cut_notes(n_cut: int, n_texts: int, max_length: int) -> tuple[str, ...]:
    """A sentence on the pool's texts that were cut at `max_length` tokens; none where none was."""
    if not n_cut:
        return ()
    cut = f"{n_cut} of the pool's {n_texts} texts are cut at {max_length} tokens"
    return (f"{cut}; raise model.max_length to read more",)


def tokenizer_fingerprint(tokenizer: Any) -> str:
    """SHA-256 of all that decides which ids a text becomes, before any cutting or padding."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        content = repr((tokenizer, sorted(tokenizer.get_vocab().items())))
    else:  # how it was called last is among what it says of itself
        content = json.dumps({**json.loads(backend.to_str()), "truncation": None, "padding": None})
    return hashlib.sha256(content.encode()).hexdigest()


def _part(
    texts: Texts, start: int, tokenizer: Any, max_length: int, reporter: Reporter
) -> Mapping[str, IntArray]:
    """The next texts' ids, one after the other, their lengths, and how many were cut."""
    n_closing = _closing_tokens(tokenizer)
    parts: list[IntArray] = []
    n_cut, stop = 0, min(start + PART, len(texts))
    for at in range(start, stop, CHUNK):
        chunk = texts.texts(np.arange(at, min(at + CHUNK, stop)))
        encoded = tokenizer(
            chunk, add_special_tokens=True, truncation=False, return_attention_mask=False, verbose=False
        )
        for ids in encoded["input_ids"]:
            n_cut += len(ids) > max_length
            parts.append(np.asarray(_cut(ids, max_length, n_closing), dtype=np.int32))
        reporter.advance(len(chunk))
    lengths = np.array([len(part) for part in parts], dtype=np.int32)
    return {"ids": np.concatenate(parts), "lengths": lengths, "n_cut": np.array([n_cut])}


def _closing_tokens(tokenizer: Any) -> int:
    """How many special tokens end a text: one for BERT and its kin, two for XLNet, none for GPT-2."""
    is_special = tokenizer("a", return_special_tokens_mask=True)["special_tokens_mask"]
    return len(is_special) - 1 - max((at for at, special in enumerate(is_special) if not special), default=-1)


def _cut(ids: list[int], max_length: int, n_closing: int) -> list[int]:
    """The first ids and the `n_closing` last, as the tokenizer's own truncation keeps them."""
    if len(ids) <= max_length:
        return ids
    return [*ids[: max_length - n_closing], *ids[len(ids) - n_closing :]]
