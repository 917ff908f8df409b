"""From scores of texts to questions about some of their labels: those that are worth their price."""

from dataclasses import dataclass, replace

import numpy as np

from text_al.loop.run import Run
from text_al.loop.scoring import Scorer, Scoring
from text_al.strategies.base import Chosen
from text_al.strategies.pairs import PairWorth
from text_al.strategies.selection import Embeddings
from text_al.types import FloatArray, IntArray

Considered = tuple[tuple[int, ...], ...]

NAMED = 5
"""Labels that a reason names; a person sees all in the file."""


@dataclass(frozen=True)
class Questions:
    """Chosen texts (n,), and the labels that each is asked about, ascending."""

    chosen: Chosen
    considered: Considered


def ask_about(run: Run, scoring: Scoring, worth: PairWorth, chosen: Chosen) -> Questions:
    """Which labels of chosen texts are worth asking about; the reasons name them.

    A text of which the model, asked again, finds none that is worth its price is left out.
    """
    if not len(chosen):
        return Questions(chosen, ())
    values = worth(scoring.candidates(chosen.rows))
    kept = np.flatnonzero((values > 0).any(axis=1))
    considered = tuple(tuple(np.flatnonzero(values[place] > 0).tolist()) for place in kept)
    reasons = tuple(
        f"asks about {_named(run.pool.labels, values[place])}; {chosen.reasons[place]}" for place in kept
    )
    return Questions(replace(taken(chosen, kept), reasons=reasons), considered)


def choose_worthwhile(
    run: Run,
    scorer: Scorer,
    rows: IntArray,
    scores: FloatArray,
    *,
    n_new: int,
    rng: np.random.Generator,
    embeddings: Embeddings | None = None,
) -> Chosen:
    """At most a query of the rows (M,) by their scores (M,), if they are worth their price.

    Texts that are labelled in part may be asked beyond the budget, which counts texts.

    Args:
        run: says how large a query is, and which texts are labelled.
        scorer: chooses.
        rows: what competes.
        scores: above 0 where asking is worth its price.
        n_new: how many texts without any label may be among the chosen.
        rng: of the selection.
        embeddings: gives the vectors of rows, for a selection rule that needs them.
    """
    pays = scores > 0
    if not pays.any():
        return Chosen(rows[:0], None, ())
    size = run.plan.query_size
    n_ranked = (
        size if n_new >= size else int(pays.sum())
    )  # where new ones are left out, others fill the query
    competing = rows[pays]
    chosen = scorer.choose_by(
        scores[pays],
        competing,
        n_ranked,
        rng,
        embeddings=None if embeddings is None else lambda places: embeddings(competing[places]),
    )
    is_new = ~run.pool.idxs_labeled[chosen.rows]
    return taken(chosen, np.flatnonzero(~is_new | (np.cumsum(is_new) <= n_new))[:size])


def taken(chosen: Chosen, places: IntArray) -> Chosen:
    """Those of the chosen texts that stand at these places."""
    scores = None if chosen.scores is None else chosen.scores[places]
    reasons = tuple(chosen.reasons[place] for place in places)
    return Chosen(chosen.rows[places], scores, reasons)  # how likely it is to be left is not known


def _named(labels: tuple[str, ...], worth: FloatArray) -> str:
    """The labels that pay, the most worthwhile first."""
    asked = [int(label) for label in np.argsort(-worth, kind="stable") if worth[label] > 0]
    if len(asked) == len(labels):
        return "every label"
    more = len(asked) - NAMED
    return ", ".join(labels[label] for label in asked[:NAMED]) + (f" and {more} more" if more > 0 else "")
