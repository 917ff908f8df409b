"""The run behind the page: any thread may ask; what touches the run is done in the worker's."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from text_al.app import fields
from text_al.app.board import OVER, Board
from text_al.app.conductor import Conductor
from text_al.app.given import Given, given_of
from text_al.app.items import ItemMaker
from text_al.app.leases import Leases
from text_al.app.past import PastItems
from text_al.app.refusals import Refusal
from text_al.app.said import said_by
from text_al.app.views import Manner, Views
from text_al.app.worker import Worker, begun
from text_al.loop.run import Run

T = TypeVar("T")


class Desk:
    """Opens a run in a thread of its own, asks people about its batches, and advances it between them.

    Args:
        open_run: opens the run; called in the worker's thread.
        manner: how people are asked.
    """

    def __init__(self, open_run: Callable[[], Run], manner: Manner) -> None:
        self._open_run = open_run
        self._manner = manner
        self._worker = Worker(self)
        self._run: Run
        self._conductor: Conductor
        self.views: Views

    def start(self) -> None:
        """Opens the run, and begins to advance it.

        Raises:
            TextALError: it cannot be opened, or another process is advancing it.
        """
        self._worker.start()
        self._board.version = int(time.time())  # no page takes a new server's state for the old one's
        self._worker.due_in(0.0)

    def stop(self, timeout: float) -> bool:
        """Ends a training half-way, and closes the run; whether that was done within so many seconds."""
        self._conductor.ear.stop()
        return self._worker.stop(timeout)

    def answer(self, found: dict[str, Any]) -> "Future[dict[str, Any]]":
        """Keeps an answer; what comes of it is there once it is on disk.

        Raises:
            Refusal: it cannot be taken as it is.
            OSError: it cannot be written.
        """
        annotator, request, text_id = _subject(found)
        settles = fields.flag(found, "settles")
        asked = (self._board.about_dispute if settles else self._board.about)(request, text_id)
        given = given_of(found | {"annotator": annotator}, asked, self._run.pool.labels)
        job = self._worker.submit(lambda: self._conductor.label(given))
        if job is None:
            return _done(self._keep(given))
        return _then(job, lambda _: self._saved(given))

    def withdraw(self, found: dict[str, Any]) -> "Future[dict[str, Any]]":
        """Takes back an answer on a text of the batch that waits; gives the text.

        Raises:
            Refusal: it cannot be taken back any more.
        """
        fields.check_keys(found, ("annotator", "request", "id"))
        annotator, request, text_id = _subject(found)
        row = self._board.row(text_id)
        self._board.waits_for(request)
        job = self._worker.submit(lambda: self._conductor.withdraw(row, request, annotator))
        if job is None:
            raise Refusal("stale", OVER)
        return _then(job, lambda item: {"item": item})

    def train(self, found: dict[str, Any]) -> "Future[dict[str, Any]]":
        """Ends the grace period, or tries again what failed; there is nothing to say with it.

        Raises:
            Refusal: there is nothing to begin.
        """
        fields.check_keys(found, ())
        job = self._worker.submit(self._conductor.begin_now)
        if job is None:
            raise Refusal("stale", "the model is training already")
        return _then(job, lambda _: {"started": True})

    def open(self) -> None:
        """In the worker's thread: opens the run."""
        self._run = run = self._open_run()
        try:
            self._conductor, self.views = self._made(run)
        except BaseException:
            run.close()
            raise

    def work(self) -> None:
        """In the worker's thread: advances the run."""
        self._conductor.advance()

    def close(self) -> None:
        """In the worker's thread: closes the run."""
        self._run.close()

    @property
    def _board(self) -> Board:
        return self._conductor.board

    def _made(self, run: Run) -> tuple[Conductor, Views]:
        manner, worker = self._manner, self._worker
        make = ItemMaker(
            run.texts,
            run.pool.labels,
            mode=manner.mode,
            resolution=manner.resolution,
            queries=run.folder.queries,
        )
        conductor = Conductor(
            run,
            make,
            Leases(manner.lease_seconds),
            due_in=worker.due_in,
            grace_seconds=manner.grace_seconds,
        )
        views = Views(
            run,
            manner,
            board=conductor.board,
            ear=conductor.ear,
            past=PastItems(make, run.folder.state),
            starts_in=worker.seconds_left,
        )
        return conductor, views

    def _keep(self, given: Given) -> dict[str, Any]:
        """Keeps an answer beside a run that is busy."""
        self._conductor.journal.append(given)
        self._board.take(said_by(given))
        self._worker.submit(self._conductor.take_journal, even_if_busy=True)
        return self._saved(given) | {"later": True}

    def _saved(self, given: Given) -> dict[str, Any]:
        state = self._board.state(given.annotator)
        request = state["request"]
        n_left = 0 if request is None else request["n_yours_left"]
        return {"saved": True, "at": given.at, "n_yours_left": n_left, "version": state["version"]}


def _subject(found: dict[str, Any]) -> tuple[str, str, str]:
    """Who sends, and about which text of which request."""
    annotator = fields.annotator_name(fields.text(found, "annotator", fields.LONGEST_ID))
    request = fields.text(found, "request", fields.LONGEST_ID)
    return annotator, request, fields.text(found, "id", fields.LONGEST_ID)


def _done(result: dict[str, Any]) -> "Future[dict[str, Any]]":
    future = begun(Future[dict[str, Any]]())
    future.set_result(result)
    return future


def _then(before: "Future[T]", change: Callable[[T], dict[str, Any]]) -> "Future[dict[str, Any]]":
    """What comes of a job, changed in the thread that did it."""
    after = begun(Future[dict[str, Any]]())

    def hand_on(done: "Future[T]") -> None:
        try:
            after.set_result(change(done.result()))
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
            after.set_exception(error)

    before.add_done_callback(hand_on)
    return after
