"""The first batch, before any fit: by chance, or by what a learner makes of the label names alone."""

from dataclasses import replace

from text_al.errors import TrainingError
from text_al.loop.limiting import among_all, limit_note
from text_al.loop.looking import look
from text_al.loop.round_view import GivesFrozen
from text_al.loop.run import Run
from text_al.loop.sub_pools.by_chance import drawn
from text_al.loop.windows import blank
from text_al.seeds import generator
from text_al.strategies.base import Chosen
from text_al.types import Candidates, IntArray, Labelled


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
    rows, share = run.pool.unlabelled(), 1.0
    if n > len(rows):
        run.follower.note(f"the first batch should have {n} texts, but no more than {len(rows)} are open")
    if run.initial.needs and len(rows) > run.plan.max_candidates:
        run.follower.note(limit_note(run.initial.name, run.plan.max_candidates, len(rows)))
        share = run.plan.max_candidates / len(rows)
        rows = drawn(rows, run.plan.max_candidates, generator(run.plan.seed, 0, "candidates"))
    return among_all(run.initial.choose(_seen(run, rows), n, generator(run.plan.seed, 0, "query")), share)


def _seen(run: Run, rows: IntArray) -> Candidates:
    """These rows as the learner sees them before any fit: by frozen vectors where no label has a say.

    Raises:
        TrainingError: vectors are needed, and the learner gives none before its first fit.
    """
    needs = run.initial.needs
    if "embeddings" not in needs or "probs" in needs:
        return look(run, lambda: run.learner, rows, needs)
    learner = run.learner
    if not isinstance(learner, GivesFrozen):
        raise TrainingError(
            f"initial: {run.initial.name} needs to know where texts lie, which this learner does not say "
            "before its first fit; use initial: random, or another learner"
        )
    given, targets = run.pool.labelled()
    vectors, known = (learner.frozen(part, run.follower) for part in (rows, given))
    seen = blank(rows, run.pool.n_labels)
    return replace(seen, embeddings=vectors, labelled=Labelled(given, targets, None, known))
