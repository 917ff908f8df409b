"""From a choice to a request."""

from text_al.loop.label_questions import Considered
from text_al.loop.run import Run
from text_al.records import QueriedText
from text_al.strategies.base import Chosen
from text_al.types import LabelRequest


def ask(
    run: Run,
    round_number: int,
    chosen: Chosen,
    strategy: str,
    *,
    considered: Considered | None = None,
    request_id: str = "",
) -> LabelRequest:
    """Makes the chosen rows pending under a request of their own, which the oracle is asked later.

    Args:
        run: its pool keeps the request.
        round_number: whose model chose.
        chosen: n rows.
        strategy: what chose, by name.
        considered: (n,) of label indices that each text is asked about; None: every label.
        request_id: its id; "" takes the next one of the round.
    """
    request = LabelRequest(
        id=request_id or _free_id(run, round_number),
        round=round_number,
        rows=tuple(int(row) for row in chosen.rows),
        scores=None if chosen.scores is None else tuple(float(score) for score in chosen.scores),
        reasons=tuple(chosen.reasons),
        strategy=strategy,
        considered=considered,
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


def queried_texts(run: Run, chosen: Chosen) -> tuple[QueriedText, ...]:
    """What was chosen, as records show it."""
    rows = chosen.rows
    scores = [None] * len(rows) if chosen.scores is None else [float(score) for score in chosen.scores]
    texts = [" ".join(text[:400].split())[:200] for text in run.texts.texts(rows)]
    found = zip(rows, run.texts.ids(rows), texts, scores, chosen.reasons, strict=True)
    return tuple(QueriedText(int(row), name, text, score, reason) for row, name, text, score, reason in found)
