"""From where a text stands to its answer; and what is no answer, as the texts are hardly the cause."""

from collections.abc import Mapping
from pathlib import Path

from text_al.circumstances import Circumstances
from text_al.errors import OracleError
from text_al.oracles.llm.standing import Standing
from text_al.types import Answer

SOURCE = "llm"

_TELLING = 5
"""Of so many texts without one decision, the texts are hardly the cause."""


def never_decides(known: Mapping[str, Standing], n_asked: int) -> bool:
    """Whether many texts are without one decision: to skip them would blame texts for a setting.

    Args:
        known: id to standing, of a request.
        n_asked: how many texts the request asks the model about.
    """
    return n_asked >= _TELLING and all(standing.labels is None for standing in known.values())


def undecided(known: Mapping[str, Standing], path: Path, *, max_tokens: int, n_attempts: int) -> str:
    """What to look at where a model never decides.

    Args:
        known: id to standing, the last reply last.
        path: where the replies are.
        max_tokens: the setting in force.
        n_attempts: the setting in force.
    """
    *_, last = known.values()
    return (
        f"The last reply: {last.why}. Look at the replies in {path}, and at oracle.model, oracle.max_tokens "
        f"({max_tokens:,}) and the prompt (labels, guidelines): with a changed setting the same texts are "
        f"asked about again. After a mend at the endpoint itself raise oracle.n_attempts ({n_attempts}); if "
        "the texts are the cause, have people answer them (text-al query, text-al import)"
    )


def decision(row: int, standing: Standing, places: Mapping[str, int]) -> Answer:
    """What it gives and what it does not, of the labels that it was asked about; nothing of the others.

    Args:
        row: the pool's row.
        standing: with a decision.
        places: label name to index, of all labels.

    Raises:
        OracleError: it is about a label that the run has not.
    """
    kept, given = standing.kept, standing.labels or ()
    unknown = [name for name in kept.asked if name not in places]
    if unknown:
        raise OracleError(f"a reply that is kept is about {unknown[0]!r}, which is no label of this run")
    targets = [-1] * len(places)
    for name in kept.asked:
        targets[places[name]] = int(name in given)
    return Answer(
        row,
        "labelled",
        tuple(targets),
        kept.annotator,
        SOURCE,
        kept.at,
        considered=tuple(sorted(places[name] for name in kept.asked)),
        how=Circumstances(seconds=kept.seconds / len(kept.ids), ref=kept.ref),
    )


def skip(row: int, standing: Standing, considered: tuple[int, ...] | None) -> Answer:
    """That there is no decision, and why.

    Args:
        row: the pool's row.
        standing: without a decision.
        considered: label indices that the text was to be asked about; None: all.
    """
    kept, tries = standing.kept, standing.n_attempts
    comment = f"no decision in {tries} attempt{'s' if tries > 1 else ''}: {standing.why}"
    how = Circumstances(ref=kept.ref)
    return Answer(row, "skipped", None, kept.annotator, SOURCE, kept.at, comment, considered, how)
