"""Answers that the labelling page kept while the model was training: read, counted, and taken into the pool.

Each is a line of JSON, as interchange files have decisions, with a number of its own. The run's database
keeps the number of the last one that was taken, in the transaction that takes it: none is taken twice.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from text_al.circumstances import Circumstances
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import AnswersError
from text_al.types import Answer, Answers

SOURCE = "page"
HOW = ("seconds", "shown", "settles")
"""What a line holds of how a decision came about, named as in `Circumstances`; its word is the status."""
_TAKEN = "page.journal"


def journal_of(run: Path) -> Path:
    """The file beside the database; it is there only while it holds something."""
    return run / "page.jsonl"


def last_taken(store: RunStore) -> int:
    """The number of the last line that was taken; 0: none was."""
    return int(store.meta(_TAKEN) or 0)


def waiting_answers(run: Path) -> int:
    """How many answers wait to be taken into a run, read beside whoever is changing it.

    Args:
        run: its folder.

    Raises:
        PoolError: there are some, but the run's database cannot be read.
    """
    numbers = [_number(line) for line in _lines(journal_of(run))]
    if not numbers:
        return 0
    with RunStore.open(run / "state.db", read_only=True) as store:
        taken = last_taken(store)
    return sum(number is None or number > taken for number in numbers)


def take_page_answers(run: Path, pool: QueryPool, store: RunStore) -> int:
    """Takes the answers that wait, each once and with its own time; only for who holds the run's lock.

    To be called before anything newer is taken, as the last word on a label is the one taken last.

    Args:
        run: the run's folder.
        pool: of the run.
        store: of the run; what is undone there, if it is in a transaction of the caller's, waits on.

    Returns:
        How many were taken.

    Raises:
        AnswersError: a line cannot be read or taken; nothing was changed.
    """
    path = journal_of(run)
    taken = last_taken(store)
    waiting = [(number, answer) for number, answer in read_journal(path, pool.labels) if number > taken]
    take_lines(waiting, pool, store)
    store.on_commit(lambda: path.unlink(missing_ok=True))
    return len(waiting)


def take_lines(waiting: Sequence[tuple[int, Answer]], pool: QueryPool, store: RunStore) -> None:
    """Takes numbered answers into the pool, and keeps the last number with them.

    Raises:
        AnswersError: one cannot be taken; none was.
    """
    if not waiting:
        return
    with store.transaction():
        for _, answer in waiting:
            pool.label(Answers(answer.request, (answer,)), round=_round_of(pool))
        store.set_meta(_TAKEN, str(waiting[-1][0]))


def read_journal(path: Path, names: Sequence[str]) -> list[tuple[int, Answer]]:
    """Numbers and answers, in order; the last line is left out if a kill tore it, as nobody was told of it.

    Args:
        path: the file; one that is not there holds nothing.
        names: of all labels.

    Raises:
        AnswersError: a line cannot be read.
    """
    return [_read(path, place, line, names) for place, line in enumerate(_lines(path), start=1)]


def _lines(path: Path) -> list[bytes]:
    """All whole lines."""
    try:
        return path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []


def _number(line: bytes) -> int | None:
    try:
        return int(json.loads(line)["n"])
    except (ValueError, KeyError, TypeError):
        return None


def _read(path: Path, place: int, line: bytes, names: Sequence[str]) -> tuple[int, Answer]:
    try:
        found: dict[str, Any] = json.loads(line)
        return int(found["n"]), _answer(found, names)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = (
            f"line {place} is not as the page wrote it ({error!r}); mend it, or move the file away: "
            "it holds answers that are not in the run yet"
        )
        raise AnswersError(str(path), [problem]) from None


def _answer(found: Mapping[str, Any], names: Sequence[str]) -> Answer:
    place = {name: index for index, name in enumerate(names)}
    status, considered = found["status"], found.get("considered")
    about = None if considered is None else tuple(sorted(place[name] for name in considered))
    has = {place[name] for name in found["labels"] or ()}
    targets = tuple(int(label in has) if about is None or label in about else -1 for label in place.values())
    word = status if status in ("unsure", "rejected") else ""
    is_labelled = status == "labelled"
    return Answer(
        row=int(found["row"]),
        status="labelled" if is_labelled else "skipped",
        targets=targets if is_labelled else None,
        annotator=found["annotator"],
        source=SOURCE,
        at=found["at"],
        comment=found.get("comment", ""),
        considered=about,
        how=Circumstances.from_plain({"word": word} | {name: found[name] for name in HOW if name in found}),
        request=found["batch"],
    )


def _round_of(pool: QueryPool) -> int:
    """That of the request that waits, else of the last event."""
    waiting = pool.open_requests()
    return waiting[0].round if waiting else max((event.round for event in pool.events()), default=0)
