"""Which texts are labelled, asked for, skipped or still open: the one place that knows, and changes it."""

import json
from collections.abc import Iterable, Sequence
from typing import Self

from text_al.data.changes import Changes, LabelChange, ask, ask_again, give_back, take, take_back
from text_al.data.checks import answer_problems, request_problems
from text_al.data.ledger import Ledger, keep_resolution
from text_al.data.pool_view import PoolView
from text_al.data.resolution import Resolution
from text_al.data.store import RunStore
from text_al.errors import AnswersError, PoolError
from text_al.types import Answer, Answers, LabelRequest


class QueryPool(PoolView):
    """The states of N texts, one byte each in memory; on disk only the rows that were touched.

    Every change is one transaction of the store. Memory follows after the commit, so the two never differ.
    Made by `create`, `open` or `in_memory`.

    Example:
        >>> pool = QueryPool.in_memory(3, ["joy", "anger"])
        >>> answer = Answer(2, "labelled", (1, 0), annotator="anna", source="here", at="2026-01-01T12:00Z")
        >>> pool.label([answer], round=0).new
        1
        >>> pool.idxs_labeled
        array([False, False,  True])
    """

    @classmethod
    def create(
        cls,
        store: RunStore,
        n_rows: int,
        labels: Sequence[str],
        fingerprint: str,
        *,
        excluded: Iterable[int] = (),
    ) -> Self:
        """A new pool in a store that has none.

        Args:
            store: where it is kept.
            n_rows: N.
            labels: L names, all different, in the order of all targets.
            fingerprint: the hash of the texts; `open` compares it.
            excluded: rows that shall never be asked, such as empty texts.

        Raises:
            PoolError: the store has a pool, a label is named twice, or an excluded row does not exist.
        """
        never = sorted({int(row) for row in excluded})
        if store.meta("pool.n_rows") is not None:
            raise PoolError("this store holds a pool already; open it with QueryPool.open")
        if not labels or len(set(labels)) != len(labels):
            raise PoolError(f"labels must be one name or more, all different, not {list(labels)}")
        if never and not 0 <= never[0] <= never[-1] < n_rows:
            raise PoolError(f"excluded rows must be in 0 to {n_rows - 1}, not {never[0]} to {never[-1]}")
        with store.transaction():
            store.set_meta("pool.n_rows", str(n_rows))
            store.set_meta("pool.labels", json.dumps(list(labels), ensure_ascii=False))
            store.set_meta("pool.fingerprint", fingerprint)
            Ledger(store).exclude(never)
        return cls(store)

    @classmethod
    def open(cls, store: RunStore, *, fingerprint: str | None = None) -> Self:
        """The pool that a store holds.

        Args:
            store: where it is kept.
            fingerprint: the hash of the texts as they are now; None to look at the pool without its texts.

        Raises:
            PoolError: the store holds none, or the texts are not those it was made for.
        """
        pool = cls(store)
        if fingerprint is not None and fingerprint != pool.fingerprint:
            raise PoolError(
                f"the corpus changed since this run began ({pool.fingerprint}, now {fingerprint}); "
                "bring the former texts back, or begin a new run under another name"
            )
        return pool

    @classmethod
    def in_memory(cls, n_rows: int, labels: Sequence[str], *, excluded: Iterable[int] = ()) -> Self:
        """A pool that ends with the process."""
        return cls.create(RunStore.in_memory(), n_rows, labels, "", excluded=excluded)

    def mark_pending(self, request: LabelRequest) -> None:
        """Keep that these rows are asked for; a second time only those that were released are pending again.

        Raises:
            PoolError: a row is pending, excluded, named twice or out of range, or labelled, if only for one
                of the labels it is asked about; or the id was used for other rows or labels.
        """
        problems = request_problems(request, self.n_rows, self.n_labels)
        if problems:
            raise PoolError(f"request '{request.id}' cannot be made: " + "; ".join(problems))
        with self._store.transaction():
            known = self._ledger.request(request.id)
            asked = (request.rows, request.considered)
            if known is not None and (known.rows, known.considered) != asked:
                raise PoolError(
                    f"request '{request.id}' was made for other rows or labels; give this one another id"
                )
            changes = ask(self._ledger, request) if known is None else ask_again(self._ledger, known)
            self._show_later(changes)

    def label(
        self,
        answers: Answers | Sequence[Answer],
        *,
        round: int,  # noqa: A002
        request_id: str = "",
    ) -> LabelChange:
        """Take answers: all of them or, where one is wrong, none.

        The same decision by the same annotator changes nothing; another one corrects the first, and both stay
        in the history. Each annotator's last word on each label counts, and of these the latest holds; -1
        says nothing. An answer to a question about some labels is about these, unless it says otherwise.
        A request of which no row is pending any more is closed.

        Args:
            answers: in the order of the decisions.
            round: the round in which they are taken.
            request_id: kept with answers that nobody asked for; the others keep the request that asked.

        Raises:
            AnswersError: a row does not exist, or targets do not fit the labels; lists all such answers.
        """
        if isinstance(answers, Answers):
            request_id, answers = answers.request_id, answers.answers
        problems = answer_problems(answers, self.n_rows, self.n_labels)
        if problems:
            raise AnswersError("the answers", problems)
        with self._store.transaction():
            change, changes = take(self._ledger, answers, round, request_id)
            self._show_later(changes)
        return change

    def withdraw(self, row: int, annotator: str, *, round: int, source: str) -> None:  # noqa: A002
        """Take back what an annotator last said of a row; the request that asked for it waits again.

        Both the answer and its withdrawal stay in the history.

        Args:
            row: of the pool.
            annotator: who takes it back.
            round: the round in which it is taken back.
            source: where that was said.

        Raises:
            PoolError: the annotator said nothing under the last request that asked for the row.
        """
        with self._store.transaction():
            self._show_later(take_back(self._ledger, int(row), annotator, round, source))

    def resolve_by(self, resolution: Resolution) -> None:
        """From now on, what holds where annotators differ; nothing that they said is changed."""
        if resolution != self._ledger.resolution:
            keep_resolution(self._store, resolution)
            self._ledger.resolution = resolution

    def release(self, request_id: str) -> int:
        """Give the pending rows of a request back, so that they may be asked again; idempotent.

        Returns:
            How many rows were given back.

        Raises:
            PoolError: there is no such request.
        """
        request = self.request(request_id)
        if request is None:
            known = ", ".join(request.id for request in self.open_requests()) or "none"
            raise PoolError(f"no request is called '{request_id}'; open requests: {known}")
        with self._store.transaction():
            changes = give_back(self._ledger, request)
            self._show_later(changes)
        return len(changes)

    def _show_later(self, changes: Changes) -> None:
        self._store.on_commit(lambda: self._states.show(changes))
