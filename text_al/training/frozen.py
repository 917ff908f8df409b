"""A pretrained encoder that stays as it is: it runs over each text once, for all runs and all strategies."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from text_al.data.cache import Cache
from text_al.data.growing import Array, Column
from text_al.reporting import Reporter
from text_al.training.pretrained import Pretrained
from text_al.training.processes import place, told, world_size
from text_al.training.recent import Recent
from text_al.training.settings import ComputeSettings
from text_al.training.tokens import cut_notes
from text_al.types import FloatArray, Texts

if TYPE_CHECKING:
    from text_al.training.encoding import Encoding  # imports torch, which texts in the cache do without

PART = 16_384
"""Texts that are encoded together, sorted by length, and then kept: what a killed run loses at most."""

Parts = Iterable[Mapping[str, Array]]
Made = dict[str, Array]
Make = Callable[[int], Parts]
Through = Callable[[Cache, Make], Made]


class FrozenEncoder:
    """Vectors of texts by an encoder that nothing trains.

    Args:
        pretrained: the encoder; it is loaded only for texts whose vectors are not in the cache.
        compute: where it runs, and how precisely. Another precision makes other vectors; "auto" takes those
            of whichever machine made them.
        cache: where vectors are kept; without a folder, in memory.
    """

    def __init__(self, pretrained: Pretrained, compute: ComputeSettings, cache: Cache) -> None:
        self.pretrained, self.compute, self.cache = pretrained, compute, cache
        self._made: Recent[Made] = Recent()

    def vectors(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, D) float16, pooled and of unit length, read-only; a memory map where the cache has a folder."""
        return self._of(texts, reporter)["vectors"]

    def notes(self, texts: Texts, reporter: Reporter) -> tuple[str, ...]:
        """Sentences a user should read: on the encoder, how it runs, and how many of the texts are cut."""
        n_cut, about = int(self._of(texts, reporter)["n_cut"].sum()), self.pretrained.about
        running = self._encoding.reading.notes if "_encoding" in self.__dict__ else ()
        return (*about.notes, *running, *cut_notes(n_cut, len(texts), about.max_length))

    @cached_property
    def _encoding(self) -> "Encoding":
        from text_al.training.encoding import Encoding

        return Encoding(self.pretrained, self.compute, self.cache)

    def _of(self, texts: Texts, reporter: Reporter) -> Made:
        return self._made.of(texts, lambda: self._through_cache(texts, reporter))

    def _through_cache(self, texts: Texts, reporter: Reporter) -> Made:
        about = {
            "texts": texts.text_fingerprint,
            "encoder": self.pretrained.fingerprint,
            "pooling": self.pretrained.about.pooling,
            "max_length": self.pretrained.about.max_length,
            "precision": self.compute.precision,
            "part": PART,
        }
        columns = {"vectors": Column("float16", (self.pretrained.about.width,)), "n_cut": Column("int64")}

        def through(cache: Cache, make: Make) -> Made:
            return cache.arrays("embeddings", about, columns, make)

        def make(n_parts: int) -> Parts:
            return self._parts(texts, n_parts, reporter)

        return _together(self.cache, through, make, -(-len(texts) // PART))

    def _parts(self, texts: Texts, n_parts: int, reporter: Reporter) -> Iterator[Mapping[str, Array]]:
        for vectors, n_cut in self._encoding.parts(texts, n_parts, reporter, size=PART):
            yield {"vectors": vectors.astype(np.float16), "n_cut": np.array([n_cut])}


def _together(cache: Cache, through: Through, make: Make, n_parts: int) -> Made:
    """What is in the cache, or is made for it: by all processes at once, of which the first alone writes.

    Args:
        cache: the folder, or memory.
        through: gets the arrays from a cache, and makes what is not there.
        make: the parts from a number on; all processes must make the same ones.
        n_parts: in all.
    """
    if world_size() == 1 or place()[1] == 1:
        return through(cache, make)
    if place()[0] > 0:
        return _helping(cache, through, make, n_parts)
    begun = []

    def leading(start: int) -> Parts:
        begun.append(told(start))
        return make(start)

    found = through(cache, leading)
    if not begun:
        told(n_parts)
    told("written")
    return found


def _helping(cache: Cache, through: Through, make: Make, n_parts: int) -> Made:
    """The other processes' side: makes the parts that the first process makes, and reads what it wrote."""
    start = told()
    found: Made = {}
    if cache.folder is None and start < n_parts:
        found = through(cache, make)
    elif start < n_parts:
        for _ in make(start):
            pass  # the first process has it too, and writes it
    told()
    return found or through(cache, make)
