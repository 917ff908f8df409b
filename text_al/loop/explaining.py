"""Why texts were chosen, beside their scores: the labels in doubt, and the labelled texts most like them."""

from dataclasses import dataclass

import numpy as np

from text_al.loop.label_questions import Considered
from text_al.loop.run import Run
from text_al.neighbours import nearest
from text_al.reporting import Silent
from text_al.training.base import Learner
from text_al.types import Candidates, FloatArray, IntArray, Why

N_LABELS, N_NEAREST = 3, 3
"""Named for each text: as many as a person takes in at a glance."""
_LEAST = 1e-6  # a threshold of 0 or 1 has no logit


@dataclass(frozen=True)
class Explained:
    """What a model makes of the texts that were chosen.

    Attributes:
        whys: (n,) why each is worth an answer.
        probs: (n, L) its probabilities, to four digits.
        thresholds: (L,) where it predicts a label.
    """

    whys: tuple[Why, ...]
    probs: tuple[tuple[float, ...], ...]
    thresholds: tuple[float, ...]


def explained(run: Run, learner: Learner, rows: IntArray, considered: Considered | None) -> Explained:
    """What the learner makes of each of these rows (n,) after its fit.

    Args:
        run: what is labelled, and who learned from it.
        learner: with the weights of the round that chose.
        rows: what was chosen.
        considered: (n,) of label indices that each text is asked about; None: every label.
    """
    if not len(rows):
        return Explained((), (), ())
    labelled, _ = run.pool.labelled()
    # Both in one look, and of few texts: where texts lie is not asked of the whole pool for this.
    seen = learner.look(np.concatenate([rows, labelled]), frozenset({"probs", "embeddings"}), Silent())
    stakes = _at_stake(seen, len(rows), considered)
    near = _nearest(seen.embeddings, rows, labelled)
    return Explained(
        tuple(Why(stake, like) for stake, like in zip(stakes, near, strict=True)),
        tuple(tuple(round(float(p), 4) for p in row) for row in seen.probs[: len(rows)]),
        tuple(float(threshold) for threshold in seen.thresholds),
    )


def _at_stake(seen: Candidates, n: int, considered: Considered | None) -> list[tuple[tuple[int, float], ...]]:
    """Of the first n texts, the labels whose probability is nearest to their threshold, nearest first."""
    cuts = np.clip(seen.thresholds, _LEAST, 1 - _LEAST)
    distance = np.abs(seen.logits[:n] - np.log(cuts / (1 - cuts)))
    found = []
    for place, row in enumerate(distance):
        asked = (
            np.arange(seen.n_labels) if considered is None else np.array(considered[place], dtype=np.int64)
        )
        taken = asked[np.argsort(row[asked], kind="stable")[:N_LABELS]]
        found.append(tuple((int(label), float(seen.probs[place, label])) for label in taken))
    return found


def _nearest(
    vectors: FloatArray | None, rows: IntArray, labelled: IntArray
) -> list[tuple[tuple[int, float], ...]]:
    """Of each row (n,), the labelled ones (k,) nearest to it, by vectors (n + k, D), nearest first."""
    if vectors is None or not len(labelled):
        return [()] * len(rows)
    # One more, as a text that is asked about again is labelled itself.
    found = nearest(vectors[: len(rows)], vectors[len(rows) :], N_NEAREST + 1)
    return [
        _others(int(row), labelled[indices], similarities)
        for row, indices, similarities in zip(rows, found.indices, found.similarities, strict=True)
    ]


def _others(row: int, labelled: IntArray, similarities: FloatArray) -> tuple[tuple[int, float], ...]:
    pairs = zip(labelled.tolist(), similarities.tolist(), strict=True)
    return tuple(pair for pair in pairs if pair[0] != row)[:N_NEAREST]
