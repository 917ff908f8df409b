"""Two measures mixed in several shares; of the texts they propose, the one that makes the head surest."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from text_al.errors import StrategyError
from text_al.strategies.base import CHUNK, batch
from text_al.strategies.chunks import chunks_of
from text_al.strategies.from_probs.cardinality import label_cardinality_inconsistency, labelled_targets
from text_al.strategies.from_probs.max_margin import OneSided, max_margin_uncertainty
from text_al.strategies.selection import best
from text_al.types import Candidates, FloatArray, IntArray, TargetArray

Share = Annotated[float, Field(ge=0, le=1)]


@batch("adaptive", needs=["probs", "labelled", "embeddings", "labelled_embeddings"])
def adaptive(
    candidates: Candidates,
    n: int,
    rng: np.random.Generator,
    *,
    betas: Annotated[tuple[Share, ...], Field(min_length=1)] = tuple(i / 10 for i in range(11)),
    ridge: Annotated[float, Field(gt=0)] = 1.0,
    reference: Annotated[int, Field(ge=1)] = 1000,
    one_sided: OneSided = "boundary",
) -> IntArray:
    """Texts with narrow gaps or odd label counts that, once learned, would leave the fewest others in doubt.

    With u the `max_margin_uncertainty` and c the `label_cardinality_inconsistency` of a text, each b in
    `betas` proposes the text with the highest u^b c^(1-b), where 0^0 is 1. Each proposal is learned on trial
    as if its predicted labels (p >= threshold) were true, and the one with the smallest error is taken. The
    error is summed over reference texts: of outputs f, max (1 - f) over labels with f >= 0, plus max (1 + f)
    over those with f <= 0; neither adds less than 0. For a batch this is repeated: what was taken stays
    learned with its predicted labels, while u and c stay as they were.

    From Li and Guo are the two measures, their mixture and the choice by trial; from libact's code the error.
    Ours: a head of ridge regression to targets of +1 and -1 on embeddings of unit length and a constant is
    learned, not the whole model, by exact rank-one updates; the error is taken over a sample, not the pool;
    of several texts that score best for b chance proposes one, not all; outputs beyond 1 never make an error
    negative; and batches.

    Args:
        candidates: uses `probs` (M, L), `logits`, `thresholds`, `embeddings` (M, D), and `labelled` with its
            `embeddings`. A target that is not known is taken as its label's mean.
        n: how many.
        rng: draws the reference texts and decides between equals.
        betas: shares of u, in [0, 1]; the rest is c's.
        ridge: penalty on the squared weights of the head.
        reference: how many of the candidates, drawn once, the error is taken over; all where there are fewer.
        one_sided: what u is of a text with no predicted label, or with all, see `max_margin_uncertainty`.
            Where most texts have none, only "boundary" lets u, and with it any b above 0, tell them apart.

    Returns:
        (n,) positions, as they were taken.

    Cost: O(N L + D^3 + n b (D^2 + R D + R L)) for b betas and R reference texts
    Use: when comparing with work on SVMs; it adds a trial of each text to two measures weak alone.
    Source: Li and Guo (2013), Active Learning with Multi-Label SVM Classification.
    """
    head = fit_head(_labelled_features(candidates), filled_signs(labelled_targets(candidates)), ridge)
    drawn = rng.choice(len(candidates), size=min(reference, len(candidates)), replace=False)
    features = _features(_embeddings(candidates)[drawn])
    outputs = features @ head.weights
    queues = [deque(best(scores, n, rng).tolist()) for scores in _mixtures(candidates, betas, one_sided)]
    taken: dict[int, None] = {}
    while len(taken) < n:
        proposals = _first_left(queues, taken)
        lessons = [_lesson(candidates, position) for position in proposals]
        errors = [approximate_error(outputs + head.shifts(features, *lesson)) for lesson in lessons]
        chosen = int(best(-np.array(errors), 1, rng)[0])
        taken[proposals[chosen]] = None
        outputs = outputs + head.shifts(features, *lessons[chosen])
        head = head.updated(*lessons[chosen])
    return np.array(list(taken), dtype=np.int64)


@dataclass(frozen=True)
class RidgeHead:
    """Linear outputs of L labels, learned by least squares with a penalty.

    Attributes:
        inverse: (D, D) of X'X + ridge I, for the features X learned from.
        weights: (D, L).
    """

    inverse: FloatArray
    weights: FloatArray

    def gain(self, x: FloatArray) -> FloatArray:
        """(D,) how the weights of a label move by a surprise of 1 at features x (D,)."""
        moved = self.inverse @ x
        return np.asarray(moved / (1 + x @ moved))

    def surprise(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """(L,) by how much targets y (L,) differ from the outputs at features x (D,)."""
        return np.asarray(y - x @ self.weights)

    def shifts(self, features: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
        """(R, L) how the outputs at features (R, D) would move if one more text were learned."""
        return np.outer(features @ self.gain(x), self.surprise(x, y))

    def updated(self, x: FloatArray, y: FloatArray) -> "RidgeHead":
        """The head refitted with one more text, exactly, by the formula of Sherman and Morrison."""
        gain = self.gain(x)
        return RidgeHead(
            self.inverse - np.outer(gain, self.inverse @ x),
            self.weights + np.outer(gain, self.surprise(x, y)),
        )


def fit_head(features: FloatArray, targets: FloatArray, ridge: float) -> RidgeHead:
    """The head that fits features (n, D) to targets (n, L) best; the zero head where n is 0."""
    inverse = np.linalg.inv(features.T @ features + ridge * np.eye(features.shape[1]))
    return RidgeHead(inverse, inverse @ (features.T @ targets))


def approximate_error(outputs: FloatArray) -> float:
    """How far the outputs (R, L) are from +1 or -1, at each text's least sure label of either sign."""
    of_positives = np.where(outputs < 0, 0, 1 - outputs).max(axis=1, initial=0)
    of_negatives = np.where(outputs > 0, 0, 1 + outputs).max(axis=1, initial=0)
    return float((of_positives + of_negatives).sum())


def _mixtures(candidates: Candidates, betas: Sequence[float], one_sided: OneSided) -> list[FloatArray]:
    """u^b c^(1-b) (M,) of each b."""
    parts = [part for _, part in chunks_of(candidates, CHUNK)]
    uncertainty = np.concatenate([max_margin_uncertainty(part, one_sided=one_sided) for part in parts])
    inconsistency = np.concatenate([label_cardinality_inconsistency(part) for part in parts])
    return [uncertainty**beta * inconsistency ** (1 - beta) for beta in betas]


def _first_left(queues: list[deque[int]], taken: dict[int, None]) -> list[int]:
    """The first in each queue that is not taken yet, each once."""
    for queue in queues:
        while queue[0] in taken:
            queue.popleft()
    return sorted({queue[0] for queue in queues})


def _lesson(candidates: Candidates, position: int) -> tuple[FloatArray, FloatArray]:
    """Features (D,) and predicted signs (L,) of a candidate."""
    signs = np.where(candidates.probs[position] >= candidates.thresholds, 1.0, -1.0)
    return _features(_embeddings(candidates)[[position]])[0], signs


def _features(embeddings: FloatArray) -> FloatArray:
    """(M, D + 1) embeddings at unit length, and a constant 1 for what is usual."""
    vectors = embeddings.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.hstack([vectors / np.where(lengths > 0, lengths, 1), np.ones((len(vectors), 1))])


def filled_signs(targets: TargetArray) -> FloatArray:
    """(n, L) +1 and -1; the label's mean where a target is not known, 0 where none is."""
    known = targets >= 0
    signs = np.where(known, 2.0 * targets - 1, 0)
    means = signs.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, signs, means)


def _embeddings(candidates: Candidates) -> FloatArray:
    if candidates.embeddings is None:
        raise StrategyError("adaptive cannot learn: the candidates come without embeddings")
    return candidates.embeddings


def _labelled_features(candidates: Candidates) -> FloatArray:
    if candidates.labelled is None or candidates.labelled.embeddings is None:
        raise StrategyError("adaptive cannot learn: the candidates come without labelled embeddings")
    return _features(candidates.labelled.embeddings)
