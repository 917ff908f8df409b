"""Takes answers from files into a run."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from text_al.data.added_labels import added_labels
from text_al.data.changes import LabelChange
from text_al.data.corpus import Corpus
from text_al.data.lock import RunLock
from text_al.data.page_journal import take_page_answers
from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.errors import AnswersError
from text_al.loop.run_folder import RunFolder
from text_al.oracles import FromFile, read_answers
from text_al.types import Answers


@dataclass(frozen=True)
class Imported:
    """What an import changed.

    Attributes:
        change: what of the answers was new.
        n_missing: texts that still wait for an answer.
        files: what each file was.
        n_for_others: texts among the missing that somebody has answered, and that wait for somebody else.
    """

    change: LabelChange
    n_missing: int
    files: tuple[FromFile, ...] = ()
    n_for_others: int = 0


UNNAMED = "unnamed"
"""Who answered, where neither a file nor anybody else says it."""


def import_files(run: Path, files: Sequence[Path], *, annotator: str = "") -> Imported:
    """Takes all answers of all files, or, if one of them is wrong, none.

    Args:
        run: the run's folder.
        files: filled-in query files, of any format.
        annotator: who decided, where a file does not say; "" leaves them unnamed.

    Raises:
        AnswersError: with every problem: file, line, id, label; nothing was changed.
        RunLockedError: the run is being advanced at this moment.
        PoolError: there is no run in this folder.
    """
    folder = RunFolder(run)
    with RunStore.open(folder.state) as store, RunLock(folder.state):
        pool = QueryPool.open(store)
        added = [one.label for one in added_labels(store)]
        corpus = Corpus.open(folder.corpus / "pool.arrow", added)
        read = read_answers(files, corpus, annotator=annotator or UNNAMED)
        _check_clear(read, pool, corpus, is_named=bool(annotator))
        with store.transaction():
            take_page_answers(folder.path, pool, store)  # first, as they were given before
            round_number = round_of(pool)
            changes = [
                pool.label(Answers(_request_of(one.name, pool), one.answers), round=round_number)
                for one in read
            ]
        return Imported(sum_of(changes), pool.counts().pending, read, waiting_for_others(pool))


def _request_of(name: str, pool: QueryPool) -> str:
    """The request whose file this is by its name, or what that begins with, as in "round-003 (1).csv"; or "".

    A text may be asked about more later, while the answers of a former file are still about what it asked.
    """
    return next((name[:end] for end in range(len(name), 0, -1) if pool.request(name[:end])), "")


def _check_clear(read: Sequence[FromFile], pool: QueryPool, corpus: Corpus, *, is_named: bool) -> None:
    """Refuses answers of which cannot be told what they are about, or who of several people gave them.

    Raises:
        AnswersError: with every such text.
    """
    problems = []
    for one in read:
        names = corpus.ids(np.array([answer.row for answer in one.answers], dtype=np.int64))
        for answer, name in zip(one.answers, names, strict=True):
            asked = [event for event in pool.history(answer.row) if event.kind == "asked"]
            is_open = bool(asked) and bool(pool.idxs_pending[answer.row])
            if answer.annotator == UNNAMED and not is_named and is_open and asked[-1].people > 1:
                problems.append(
                    f"{one.name}, id {name!r}: it waits for {asked[-1].people} people, "
                    "and the file does not say who answered; import it with --annotator NAME"
                )
            request = answer.request or _request_of(one.name, pool)
            is_about = {event.considered for event in asked}
            if answer.considered is None and len(is_about) > 1 and pool.request(request) is None:
                known = ", ".join(dict.fromkeys(event.request for event in asked))
                problems.append(
                    f"{one.name}, id {name!r}: it was asked about several times ({known}); "
                    "say which labels were decided on, in `considered`, or what this answers, in `batch`"
                )
    if problems:
        raise AnswersError("the answers", problems)


def waiting_for_others(pool: QueryPool) -> int:
    """Texts that somebody has answered, and that wait for another person."""
    answered = [pool.answers_to(request) for request in pool.open_requests() if request.people is not None]
    return sum(bool(said) and bool(pool.idxs_pending[row]) for one in answered for row, said in one.items())


def sum_of(changes: Sequence[LabelChange]) -> LabelChange:
    """What several changes did together."""
    names = [field.name for field in fields(LabelChange)]
    return LabelChange(**{name: sum(getattr(change, name) for change in changes) for name in names})


def round_of(pool: QueryPool) -> int:
    """The round in which answers are taken: that of the request that waits, else that of the last event."""
    waiting = pool.open_requests()
    if waiting:
        return waiting[0].round
    return max((event.round for event in pool.events()), default=0)
