"""What the page is told of a run: from memory, or read beside whoever is changing it, and always at once."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.app.board import Board
from text_al.app.ear import Ear
from text_al.app.items import Item, about_only
from text_al.app.past import PastItems
from text_al.app.refusals import Refusal
from text_al.circumstances import SuggestionMode
from text_al.data.disagreements import Disagreement
from text_al.data.resolution import LATEST, Resolution
from text_al.loop.run import Run
from text_al.types import Label

MOST_ITEMS = 200
GRACE_SECONDS, LEASE_SECONDS = 8.0, 120.0


@dataclass(frozen=True)
class Manner:
    """How people are asked on the page.

    Attributes:
        name: of the run.
        guidelines: what annotators are told.
        mode: what they see of the model.
        resolution: what holds where annotators differ.
        annotator: the name that the page proposes.
        grace_seconds: between a batch's last answer and its training, for second thoughts.
        lease_seconds: how long a text that somebody has before them is handed to others last.
    """

    name: str
    guidelines: str = ""
    mode: SuggestionMode = "ranked"
    resolution: Resolution = LATEST
    annotator: str = ""
    grace_seconds: float = GRACE_SECONDS
    lease_seconds: float = LEASE_SECONDS


class Views:
    """Answers what the page asks; any thread may call.

    Args:
        run: of which only what never changes is used: its texts, labels and folder.
        manner: how people are asked.
        board: what is known at this moment.
        ear: what goes on in this second.
        past: texts of batches that are over.
        starts_in: gives the seconds until training begins; None where it is not due.
    """

    def __init__(
        self,
        run: Run,
        manner: Manner,
        *,
        board: Board,
        ear: Ear,
        past: PastItems,
        starts_in: Callable[[], float | None],
    ) -> None:
        self._texts = run.texts
        known = {label.name: label for label in getattr(run.texts, "labels", ())}
        self._labels = [known.get(name, Label(name)) for name in run.pool.labels]
        self._n_texts = run.pool.n_rows
        self._space = f"{run.pool.fingerprint} {run.folder.path.resolve()}"
        self._manner = manner
        self._board = board
        self._ear = ear
        self._past = past
        self._starts_in = starts_in

    def project(self) -> dict[str, Any]:
        """What never changes while the server runs."""
        manner = self._manner
        return {
            "name": manner.name,
            "run": hashlib.sha256(self._space.encode()).hexdigest()[:16],
            "labels": [
                {"name": label.name, "description": label.description, "examples": list(label.examples)}
                for label in self._labels
            ],
            "guidelines": manner.guidelines,
            "mode": manner.mode,
            "default_annotator": manner.annotator,
            "grace_seconds": manner.grace_seconds,
            "n_texts": self._n_texts,
        }

    def state(self, annotator: str) -> dict[str, Any]:
        """How far the run is, for this annotator."""
        state, ear = self._board.state(annotator), self._ear
        if state["phase"] in ("starting", "training"):
            state["phase"] = ear.phase
        starts_in, request = self._starts_in(), state["request"]
        if state["phase"] == "labelling" and request["n_done"] == request["n"] and starts_in is None:
            state["phase"] = "training"  # in the moment before it says so itself
        is_labelling = state["phase"] == "labelling"
        return state | {
            "starts_in": starts_in if is_labelling else None,
            "progress": None if is_labelling else ear.progress(),
        }

    def next(self, annotator: str, held: Sequence[str]) -> dict[str, Any]:
        """The next text for an annotator, who holds some already."""
        with self._board.lock:
            batch = self._board.batch if self._board.phase == "labelling" else None
            item = None if batch is None else batch.hand_out(annotator, held)
            return {"item": item, "state": self.state(annotator)}

    def mine(self, annotator: str, limit: int) -> dict[str, Any]:
        """What an annotator said, newest first."""
        board = self._board
        with board.lock:
            said = board.book.of(annotator)[:limit]
            batch = board.batch if board.phase == "labelling" else None
            ids = [board.id_of(one.row) for one in said]
        texts = self._texts.texts(np.array([one.row for one in said], dtype=np.int64))
        waiting = None if batch is None else batch.request.id
        return {
            "answers": [
                one.to_plain()
                | {"id": text_id, "request": one.request, "text": text}
                | {"open": one.request == waiting and not one.settles, "settles": one.settles}
                for one, text_id, text in zip(said, ids, texts, strict=True)
            ]
        }

    def item(self, annotator: str, text_id: str, request: str | None = None) -> dict[str, Any]:
        """A text that was asked for, answered or is in dispute, as this annotator may see it.

        Args:
            annotator: who asks.
            text_id: of the text.
            request: as which request asked for it; None: the one that waits, else the last of this annotator.

        Raises:
            Refusal: there is no such text, or the request never asked for it.
        """
        board = self._board
        row = board.row(text_id)
        with board.lock:
            batch = board.batch
            if batch is not None and row in batch.items and request in (None, batch.request.id):
                return {"item": self._of(annotator, row, batch.items[row])}
            request = board.book.request_of(row, annotator) if request is None else request
            about = board.book.about(request, row)
        (item,) = self._past.items([(request, row)])
        return {"item": self._of(annotator, row, about_only(item, about.considered))}

    def dispute(self, annotator: str, text_id: str) -> dict[str, Any]:
        """A text about which people differ, also where somebody has settled it.

        Raises:
            Refusal: nobody differs about it.
        """
        row = self._board.row(text_id)
        found = self._board.disputes.get(row)
        if found is None:
            raise Refusal("gone", "nobody differs about this text any more")
        return {"item": self._disputes(annotator, [found])[0]}

    def disagreements(self, annotator: str) -> dict[str, Any]:
        """Texts about which people differ, with what each said."""
        board = self._board
        with board.lock:
            found = board.to_settle()[:MOST_ITEMS]
        return {"items": self._disputes(annotator, found)}

    def _disputes(self, annotator: str, found: Sequence[Disagreement]) -> list[Item]:
        """These texts, each asked about the labels in dispute alone."""
        with self._board.lock:
            places = [(self._board.book.request_of(one.row, ""), one.row) for one in found]
        return [
            self._of(annotator, one.row, about_only(item, one.labels)) | {"said": _said(one)}
            for one, item in zip(found, self._past.items(places), strict=True)
        ]

    def _of(self, annotator: str, row: int, item: Item) -> Item:
        """The item with what this annotator said of it, and nothing that others said."""
        book = self._board.book
        with self._board.lock:
            request = item["request"] or book.request_of(row, annotator)
            said = book.said(annotator, request, row)
        return item | {"answer": None if said is None else said.to_plain()}


def _said(found: Disagreement) -> list[dict[str, Any]]:
    """What each said who spoke of a label in dispute; which labels that was about, None: all."""
    return [
        {
            "annotator": who,
            "labels": [label for label, target in enumerate(targets) if target == 1],
            "considered": [label for label, target in enumerate(targets) if target != -1]
            if -1 in targets
            else None,
            "status": "labelled",
        }
        for who, targets in found.said.items()
        if any(targets[label] != -1 for label in found.labels)
    ]
