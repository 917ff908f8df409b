"""The first batch, before any fit: by chance, or by what a learner makes of the label names alone."""

from text_al.loop.looking import look
from text_al.loop.run import Run
from text_al.seeds import generator
from text_al.strategies.base import Chosen


def first_batch(run: Run, n: int) -> Chosen:
    """The n texts that the run's `initial` chooses, or all open ones where there are fewer.

    The learner is made only where `initial` needs something of it, and was never fitted then.

    Args:
        run: with an open text at least.
        n: how many.

    Raises:
        TrainingError: the learner knows nothing before its first fit.
        StrategyError: of `initial`.
    """
    rows = run.pool.unlabelled()
    if n > len(rows):
        run.follower.note(f"the first batch should have {n} texts, but no more than {len(rows)} are open")
    candidates = look(run, lambda: run.learner, rows, run.initial.needs)
    return run.initial.choose(candidates, n, generator(run.plan.seed, 0, "query"))
