"""One thread that owns what belongs to one thread, and does one job after the other."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Protocol, TypeVar

T = TypeVar("T")


class Owner(Protocol):
    """What is opened, used and closed in the worker's thread alone."""

    def open(self) -> None:
        """Once, before anything else."""
        ...

    def work(self) -> None:
        """The long job, whenever it is due; jobs that come meanwhile wait, or are turned away."""
        ...

    def close(self) -> None:
        """Once, after everything else."""
        ...


class Worker:
    """Runs jobs in its own thread, in order, and the owner's long job when it is due.

    Args:
        owner: whose thread this is.
        clock: seconds that only grow.
    """

    def __init__(self, owner: Owner, clock: Callable[[], float] = time.monotonic) -> None:
        self._owner = owner
        self._clock = clock
        self._changed = Condition()
        self._jobs: deque[Callable[[], None]] = deque()
        self._due: float | None = None
        self._is_busy = self._is_stopping = False
        self._opened: Future[None] = Future()
        self._thread = Thread(target=self._run, name="text-al page", daemon=True)

    def start(self) -> None:
        """Starts the thread and waits until what it owns is open.

        Raises:
            Exception: whatever opening raised; the thread has ended then.
        """
        self._thread.start()
        self._opened.result()

    def submit(self, job: Callable[[], T], *, even_if_busy: bool = False) -> "Future[T] | None":
        """Does a job as soon as those before it are done.

        Args:
            job: to be done in the worker's thread.
            even_if_busy: also if the long job must end first.

        Returns:
            What comes of it; None where the long job runs, or the worker has been stopped.
        """
        future = begun(Future[T]())
        with self._changed:
            if self._is_stopping or (self._is_busy and not even_if_busy):
                return None
            self._jobs.append(lambda: _settle(future, job))
            self._changed.notify()
        return future

    def due_in(self, seconds: float | None) -> None:
        """The long job is due so many seconds from now; None: not for the time being."""
        with self._changed:
            self._due = None if seconds is None else self._clock() + seconds
            self._changed.notify()

    def seconds_left(self) -> float | None:
        """Until the long job begins; None where it is not due."""
        due = self._due
        return None if due is None else max(0.0, due - self._clock())

    def stop(self, timeout: float) -> bool:
        """Ends after the jobs that wait; whether the thread has ended within so many seconds."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._owner.open()
        except BaseException as error:  # noqa: BLE001 - it is raised where `start` waits
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        try:
            while (job := self._next()) is not None:
                job()
        finally:
            with self._changed:
                self._is_stopping = True
            self._owner.close()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._jobs and not self._is_stopping and self.seconds_left() != 0:
                self._changed.wait(self.seconds_left())
            if self._jobs:
                return self._jobs.popleft()
            if self._is_stopping:
                return None
            self._due, self._is_busy = None, True
            return self._work

    def _work(self) -> None:
        try:
            self._owner.work()
        finally:
            with self._changed:
                self._is_busy = False


def begun(future: "Future[T]") -> "Future[T]":
    """The future, which nobody can cancel any more: what it stands for is done in any case."""
    future.set_running_or_notify_cancel()
    return future


def _settle(future: "Future[T]", job: Callable[[], T]) -> None:
    try:
        future.set_result(job())
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
        future.set_exception(error)
