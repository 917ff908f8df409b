"""What a strategy may see of a pool: what the learner says of each text, and what is labelled already."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from text_al.loop.folding import Folded
from text_al.loop.run import Run
from text_al.loop.windows import blank, joined, windows_of
from text_al.reporting import Silent
from text_al.training.base import Learner
from text_al.types import Candidates, IntArray, Labelled


def of_learner(needs: frozenset[str]) -> frozenset[str]:
    """What a learner is asked for of the candidates; what is labelled is the pool's to say."""
    return frozenset(need for need in needs if not need.startswith("labelled"))


def looks(
    run: Run, learner: Callable[[], Learner], rows: IntArray, needs: frozenset[str], *, done: int = 0
) -> Iterator[Candidates]:
    """These rows window by window, each with all that is labelled if that is needed.

    Args:
        run: its pool, its window, and who is told.
        learner: gives the learner, when something is needed of it.
        rows: (M,) of the pool.
        needs: what is needed.
        done: windows that are left out, the first ones.
    """
    labelled = _labelled(run, learner, needs)
    reporter = Folded(run.follower, "score", len(rows), done=done * run.plan.window)
    for window in windows_of(rows, run.plan.window, done=done):
        if of_learner(needs):
            seen = learner().look(window, of_learner(needs), reporter)
        else:
            seen = blank(window, run.pool.n_labels)
        yield replace(seen, labelled=labelled if labelled is None or len(labelled.rows) else _nothing(seen))


def look(run: Run, learner: Callable[[], Learner], rows: IntArray, needs: frozenset[str]) -> Candidates:
    """All of these rows (M,), at least one, at once, as strategies need them that choose texts together."""
    if of_learner(needs):
        return joined(list(looks(run, learner, rows, needs)))
    return replace(blank(rows, run.pool.n_labels), labelled=_labelled(run, learner, needs))


def _labelled(run: Run, learner: Callable[[], Learner], needs: frozenset[str]) -> Labelled | None:
    """What is labelled, as the learner sees it too where it is asked what it makes of texts."""
    if of_learner(needs) == needs:
        return None
    rows, targets = run.pool.labelled()
    asked = frozenset(need.removeprefix("labelled_") for need in needs if need.startswith("labelled_"))
    if not asked or not len(rows):
        return Labelled(rows, targets)
    seen = learner().look(rows, asked, Silent())
    return Labelled(rows, targets, seen.probs if "probs" in asked else None, seen.embeddings)


def _nothing(seen: Candidates) -> Labelled:
    """Nothing labelled yet, in the shapes of what is seen."""
    targets = np.empty((0, seen.n_labels), dtype=np.int8)
    embeddings = None if seen.embeddings is None else seen.embeddings[:0]
    return Labelled(seen.rows[:0], targets, seen.probs[:0], embeddings)
