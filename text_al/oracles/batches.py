"""From a request, by row and label index, to a batch, by id and name: what people and tools are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from text_al.circumstances import SuggestionMode
from text_al.formats.batch import Batch, BatchItem
from text_al.oracles.base import TextsToLabel
from text_al.oracles.suggestions import Suggestion
from text_al.types import LabelRequest, Why, label_names

SETTLING = "disagreements"
"""Of the texts that annotators disagree about: the id of the batch, and its strategy."""


def batch_of(
    request: LabelRequest,
    corpus: TextsToLabel,
    *,
    guidelines: str = "",
    mode: SuggestionMode = "ranked",
    suggested: Mapping[str, Suggestion] | None = None,
) -> Batch:
    """A request as whoever answers it may see it.

    Args:
        request: what is asked.
        corpus: the pool's texts, ids and labels.
        guidelines: what annotators are told.
        mode: how suggestions are shown; "none" hides them, as does a request of its own blind texts, and one
            for an audit.
        suggested: text id to what a language model suggests.
    """
    rows = np.array(request.rows, dtype=np.int64)
    ids, texts = corpus.ids(rows), corpus.texts(rows)
    items = [_item(request, corpus, rank, ids[rank], texts[rank], mode) for rank in range(len(rows))]
    shown = (
        item if is_blind(request, item.rank, mode) else _with_opinion(item, suggested or {}) for item in items
    )
    return Batch(
        request.id,
        tuple(corpus.labels),
        tuple(shown),
        request.strategy,
        request.purpose,
        model="" if request.whys is None and request.probs is None else f"round-{request.round:03d}",
        mode=mode,
        guidelines=guidelines,
    )


def is_blind(request: LabelRequest, rank: int, mode: SuggestionMode) -> bool:
    """Whether whoever answers must not see what a model makes of the text at this place."""
    is_hidden = request.blind is not None and request.blind[rank]
    return is_hidden or mode == "none" or request.purpose == "audit"


def neutral_reason(request: LabelRequest, rank: int) -> str:
    """Why a text is asked about, without what a model thinks of it, which a strategy's reason may hold."""
    if request.strategy == SETTLING:
        return request.reasons[rank]
    return "drawn to measure with" if request.purpose == "audit" else "chosen to be labelled"


def _item(
    request: LabelRequest, corpus: TextsToLabel, rank: int, text_id: str, text: str, mode: SuggestionMode
) -> BatchItem:
    names = label_names(corpus.labels)
    asked = None if request.considered is None else tuple(names[label] for label in request.considered[rank])
    if is_blind(request, rank, mode):
        return BatchItem(text_id, text, rank, reason=neutral_reason(request, rank), considered=asked)
    why = Why() if request.whys is None else request.whys[rank]
    return BatchItem(
        text_id,
        text,
        rank,
        None if request.scores is None else request.scores[rank],
        request.reasons[rank],
        probs=_probs(request, rank, names, why),
        considered=asked,
        nearest=_ids_of(why, corpus),
        suggested=_suggested(request, rank, names),
    )


def _with_opinion(item: BatchItem, suggested: Mapping[str, Suggestion]) -> BatchItem:
    """The item with what a language model suggests; in its reason too, which every format shows."""
    one = suggested.get(item.id)
    if one is None:
        return item
    sentence = f"{one.annotator} suggests {', '.join(one.labels) or 'no label'}"
    reason = "; ".join(filter(None, (item.reason, sentence)))
    return replace(item, reason=reason, opinions={one.annotator: one.labels})


def _probs(request: LabelRequest, rank: int, names: Sequence[str], why: Why) -> dict[str, float]:
    """Of every label asked about, the likeliest first; of a request that keeps none, of those in doubt."""
    if request.probs is None:
        return {names[label]: p for label, p in why.at_stake}
    asked = range(len(names)) if request.considered is None else request.considered[rank]
    probs = request.probs[rank]
    known = [label for label in asked if label < len(probs)]  # a label that came later has none
    return {names[label]: probs[label] for label in sorted(known, key=lambda label: -probs[label])}


def _suggested(request: LabelRequest, rank: int, names: Sequence[str]) -> tuple[str, ...] | None:
    """The labels that the model predicts, of those asked about; None where it is not known."""
    if request.probs is None or request.thresholds is None:
        return None
    asked = range(len(names)) if request.considered is None else request.considered[rank]
    pairs = zip(request.probs[rank], request.thresholds, strict=True)
    reached = {label for label, (p, threshold) in enumerate(pairs) if p >= threshold}
    return tuple(names[label] for label in asked if label in reached)


def _ids_of(why: Why, corpus: TextsToLabel) -> tuple[str, ...]:
    """The labelled texts most like it."""
    return tuple(corpus.ids(np.array([row for row, _ in why.nearest], dtype=np.int64)))
