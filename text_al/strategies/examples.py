"""Made-up candidates, plain and awkward, to try strategies on."""

from dataclasses import replace
from typing import Any

import numpy as np

from text_al.types import Candidates, FloatArray, IntArray, Labelled

_WIDTH, _PASSES, _LABELLED = 8, 3, 12


def example_candidates(
    m: int, n_labels: int, needs: frozenset[str] = frozenset(), *, seed: int = 0
) -> Candidates:
    """Made-up candidates for tests of strategies.

    Args:
        m: M, how many.
        n_labels: L.
        needs: which of the optional parts they have; the others are None.
        seed: of the numbers.
    """
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 2, size=(m, n_labels)).astype(np.float32)
    labelled = Labelled(
        rows=np.arange(_LABELLED),
        targets=rng.integers(0, 2, size=(_LABELLED, n_labels), dtype=np.int8),
        probs=rng.uniform(size=(_LABELLED, n_labels)) if "labelled_probs" in needs else None,
        embeddings=rng.normal(size=(_LABELLED, _WIDTH)) if "labelled_embeddings" in needs else None,
    )
    parts = {
        "embeddings": rng.normal(size=(m, _WIDTH)),
        "passes": rng.uniform(size=(_PASSES, m, n_labels)),
        "label_embeddings": rng.normal(size=(n_labels, _WIDTH)),
    }
    given: dict[str, Any] = {name: part for name, part in parts.items() if name in needs}
    if any(need.startswith("labelled") for need in needs):
        given["labelled"] = labelled
    rows = 1000 + rng.permutation(m)
    return Candidates(rows, logits, _sigmoid(logits), np.full(n_labels, 0.5), **given)


def awkward_candidates(m: int, needs: frozenset[str]) -> Candidates:
    """Candidates with all that a real pool may bring, and a tidy one does not.

    Of four labels one has a threshold of 0 and one of 1, and of a third no target is known. Every second
    candidate is as the one before it, the first two have embeddings of zeros, as has the first labelled text,
    and the committee's last member is sure of all. Passes and embeddings are in half precision, and the
    squares of these beyond it.

    Args:
        m: M, at least 4.
        needs: as for `example_candidates`.
    """
    tidy = taken(example_candidates(m, 4, needs), np.arange(m) // 2 * 2)
    embeddings = None if tidy.embeddings is None else (100 * tidy.embeddings).astype(np.float16)
    if embeddings is not None:
        embeddings[:2] = 0
    passes = None if tidy.passes is None else tidy.passes.astype(np.float16)
    if passes is not None:
        passes[-1] = passes[-1] > 0.5
    return replace(
        tidy,
        rows=1000 + np.arange(m),
        thresholds=np.array([0.0, 1.0, 0.5, 0.1]),
        embeddings=embeddings,
        passes=passes,
        labelled=None if tidy.labelled is None else _partly_known(tidy.labelled),
    )


def taken(candidates: Candidates, positions: IntArray) -> Candidates:
    """The candidates at these positions."""
    by_text = {name: getattr(candidates, name) for name in ("rows", "logits", "probs", "embeddings")}
    found = {name: part[positions] for name, part in by_text.items() if part is not None}
    passes = None if candidates.passes is None else candidates.passes[:, positions]
    return replace(candidates, passes=passes, **found)


def with_logits(candidates: Candidates, logits: FloatArray) -> Candidates:
    """The same texts, of which the model makes something else; its committee as before."""
    return replace(candidates, logits=logits, probs=_sigmoid(logits))


def all_sure(candidates: Candidates, logit: float) -> Candidates:
    """The same texts with one logit throughout: of the model, of its committee, and of what is labelled."""
    sure = with_logits(candidates, np.full_like(candidates.logits, logit))
    prob, labelled, passes = sure.probs.flat[0], candidates.labelled, candidates.passes
    if labelled is not None and labelled.probs is not None:
        labelled = replace(labelled, probs=np.full_like(labelled.probs, prob))
    return replace(sure, passes=None if passes is None else np.full_like(passes, prob), labelled=labelled)


def mirrored(candidates: Candidates) -> Candidates:
    """The same texts with 1 - p for every p of the model and of its committee."""
    passes = None if candidates.passes is None else 1 - candidates.passes
    return replace(with_logits(candidates, -candidates.logits), passes=passes)


def _partly_known(labelled: Labelled) -> Labelled:
    targets = labelled.targets.copy()
    targets[::3, 0] = targets[1::3, 1] = -1
    targets[:, 2] = -1
    vectors = labelled.embeddings
    if vectors is not None:
        vectors = (100 * vectors).astype(np.float16)
        vectors[0] = 0
    return replace(labelled, targets=targets, embeddings=vectors)


def _sigmoid(logits: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1 + np.tanh(logits / 2)))
