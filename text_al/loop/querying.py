"""The query of a round: which texts compete, what the model says of them, and which are chosen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from text_al.data.store import StoredRound
from text_al.errors import StrategyError
from text_al.loop.askable import askable
from text_al.loop.explaining import Explained, explained
from text_al.loop.label_questions import Considered, ask_about, choose_worthwhile
from text_al.loop.limiting import among_all, limited
from text_al.loop.looking import of_learner
from text_al.loop.round_view import RoundView
from text_al.loop.run import Run
from text_al.loop.scoring import Scoring, scores_each
from text_al.loop.sub_pools.base import Part
from text_al.seeds import generator
from text_al.strategies.base import Chosen
from text_al.timing import timed
from text_al.types import FloatArray


@dataclass(frozen=True)
class Query:
    """A choice that is not committed yet.

    Attributes:
        chosen: the rows, with scores and reasons; none where no question is worth its price.
        seconds: stage to seconds: "sub_pool" where there is one, "score", "query", "explain" where a model is
            asked why.
        texts: stage to how many texts went through it.
        notes: sentences for the record.
        last_scores: (N,) to be kept for the next query, or None.
        considered: (n,) of label indices that each text is asked about; None: every label.
        explained: what the model makes of each; None where it was not asked.
    """

    chosen: Chosen
    seconds: Mapping[str, float]
    texts: Mapping[str, int]
    notes: tuple[str, ...]
    last_scores: FloatArray | None
    considered: Considered | None = None
    explained: Explained | None = None


def query(run: Run, stored: StoredRound, n: int) -> Query:
    """The n texts that the run's strategy chooses by the model of a round; nothing is asked yet.

    Where labels are asked one by one, n counts texts without any label, and partly known ones fill the query.
    The same whenever it is done again. What it scored in a process that was killed is not scored again.

    Raises:
        TextALError: of the learner, the strategy or the sub-pool.
    """
    scoring = Scoring(run, stored)
    seconds: dict[str, float] = {}
    texts: dict[str, int] = {}
    part = Part(askable(run.pool, by_label=run.pairs is not None), share=1.0)
    if run.sub_pool is not None:
        texts["sub_pool"] = len(part.rows)
        with timed(seconds, "sub_pool"):
            part = run.sub_pool(RoundView(run, stored, scoring))
        seconds["sub_pool"] -= scoring.seconds_here
        if len(part.rows) == 0:
            raise StrategyError("the sub-pool left no text to choose from; make it larger")
    part = limited(run, stored, part, scoring)
    choose = _chooser(run, part, scoring)
    with timed(seconds, "query"):
        chosen = among_all(choose(n, generator(run.plan.seed, stored.number, "query")), part.share)
    considered = None
    if run.pairs is not None:
        questions = ask_about(run, scoring, run.pairs, chosen)
        chosen, considered = questions.chosen, questions.considered
    seen = None
    # Where chance alone chose, there is nothing to explain; but people are shown what the model thinks.
    if of_learner(run.strategy.needs) or run.plan.people is not None:
        with timed(seconds, "explain"):
            seen = explained(run, run.learner_of(stored.number), chosen.rows, considered)
    seconds["score"] = scoring.seconds
    texts |= {"score": scoring.n_texts, "query": len(part.rows)}
    notes = (part.note,) if part.note else ()
    return Query(chosen, seconds, texts, notes, part.last_scores, considered, seen)


def _chooser(run: Run, part: Part, scoring: Scoring) -> Callable[[int, np.random.Generator], Chosen]:
    """The strategy, having seen what competes."""
    strategy, rows = run.strategy, part.rows
    if scores_each(strategy):
        scores = scoring.scores(rows, "all") if part.scores is None else part.scores
        if run.pairs is not None:
            return lambda n, rng: choose_worthwhile(
                run, strategy, rows, scores, n_new=n, rng=rng, embeddings=scoring.embeddings
            )
        return lambda n, rng: strategy.choose_by(
            scores, rows, n, rng, embeddings=lambda places: scoring.embeddings(rows[places])
        )
    candidates = scoring.candidates(rows)
    return lambda n, rng: strategy.choose(candidates, n, rng)
