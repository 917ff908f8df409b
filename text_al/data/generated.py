"""Synthetic support tickets: a seeded generator whose learning curve rises slowly, for demonstration.

Nothing in it was written by a customer. A text is put together from wordings of its labels (a few common,
many rare), sentences that use another label's words and mean the contrary, small talk and slips of the
keyboard; then some labels are forgotten and some are added, as annotators do.
"""

import math
import re
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate

import numpy as np

from text_al.data.marks import complete
from text_al.data.rows import Row
from text_al.data.sources import GeneratedSource
from text_al.data.texts import folded, key
from text_al.data.ticket_clauses import CLAUSES
from text_al.data.ticket_words import (
    ASIDES,
    CLOSERS,
    FRAMES,
    HOW_MANY,
    LINKS,
    OPENERS,
    SHARES,
    SLOTS,
    SMALL_TALK,
    TOGETHER,
)
from text_al.errors import CorpusError
from text_al.seeds import generator

N_PARTS = 4
"""So many parts share no text, not even but for blanks and case: its hash names the part of a text."""
_FORGOTTEN, _ADDED = 0.04, 0.01
"""Chance that an annotator forgets a label that applies, and that a text gets one that does not."""
_FRAMED, _ASIDE, _SMALL_TALK, _OPENER, _CLOSER, _SLIP, _LOWER = 0.3, 0.5, 0.3, 0.3, 0.3, 0.35, 0.15
_RARER = 0.5
"""How much less often each next wording is taken than the one before it: (1 / place) to this power."""
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_AFTER_QUESTION = re.compile(r"\?[.,;]")
_SLOT = re.compile(r"\{(\w+)\}")


def generate(source: GeneratedSource, *, seed: int) -> Iterator[Row]:
    """The source's texts, all different, with their labels; one size is the beginning of a larger one.

    Args:
        source: how many texts, and which part.
        seed: other seeds give other texts.

    Raises:
        CorpusError: there is no such part.
    """
    if not 0 <= source.part < N_PARTS:
        raise CorpusError(
            source.title, [f"part is {source.part}, but there are parts 0 to {N_PARTS - 1}; take one of them"]
        )
    rng = generator(seed, source.part, "tickets")
    seen: set[int] = set()
    while len(seen) < source.size:
        labels = _draw_labels(rng)
        text = _write(labels, rng)
        text_key = key(folded(text))
        if text_key % N_PARTS == source.part and text_key not in seen:
            number = len(seen)
            seen.add(text_key)
            yield Row(
                f"ticket-{source.part}-{number:05d}",
                text,
                complete(_noisy(labels, rng)),
                f"synthetic text {number}",
            )


def _draw_labels(rng: np.random.Generator) -> list[str]:
    """From none to three labels; each makes some others likelier."""
    labels: list[str] = []
    for _ in range(int(rng.choice(len(HOW_MANY), p=HOW_MANY))):
        weights = {name: SHARES[name] * _pull(name, labels) for name in SHARES if name not in labels}
        labels.append(_weighted(weights, rng))
    return labels


def _pull(name: str, labels: Sequence[str]) -> float:
    return math.prod(TOGETHER.get(frozenset((name, label)), 1.0) for label in labels)


def _noisy(labels: Sequence[str], rng: np.random.Generator) -> list[str]:
    """The labels as a hasty annotator gives them."""
    kept = [label for label in labels if rng.random() >= _FORGOTTEN]
    if rng.random() < _ADDED:
        kept.append(_one_of(tuple(SHARES), rng))
    return sorted(kept)


def _write(labels: Sequence[str], rng: np.random.Generator) -> str:
    """A text that says what the labels say, and other things."""
    sentences = [_early_one_of(CLAUSES[label], rng) for label in labels]
    if rng.random() < _FRAMED:
        clause = _early_one_of(CLAUSES[_another(labels, rng)], rng).rstrip("?")
        sentences.append(_one_of(FRAMES, rng).replace("{clause}", clause))
    if rng.random() < _ASIDE:
        sentences.append(_one_of(ASIDES[_another(labels, rng)], rng))
    if not labels or rng.random() < _SMALL_TALK:
        sentences.append(_one_of(SMALL_TALK, rng))
    spoken = [_spoken(sentences[place], rng) for place in rng.permutation(len(sentences))]
    text = spoken[0][0].upper() + spoken[0][1:]
    for sentence in spoken[1:]:
        link = _one_of(LINKS, rng)
        text += link + (sentence[0].upper() + sentence[1:] if link == ". " else sentence)
    if rng.random() < _OPENER:
        text = f"{_one_of(OPENERS, rng)}, {text}"
    if rng.random() < _CLOSER:
        text = f"{text}. {_spoken(_one_of(CLOSERS, rng), rng)}"
    return _slipped(_AFTER_QUESTION.sub("?", text), rng)


def _another(labels: Sequence[str], rng: np.random.Generator) -> str:
    """A label that does not apply, common ones more often."""
    return _weighted({name: share for name, share in SHARES.items() if name not in labels}, rng)


def _weighted(weights: Mapping[str, float], rng: np.random.Generator) -> str:
    """One of the names, as often as its weight says."""
    sums = list(accumulate(weights.values()))
    return list(weights)[bisect(sums, rng.random() * sums[-1])]


def _spoken(wording: str, rng: np.random.Generator) -> str:
    """A wording with its choices made and its slots filled, the inner ones first."""
    while match := _CHOICE.search(wording):
        choice = _early_one_of(match.group(1).split("|"), rng)
        wording = wording[: match.start()] + choice + wording[match.end() :]
    while match := _SLOT.search(wording):
        name = match.group(1)
        filling = str(rng.integers(10, 99_999)) if name == "number" else _one_of(SLOTS[name], rng)
        wording = wording[: match.start()] + filling + wording[match.end() :]
    return wording


def _slipped(text: str, rng: np.random.Generator) -> str:
    """The text as typed: now and then a letter is lost, now and then all is in small letters."""
    if rng.random() < _SLIP:
        place = int(rng.integers(1, len(text)))
        text = text[:place] + text[place + 1 :]
    return text.lower() if rng.random() < _LOWER else text


def _one_of(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _early_one_of(options: Sequence[str], rng: np.random.Generator) -> str:
    """One of the options, the first ones more often (Zipf)."""
    sums = _rarity_sums(len(options))
    return options[bisect(sums, rng.random() * sums[-1])]


@cache
def _rarity_sums(n_options: int) -> tuple[float, ...]:
    return tuple(accumulate(place**-_RARER for place in range(1, n_options + 1)))
