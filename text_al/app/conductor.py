"""What is done with the run, all of it in the one thread to which its database belongs."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from text_al.app.batch import Batch
from text_al.app.board import Board
from text_al.app.ear import Abandoned, Ear
from text_al.app.given import Given
from text_al.app.items import Item, ItemMaker
from text_al.app.journal import Journal
from text_al.app.leases import Leases
from text_al.app.quality import budget_of, curve_of
from text_al.app.refusals import Refusal
from text_al.app.said import Book
from text_al.data.disagreements import disagreement_in, disagreements
from text_al.data.events import LabelEvent, answers_of
from text_al.data.page_journal import SOURCE, journal_of, last_taken, take_lines
from text_al.errors import TextALError
from text_al.loop.rounds import Finished, advance
from text_al.loop.run import Run
from text_al.tracking.log import LOGGER
from text_al.types import Answers, LabelRequest


class Conductor:
    """Takes answers into the run, and advances it when it may go on.

    Args:
        run: that is open in this thread.
        make: makes the items of its batches.
        leases: which text is on whose desk.
        due_in: takes the seconds until `advance` shall be called; None: not for the time being.
        grace_seconds: between a batch's last answer and its training.
    """

    def __init__(
        self,
        run: Run,
        make: ItemMaker,
        leases: Leases,
        *,
        due_in: Callable[[float | None], None],
        grace_seconds: float,
    ) -> None:
        self._run = run
        self._make = make
        self._leases = leases
        self._due_in = due_in
        self._grace_seconds = grace_seconds
        self.ear = Ear(run.follower, self._is_fitted)
        run.follower = self.ear
        self.journal = Journal(journal_of(run.folder.path), run.pool.labels, last_taken(run.store))
        book = Book(run.pool.events())
        self.board = Board(book, self._ids(book.rows()))
        for found in disagreements(run.pool, with_settled=True):
            self.board.dispute(found.row, found)
            self.board.know(self._ids([found.row]))
        self._measure()
        self.board.budget = budget_of(run.pool.counts(), run.plan, self._n_rounds)
        self.take_journal()

    def advance(self) -> None:
        """All that can be done without a person, until a batch waits, the run is done, or something fails."""
        board = self.board
        self.ear.phase = "starting" if board.batch is None and board.phase == "starting" else "training"
        board.enter(self.ear.phase)
        try:
            outcome = advance(self._run)
            if isinstance(outcome, Finished):
                self._finish(outcome.reason)
            else:
                self._publish(outcome.request)
            self.take_journal()
        except Abandoned:
            pass
        except (TextALError, OSError) as error:
            board.enter("failed", error=str(error))
        except Exception as error:  # noqa: BLE001 - a learner or oracle of the user's may raise anything
            LOGGER.exception("the page's run failed")
            sentence = (
                f"{type(error).__name__}: {error}; all of it is in {self._run.folder.path / 'info.log'}"
            )
            board.enter("failed", error=sentence)
        finally:
            self.ear.rest()

    def label(self, given: Given) -> None:
        """Takes one answer; it is on disk when this returns.

        Raises:
            TextALError: it cannot be taken.
        """
        run = self._run
        answers = Answers(given.request, (given.answer(run.pool.n_labels),))
        run.pool.label(answers, round=self._round())
        self._refresh([given.row])

    def withdraw(self, row: int, request: str, annotator: str) -> Item:
        """Takes back what an annotator said of a text of the batch that waits; the text as it is now.

        Raises:
            Refusal: the batch is over, or they said nothing.
        """
        batch = self.board.waits_for(request)
        if not batch.is_answered_by(annotator, row):
            raise Refusal("stale", "there is no answer of yours on this text to take back")
        self._run.pool.withdraw(row, annotator, round=batch.request.round, source=SOURCE)
        self._refresh([row])
        return batch.items[row]

    def take_journal(self) -> None:
        """Takes the answers that came while the model was training, each once.

        Raises:
            TextALError: one cannot be taken; all stay where they are.
        """
        waiting, run = self.journal.waiting(), self._run
        take_lines(waiting, run.pool, run.store)
        self.journal.forget(last_taken(run.store))  # also what a kill came before the removal of
        if waiting:
            self._refresh(dict.fromkeys(answer.row for _, answer in waiting))

    def begin_now(self) -> None:
        """Ends the grace period, or tries again what failed.

        Raises:
            Refusal: there is nothing to begin.
        """
        board = self.board
        if board.phase == "failed" or (board.phase == "labelling" and board.batch and board.batch.is_done):
            self._due_in(0.0)
            return
        if board.phase == "finished":
            raise Refusal("stale", board.outcome)
        n_left = board.batch.to_plain("")["n_yours_left"] if board.batch else 0
        raise Refusal("stale", f"training begins when the batch is done; {n_left} texts wait for an answer")

    def _publish(self, request: LabelRequest) -> None:
        before = self.board.batch
        batch = Batch(request, self._make.items(self._run.pool, request), self._leases, self._make.mode)
        ids = {row: item["id"] for row, item in batch.items.items()}
        self.board.publish(batch, ids)
        others = () if before is None else before.request.rows
        self._measure()
        self._refresh(dict.fromkeys([*request.rows, *others]))

    def _finish(self, reason: str) -> None:
        before, self.board.batch = self.board.batch, None
        self._measure()
        self._refresh([] if before is None else before.request.rows)
        self.board.enter("finished", outcome=f"Finished: {reason}.")

    def _refresh(self, rows: Sequence[int] | dict[int, None]) -> None:
        """Shows what these rows have come to, and says whether the run may go on."""
        pool, board = self._run.pool, self.board
        histories = {row: pool.history(row) for row in rows}
        pending, counts = pool.idxs_pending, pool.counts()
        with board.lock:
            board.hear(_since(board.book.last_event, histories.values()))
            board.budget = budget_of(counts, self._run.plan, self._n_rounds)
            for row, history in histories.items():
                board.dispute(row, disagreement_in(history, pool.n_labels))
                if board.batch is not None and row in board.batch.items:
                    answers = answers_of(history, board.batch.request.id)
                    board.batch.show(row, answers, is_pending=bool(pending[row]))
        self._see_whether_done()

    def _see_whether_done(self) -> None:
        board = self.board
        if board.phase == "labelling" and board.batch is not None:
            self._due_in(self._grace_seconds if board.batch.is_done else None)

    def _measure(self) -> None:
        records = self._run.records()
        self._n_rounds, self.board.curve = len(records), curve_of(records)

    def _round(self) -> int:
        """The round in which answers are taken: that of the batch that waits, else of the last event."""
        batch = self.board.batch
        return self.board.book.round if batch is None else batch.request.round

    def _is_fitted(self, number: int) -> bool:
        return any(stored.number == number for stored in self._run.store.rounds())

    def _ids(self, rows: Sequence[int]) -> dict[int, str]:
        return dict(zip(rows, self._run.texts.ids(np.array(rows, dtype=np.int64)), strict=True))


def _since(last: int, histories: Sequence[Sequence[LabelEvent]] | Any) -> list[LabelEvent]:
    """Events after one, in the order in which they happened."""
    events = [event for history in histories for event in history if event.id > last]
    return sorted(events, key=lambda event: event.id)
