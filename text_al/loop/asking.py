"""From a choice to a request."""

import numpy as np

from text_al.loop.explaining import Explained
from text_al.loop.label_questions import Considered
from text_al.loop.run import Run
from text_al.records import QueriedText
from text_al.strategies.base import Chosen
from text_al.types import LabelRequest, Why


def ask(
    run: Run,
    round_number: int,
    chosen: Chosen,
    strategy: str,
    *,
    considered: Considered | None = None,
    explained: Explained | None = None,
    request_id: str = "",
) -> LabelRequest:
    """Makes the chosen rows pending under a request of their own, which the oracle is asked later.

    Args:
        run: its pool keeps the request.
        round_number: whose model chose.
        chosen: n rows.
        strategy: what chose, by name.
        considered: (n,) of label indices that each text is asked about; None: every label.
        explained: what the model makes of each text; None where there is no model yet.
        request_id: its id; "" takes the next one of the round.
    """
    people, n, seed = run.plan.people, len(chosen.rows), run.plan.seed
    request = LabelRequest(
        id=request_id or _free_id(run, round_number),
        round=round_number,
        rows=tuple(int(row) for row in chosen.rows),
        scores=None if chosen.scores is None else tuple(float(score) for score in chosen.scores),
        reasons=tuple(chosen.reasons),
        strategy=strategy,
        considered=considered,
        whys=None if explained is None else explained.whys,
        # Only people are shown them; nobody else needs what may be thousands of numbers.
        probs=None if explained is None or people is None else explained.probs,
        thresholds=None if explained is None or people is None else explained.thresholds,
        people=None if people is None else people.awaited(n, seed, round_number),
        blind=None if people is None or explained is None else people.hidden(n, seed, round_number),
        inclusion=None if chosen.inclusion is None else tuple(float(p) for p in chosen.inclusion),
    )
    run.pool.mark_pending(request)
    return request


def _free_id(run: Run, round_number: int) -> str:
    """round-003; round-003-2 where more is asked because texts were skipped or given back."""
    name, count = f"round-{round_number:03d}", 1
    while run.pool.request(name if count == 1 else f"{name}-{count}") is not None:
        count += 1
    return name if count == 1 else f"{name}-{count}"


def queried_texts(run: Run, request: LabelRequest) -> tuple[QueriedText, ...]:
    """What was asked for, as records show it."""
    rows, labels = np.array(request.rows, dtype=np.int64), run.pool.labels
    whys = request.whys or (Why(),) * len(rows)
    like = np.array([row for why in whys for row, _ in why.nearest], dtype=np.int64)
    ids = dict(zip(like.tolist(), run.texts.ids(like), strict=True)) if len(like) else {}
    columns = (
        request.rows,
        run.texts.ids(rows),
        [" ".join(text[:400].split())[:200] for text in run.texts.texts(rows)],
        request.scores or (None,) * len(rows),
        request.reasons,
        [{labels[label]: round(p, 4) for label, p in why.at_stake} for why in whys],
        [tuple((ids[row], round(cosine, 4)) for row, cosine in why.nearest) for why in whys],
        request.inclusion or (None,) * len(rows),
    )
    return tuple(QueriedText(*values) for values in zip(*columns, strict=True))
