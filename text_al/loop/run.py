"""One run: all that a round needs, in one place, opened from its folder and closed again."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Protocol, Self

from text_al.data.pool import QueryPool
from text_al.data.store import RunStore
from text_al.loop.people import People
from text_al.loop.run_folder import RunFolder
from text_al.loop.stopping import StopRules
from text_al.loop.sub_pools.base import SubPool
from text_al.loop.windows import WINDOW
from text_al.metrics import AbsentLabels
from text_al.oracles.base import Oracle
from text_al.records import RoundRecord
from text_al.reporting import Reporter
from text_al.strategies.base import Chooser
from text_al.strategies.pairs import PairWorth
from text_al.tracking.records import from_json
from text_al.training.base import Learner
from text_al.types import IntArray, LabelledTexts, LabelRequest


class Follower(Reporter, Protocol):
    """What the loop tells of a run while it goes on; `tracking.Tracker` is the usual one."""

    def begin_round(self, round_number: int, n_labelled: int, n_pool: int) -> None:
        """A round begins."""
        ...

    def end_round(self, record: RoundRecord, all_records: Sequence[RoundRecord]) -> None:
        """A round is done and kept."""
        ...

    def finish(self, records: Sequence[RoundRecord], reason: str) -> None:
        """The run is done."""
        ...


class PoolTexts(Protocol):
    """The pool's texts and ids by row."""

    def texts(self, rows: IntArray) -> list[str]:
        """Texts of these rows."""
        ...

    def ids(self, rows: IntArray) -> list[str]:
        """Ids of these rows."""
        ...


@dataclass(frozen=True)
class Price:
    """What answers cost, in whatever is paid with: a text that is read, and a label that is decided."""

    text: float = 1.0
    label: float = 0.1


@dataclass(frozen=True)
class Plan:
    """The numbers of a run.

    Attributes:
        seed: addresses every random draw.
        initial_size: texts to label before the first fit.
        query_size: texts a round.
        stop: when to stop, the budget among it.
        absent_labels: how macro-F1 counts labels without positives.
        best_metric: by which models/best is chosen, where a round has it; else the last round's model is the
            best.
        warm_start: whether a fit goes on from the weights of the round before, which are read again then
            after a restart.
        window: rows of the pool that are looked at at a time; memory follows it.
        price: what answers cost.
        max_candidates: texts that a strategy is shown at once which compares them with each other.
        people: how people are asked; None where nobody is who could be shown anything.
    """

    seed: int
    initial_size: int
    query_size: int
    stop: StopRules
    absent_labels: AbsentLabels = "zero"
    best_metric: str = "val_macro_f1_tuned"
    warm_start: bool = False
    window: int = WINDOW
    price: Price = Price()
    max_candidates: int = 100_000
    people: People | None = None


@dataclass
class Run:
    """A run that is open; a context manager that closes what it holds.

    Attributes:
        folder: its files.
        store: what survives.
        pool: what is labelled.
        texts: the pool's texts and ids.
        plan: its numbers.
        make_learner: makes the learner the first time it is needed, so that waiting for a person loads no
            model.
        strategy: chooses the next texts.
        initial: chooses the first ones.
        oracle: answers.
        validation: for early stopping and thresholds; or None.
        test: for the curve only; or None.
        follower: hears what happens.
        sub_pool: which open texts compete in a round; None: all of them.
        preselect: scores texts, to take the best `max_candidates` of them; None takes them by chance.
        pairs: what asking about each label of a text is worth; None: a text is asked about as a whole.
        held: what is closed with the run.
    """

    folder: RunFolder
    store: RunStore
    pool: QueryPool
    texts: PoolTexts
    plan: Plan
    make_learner: Callable[[], Learner]
    strategy: Chooser
    initial: Chooser
    oracle: Oracle
    validation: LabelledTexts | None
    test: LabelledTexts | None
    follower: Follower
    sub_pool: SubPool | None = None
    preselect: Chooser | None = None
    pairs: PairWorth | None = None
    held: ExitStack = field(default_factory=ExitStack)
    round_in_memory: int = 0

    @cached_property
    def learner(self) -> Learner:
        """The learner, made when first asked for."""
        return self.make_learner()

    def learner_of(self, round_number: int) -> Learner:
        """The learner with the weights of this round, read from disk if it holds others."""
        if self.round_in_memory != round_number:
            self.learner.restore(self.folder.model(round_number))
            self.round_in_memory = round_number
        return self.learner

    def open_request(self) -> LabelRequest | None:
        """The request that waits for answers; at most one does."""
        waiting = self.pool.open_requests()
        return waiting[0] if waiting else None

    def records(self) -> list[RoundRecord]:
        """All rounds so far, in order; the last may be trained and not yet have chosen its texts."""
        return stored_records(self.store)

    def close(self) -> None:
        """Closes what the run holds; more than once is once."""
        self.held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def stored_records(store: RunStore, *, only_done: bool = False) -> list[RoundRecord]:
    """The records a store holds, in order.

    Args:
        store: of a run.
        only_done: without a round that is trained but has not chosen its texts.
    """
    rounds = [stored for stored in store.rounds() if stored.phase == "done" or not only_done]
    return [from_json(json.loads(stored.record_json)) for stored in rounds]
