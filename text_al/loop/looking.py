"""What a strategy may see of a pool: what the learner says of each text, and what is labelled already."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from text_al.loop.folding import Folded
from text_al.loop.run import Run
from text_al.loop.windows import blank, joined, windows_of
from text_al.reporting import Silent
from text_al.training.base import Learner
from text_al.types import Candidates, IntArray, Labelled


def of_learner(needs: frozenset[str]) -> frozenset[str]:
    """What a learner is asked for; what is labelled is the pool's to say."""
    return needs - {"labelled"}


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
        yield replace(seen, labelled=labelled)


def look(run: Run, learner: Callable[[], Learner], rows: IntArray, needs: frozenset[str]) -> Candidates:
    """All of these rows (M,), at least one, at once, as strategies need them that choose texts together."""
    if of_learner(needs):
        return joined(list(looks(run, learner, rows, needs)))
    return replace(blank(rows, run.pool.n_labels), labelled=_labelled(run, learner, needs))


def _labelled(run: Run, learner: Callable[[], Learner], needs: frozenset[str]) -> Labelled | None:
    """What is labelled, as the learner sees it too where it is asked what it makes of texts."""
    if "labelled" not in needs:
        return None
    rows, targets = run.pool.labelled()
    asked = needs & {"probs", "embeddings"}
    if not asked:
        return Labelled(rows, targets)
    seen = learner().look(rows, asked, Silent())
    return Labelled(rows, targets, seen.probs if "probs" in asked else None, seen.embeddings)
