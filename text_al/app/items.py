"""A text as the page gets it: with the model's opinion, or without a trace of it where it is hidden."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from text_al.circumstances import SuggestionMode
from text_al.data.events import LabelEvent
from text_al.data.merging import standing
from text_al.data.pool import QueryPool
from text_al.data.resolution import Resolution
from text_al.loop.run import PoolTexts
from text_al.oracles.batches import is_blind
from text_al.oracles.suggestions import Suggestion, suggestions
from text_al.types import LabelRequest, Why

Item = dict[str, Any]
"""As the page's contract has it; `answer` and `said` are filled in for whoever asks."""

HIDDEN = {
    "blind": "What the model makes of this text is hidden, to see what showing it does to answers.",
    "audit": "Drawn by chance, to measure with.",
    "off": "Chosen by the strategy {strategy}; suggestions are switched off.",
}
"""Reasons for texts whose own could tell what the model makes of them."""


class ItemMaker:
    """Makes items of requests.

    Args:
        texts: the pool's texts and ids.
        labels: L names.
        mode: how suggestions are shown.
        resolution: what holds where annotators differ, for the labels of near texts.
        queries: where files for people are, and what language models suggest.
    """

    def __init__(
        self,
        texts: PoolTexts,
        labels: Sequence[str],
        *,
        mode: SuggestionMode,
        resolution: Resolution,
        queries: Path,
    ) -> None:
        self._texts = texts
        self._place = {name: index for index, name in enumerate(labels)}
        self.mode = mode
        self._resolution = resolution
        self._queries = queries

    def items(self, pool: QueryPool, request: LabelRequest, ranks: Sequence[int] | None = None) -> list[Item]:
        """The texts at these ranks of a request, or all of them.

        Args:
            pool: tells what holds of labelled texts.
            request: that asked.
            ranks: places in it.
        """
        ranks = range(len(request.rows)) if ranks is None else ranks
        rows = np.array([request.rows[rank] for rank in ranks], dtype=np.int64)
        ids, texts = self._texts.ids(rows), self._texts.texts(rows)
        by_programs = suggestions(self._queries, request.id)
        items = []
        for rank, text_id, text in zip(ranks, ids, texts, strict=True):
            item = bare_item(text_id, text) | {"request": request.id, "rank": rank, "n": len(request.rows)}
            item["considered"] = None if request.considered is None else list(request.considered[rank])
            item |= self._opinion(pool, request, rank, by_programs.get(text_id))
            items.append(item)
        return items

    def bare(self, rows: Sequence[int]) -> list[Item]:
        """Texts for which nobody asked."""
        found = np.array(rows, dtype=np.int64)
        return [
            bare_item(text_id, text)
            for text_id, text in zip(self._texts.ids(found), self._texts.texts(found), strict=True)
        ]

    def _opinion(
        self, pool: QueryPool, request: LabelRequest, rank: int, suggestion: Suggestion | None
    ) -> Item:
        """What tells of a model's opinion; nothing of it where it is hidden, near texts included."""
        if is_blind(request, rank, self.mode):
            return {"reason": _neutral_reason(request, rank)}
        why = Why() if request.whys is None else request.whys[rank]
        ranked = _ranked(request, rank)
        return {
            "ranked": ranked,
            "suggested": _suggested(request, rank),
            "mode": "none" if ranked is None else self.mode,
            "reason": request.reasons[rank],
            "score": None if request.scores is None else _finite(request.scores[rank]),
            "at_stake": [[label, round(p, 4)] for label, p in why.at_stake],
            "suggestions": [] if suggestion is None else [self._suggestion(suggestion)],
            "nearest": self._near(pool, why),
        }

    def _suggestion(self, suggestion: Suggestion) -> Item:
        labels = [self._place[name] for name in suggestion.labels if name in self._place]
        return {"by": suggestion.annotator, "labels": labels}

    def _near(self, pool: QueryPool, why: Why) -> list[Item]:
        items = self.bare([row for row, _ in why.nearest])
        return [
            {
                "id": item["id"],
                "text": item["text"],
                "labels": held_labels(pool.history(row), self._resolution),
                "similarity": round(similarity, 4),
            }
            for item, (row, similarity) in zip(items, why.nearest, strict=True)
        ]


def bare_item(text_id: str, text: str) -> Item:
    """A text of which nothing may be shown but itself."""
    return {
        "id": text_id, "request": "", "rank": 0, "n": 1, "text": text, "considered": None, "ranked": None,
        "suggested": [], "mode": "none", "reason": "", "at_stake": [], "score": None, "suggestions": [],
        "nearest": [], "answer": None, "said": None,
    }  # fmt: skip


def about_only(item: Item, considered: Sequence[int] | None) -> Item:
    """The item as one that asks about these labels, and shows the model's opinion of no others."""
    if considered is None:
        return item | {"considered": None}
    asked = set(considered)
    kept = {
        name: None if item[name] is None else [pair for pair in item[name] if pair[0] in asked]
        for name in ("ranked", "at_stake")
    }
    hides = {"mode": "none", "ranked": None} if not kept["ranked"] else {}
    suggested = [label for label in item["suggested"] if label in asked]
    return item | kept | hides | {"considered": sorted(asked), "suggested": suggested}


def held_labels(history: Sequence[LabelEvent], resolution: Resolution) -> list[int]:
    """Indices of the labels that hold of a row."""
    held = standing(history, resolution)
    return [label for label, target in enumerate((held and held.targets) or ()) if target == 1]


def _neutral_reason(request: LabelRequest, rank: int) -> str:
    if request.purpose == "audit":
        return HIDDEN["audit"]
    if request.blind is not None and request.blind[rank]:
        return HIDDEN["blind"]
    return HIDDEN["off"].format(strategy=request.strategy)


def _asked(request: LabelRequest, rank: int) -> Sequence[int]:
    """The labels asked about that the model knew: one that came later has no probability."""
    n_known = 0 if request.probs is None else len(request.probs[rank])
    if request.considered is None:
        return range(n_known)
    return [label for label in request.considered[rank] if label < n_known]


def _ranked(request: LabelRequest, rank: int) -> list[list[float]] | None:
    if request.probs is None:
        return None
    probs = request.probs[rank]
    return [[label, probs[label]] for label in sorted(_asked(request, rank), key=lambda label: -probs[label])]


def _suggested(request: LabelRequest, rank: int) -> list[int]:
    if request.probs is None or request.thresholds is None:
        return []
    probs, cuts = request.probs[rank], request.thresholds
    return [label for label in _asked(request, rank) if probs[label] >= cuts[label]]


def _finite(score: float) -> float | None:
    return score if np.isfinite(score) else None
