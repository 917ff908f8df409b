"""One learner in several processes: the first one is asked, and all of them compute."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from text_al.records import FitReport
from text_al.reporting import Reporter, Silent
from text_al.training.base import Learner
from text_al.training.processes import join_world, leave_world, told
from text_al.types import Candidates, FloatArray, IntArray, LabelledTexts, TargetArray, Texts


class Team:
    """The first process's side: a learner whose calls are made in all processes at once; a context manager.

    Args:
        device: where the others compute; see `compute.device`.
    """

    def __init__(self, device: str) -> None:
        join_world(device)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Sends the others home; after an error the launcher ends them, as they may wait for other things."""
        if kind is None:
            told(("stop", {}))
            leave_world()

    def learner(self, make: Callable[[], Learner], sets: Mapping[str, Texts]) -> "SharedLearner":
        """Makes the learner in all processes.

        Args:
            make: makes this process's.
            sets: validation and test texts by name; the others have them too and are told names only.
        """
        told(("make", {}))
        return SharedLearner(make(), sets)


class SharedLearner:
    """A learner that calls the others to each piece of work and does its own share of it."""

    def __init__(self, own: Learner, sets: Mapping[str, Texts]) -> None:
        self._own = own
        self._names = {texts.text_fingerprint: name for name, texts in sets.items()}

    @property
    def thresholds(self) -> FloatArray:
        """(L,) in [0, 1]."""
        return self._own.thresholds

    def fit(
        self,
        rows: IntArray,
        targets: TargetArray,
        validation: LabelledTexts | None,
        *,
        round_number: int,
        global_step: int,
        reporter: Reporter,
    ) -> FitReport:
        """Learns in all processes; each takes its share of every batch."""
        numbers = {"round_number": round_number, "global_step": global_step}
        told(("fit", {"rows": rows, "targets": targets, "validate": validation is not None, **numbers}))
        return self._own.fit(rows, targets, validation, **numbers, reporter=reporter)

    def look(self, rows: IntArray, needs: frozenset[str], reporter: Reporter) -> Candidates:
        """What a strategy may see; each process scores its share."""
        told(("look", {"rows": rows, "needs": needs}))
        return self._own.look(rows, needs, reporter)

    def frozen(self, rows: IntArray, reporter: Reporter) -> FloatArray:
        """(M, E) vectors, the same every round; each process makes its share of what is not there yet."""
        told(("frozen", {"rows": rows}))
        return self._own.frozen(rows, reporter)

    def logits(self, texts: Texts, reporter: Reporter) -> FloatArray:
        """(N, L) logits; each process scores its share."""
        told(("logits", {"name": self._names[texts.text_fingerprint]}))
        return self._own.logits(texts, reporter)

    def save(self, folder: Path) -> None:
        """Writes the model; this process alone does, as all have the same weights."""
        self._own.save(folder)

    def restore(self, folder: Path) -> None:
        """Takes back what `save` wrote, in all processes."""
        told(("restore", {"folder": folder}))
        self._own.restore(folder)


def serve(
    device: str, open_sets: Callable[[], Mapping[str, LabelledTexts]], make: Callable[[], Learner]
) -> None:
    """The other processes' side: does its share of whatever the first one is asked, until it is sent home.

    Args:
        device: see `compute.device`.
        open_sets: gives validation and test sets by name, once the first process has prepared them.
        make: makes this process's learner, after `open_sets`.
    """
    join_world(device)
    sets: Mapping[str, LabelledTexts] = {}
    learner: Learner | None = None
    while True:
        task, details = told()
        if task == "stop":
            leave_world()
            return
        if task == "make" or learner is None:
            sets = open_sets()
            learner = make()
        else:
            _share(learner, sets, task, details)


def _share(learner: Learner, sets: Mapping[str, LabelledTexts], task: str, details: dict[str, Any]) -> None:
    """This process's share of a call that the first one makes."""
    if task == "fit":
        validation = sets["validation"] if details.pop("validate") else None
        learner.fit(details.pop("rows"), details.pop("targets"), validation, **details, reporter=Silent())
    elif task == "look":
        learner.look(details["rows"], details["needs"], Silent())
    elif task == "frozen":
        learner.frozen(details["rows"], Silent())
    elif task == "logits":
        learner.logits(sets[details["name"]].source, Silent())
    elif task == "restore":
        learner.restore(details["folder"])
