"""The last score of every row, kept from one query of a run to the next; what is not needed is swept away."""

import numpy as np

from text_al.errors import StrategyError
from text_al.loop.run import Run
from text_al.loop.score_files import About, ScoreFiles
from text_al.loop.scoring import about_scores, scores_each
from text_al.types import FloatArray


def last_scores(run: Run) -> FloatArray:
    """(N,) what the query before this one kept; nan throughout where it kept no scores of this strategy."""
    kept = ScoreFiles(run.folder.scores).last(_last_request(run), _about(run))
    return np.full(run.pool.n_rows, np.nan) if kept is None else np.array(kept)


def keep_last_scores(run: Run, request_id: str, scores: FloatArray) -> None:
    """Keeps scores (N,) under a request that is about to be committed; the former ones are still there."""
    ScoreFiles(run.folder.scores).keep_last(request_id, _about(run), scores)


def tidy_scores(run: Run) -> None:
    """Removes scores that no query needs any more, also those that a killed process left behind."""
    rounds = run.store.rounds()
    is_choosing = bool(rounds) and rounds[-1].phase == "trained"
    ScoreFiles(run.folder.scores).tidy(keep_last_of=[_last_request(run)], keep_parts=is_choosing)


def _last_request(run: Run) -> str:
    """The last request that a strategy's choice went out with, or ""."""
    asked = [record.request_id for record in run.records() if record.request_id]
    return asked[-1] if asked else ""


def _about(run: Run) -> About:
    if not scores_each(run.strategy):
        raise StrategyError(f"{run.strategy.name} chooses texts together; it gives no scores to keep")
    return {**about_scores(run.strategy), "n_rows": run.pool.n_rows}
