"""Why texts were chosen, beside their scores: the labels in doubt, and the labelled texts most like them."""

import numpy as np

from text_al.loop.label_questions import Considered
from text_al.loop.round_view import GivesFrozen
from text_al.loop.run import Run
from text_al.neighbours import nearest
from text_al.reporting import Silent
from text_al.training.base import Learner
from text_al.types import Candidates, FloatArray, IntArray, Why

N_LABELS, N_NEAREST = 3, 3
"""Named for each text: as many as a person takes in at a glance."""
_LEAST = 1e-6  # a threshold of 0 or 1 has no logit


def whys(run: Run, learner: Learner, rows: IntArray, considered: Considered | None) -> tuple[Why, ...]:
    """Why each of these rows (n,) is worth an answer, as the learner sees it after its fit.

    Args:
        run: what is labelled, and who learned from it.
        learner: with the weights of the round that chose.
        rows: what was chosen.
        considered: (n,) of label indices that each text is asked about; None: every label.
    """
    if not len(rows):
        return ()
    seen = learner.look(rows, frozenset({"probs"}), Silent())
    stakes = _at_stake(seen, considered)
    near = _nearest(run, learner, rows)
    return tuple(Why(stake, like) for stake, like in zip(stakes, near, strict=True))


def _at_stake(seen: Candidates, considered: Considered | None) -> list[tuple[tuple[int, float], ...]]:
    """Of each text, the labels whose probability is nearest to the label's threshold, nearest first."""
    cuts = np.clip(seen.thresholds, _LEAST, 1 - _LEAST)
    distance = np.abs(seen.logits - np.log(cuts / (1 - cuts)))
    found = []
    for place, row in enumerate(distance):
        asked = (
            np.arange(seen.n_labels) if considered is None else np.array(considered[place], dtype=np.int64)
        )
        taken = asked[np.argsort(row[asked], kind="stable")[:N_LABELS]]
        found.append(tuple((int(label), float(seen.probs[place, label])) for label in taken))
    return found


def _nearest(run: Run, learner: Learner, rows: IntArray) -> list[tuple[tuple[int, float], ...]]:
    """Of each text, the labelled texts nearest to it by the learner's frozen vectors, nearest first."""
    labelled, _ = run.pool.labelled()
    if not isinstance(learner, GivesFrozen) or not len(labelled):
        return [()] * len(rows)
    own, others = (_vectors(learner, part) for part in (rows, labelled))
    found = nearest(own, others, N_NEAREST + 1)  # one more, as a text asked about again is labelled itself
    return [
        _others(int(row), labelled[indices], similarities)
        for row, indices, similarities in zip(rows, found.indices, found.similarities, strict=True)
    ]


def _others(row: int, labelled: IntArray, similarities: FloatArray) -> tuple[tuple[int, float], ...]:
    pairs = zip(labelled.tolist(), similarities.tolist(), strict=True)
    return tuple(pair for pair in pairs if pair[0] != row)[:N_NEAREST]


def _vectors(learner: GivesFrozen, rows: IntArray) -> FloatArray:
    return learner.frozen(rows, Silent())
