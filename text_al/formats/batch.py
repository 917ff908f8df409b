"""What goes out to be labelled, and what comes back, in every format."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from text_al.types import AnswerStatus, Label, Purpose


@dataclass(frozen=True)
class BatchItem:
    """One text to label.

    Attributes:
        id: its id in the corpus.
        text: the text.
        rank: 0 for the one most worth labelling.
        score: the strategy's, or None where it gives none.
        reason: one sentence: why this text.
        probs: label name to the model's probability, of the labels in doubt.
        nearest: ids of the labelled texts most like it.
        considered: names of the labels that are asked about; None for all.
    """

    id: str
    text: str
    rank: int
    score: float | None = None
    reason: str = ""
    probs: Mapping[str, float] = field(default_factory=dict)
    considered: tuple[str, ...] | None = None
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """Texts that somebody is asked to label.

    Attributes:
        id: the request's id, for example "round-003".
        labels: what they may be labelled with, in order.
        items: the texts, best first.
        strategy: what chose them.
        purpose: what they are labelled for.
    """

    id: str
    labels: tuple[Label, ...]
    items: tuple[BatchItem, ...]
    strategy: str = ""
    purpose: Purpose = "train"


@dataclass(frozen=True)
class Decision:
    """What somebody decided about one text.

    Attributes:
        id: the text's id in the corpus.
        status: "labelled", with no label perhaps, or "skipped".
        labels: names of the labels that apply.
        considered: names of the labels that were decided on; None for all.
        annotator: who; "" where the file does not say.
        at: ISO 8601 time; "" where the file does not say.
        comment: what the annotator noted.
        text: the text as the file has it, or None.
        line: where it stands in the file, from 1.
    """

    id: str
    status: AnswerStatus
    labels: tuple[str, ...] = ()
    considered: tuple[str, ...] | None = None
    annotator: str = ""
    at: str = ""
    comment: str = ""
    text: str | None = None
    line: int = 0

    def targets(self, names: Sequence[str]) -> tuple[int, ...] | None:
        """(L,) in the order of `names`: 1 applies, 0 does not, -1 was not considered; None for a skip."""
        if self.status == "skipped":
            return None
        considered: Collection[str] = names if self.considered is None else self.considered
        return tuple(int(name in self.labels) if name in considered else -1 for name in names)
