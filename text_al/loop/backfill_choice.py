"""Which labelled texts to ask about a label that came later: likely ones, and ones like them."""

from collections.abc import Sequence

import numpy as np

from text_al.strategies.base import Chosen
from text_al.types import Candidates, FloatArray, IntArray, TargetArray


def likely_and_confusable(
    candidates: Candidates, targets: TargetArray, names: Sequence[str], label: int, n: int
) -> Chosen:
    """At most n texts by what the label names alone say of them: in turn a likely one and a confusable one.

    The likeliest texts find positives, but they alone leave open where the label ends. So every other text is
    a confusable one: the labels are ordered by how alike the new one they rank all these texts (the cosine of
    their logits, each less its mean), a text stands where the most alike label does that it is known to have,
    and among equals the likeliest comes first. Texts that are known to have no label come last.

    Args:
        candidates: (M, L) of labelled texts, by a learner that was never fitted.
        targets: (M, L) what is known of them.
        names: (L,) of the labels.
        label: the place of the new one.
        n: how many.
    """
    n, probs = min(n, len(candidates)), candidates.probs[:, label]
    nearness = np.where(targets == 1, _alike(candidates.logits, label), -np.inf)
    likely = np.argsort(-probs, kind="stable")[: (n + 1) // 2]
    by_nearness = np.lexsort((-probs, -nearness.max(axis=1)))
    confusable = by_nearness[~np.isin(by_nearness, likely)][: n // 2]
    positions = np.empty(n, dtype=np.int64)
    positions[0::2], positions[1::2] = likely, confusable
    reasons = tuple(
        _reason(names, label, nearness[position] if turn % 2 else None)
        for turn, position in enumerate(positions)
    )
    return Chosen(candidates.rows[positions], probs[positions], reasons)


def drawn_by_chance(rows: IntArray, name: str, n: int, rng: np.random.Generator) -> Chosen:
    """At most n of the rows (M,), for a learner that makes nothing of a label's name."""
    drawn = rng.choice(rows, size=min(n, len(rows)), replace=False)
    return Chosen(drawn, None, (f"drawn by chance for '{name}'",) * len(drawn))


def _alike(logits: FloatArray, label: int) -> FloatArray:
    """(L,) in [-1, 1]: the cosines of the labels' logits (M, L) with those of one, each less its mean."""
    centred = logits.astype(np.float64) - logits.mean(axis=0, dtype=np.float64)
    lengths = np.linalg.norm(centred, axis=0)
    both = lengths * lengths[label]
    return np.asarray(centred.T @ centred[:, label] / np.where(both > 0, both, 1.0))


def _reason(names: Sequence[str], label: int, nearness: FloatArray | None) -> str:
    """Why a text is asked about; `nearness` (L,) is that of a confusable one's own labels."""
    if nearness is None or np.isneginf(nearness).all():
        return f"likely '{names[label]}' by its name"
    return f"may be taken for '{names[label]}': it has '{names[int(nearness.argmax())]}', which is like it"
