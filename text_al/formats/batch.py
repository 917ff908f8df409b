"""What goes out to be labelled, and what comes back, in every format."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from text_al.circumstances import UNKNOWN, Circumstances, Shown, SuggestionMode
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
        probs: label name to the model's probability: of every label asked about, or of those in doubt, the
            likeliest first; empty where there is no model, or its opinion is hidden from whoever answers.
        nearest: ids of the labelled texts most like it.
        considered: names of the labels that are asked about; None for all.
        suggested: names of the labels that a model predicts; None where there is none, or it is hidden.
        opinions: program to the labels that it suggests; empty where there are none, or they are hidden.
        said: annotator to the labels they gave, where a disagreement is to be settled.
    """

    id: str
    text: str
    rank: int
    score: float | None = None
    reason: str = ""
    probs: Mapping[str, float] = field(default_factory=dict)
    considered: tuple[str, ...] | None = None
    nearest: tuple[str, ...] = ()
    suggested: tuple[str, ...] | None = None
    opinions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """Texts that somebody is asked to label.

    Attributes:
        id: the request's id, for example "round-003".
        labels: what they may be labelled with, in order.
        items: the texts, best first.
        strategy: what chose them.
        purpose: what they are labelled for.
        model: whose opinion the items carry, for example "round-003"; "" where there is none.
        mode: how suggestions are to be shown.
        guidelines: what annotators are told, as Markdown or plain text.
        settles: the texts are those that annotators disagree about; an answer decides between them.
    """

    id: str
    labels: tuple[Label, ...]
    items: tuple[BatchItem, ...]
    strategy: str = ""
    purpose: Purpose = "train"
    model: str = ""
    mode: SuggestionMode = "ranked"
    guidelines: str = ""
    settles: bool = False

    def shown(self, item: BatchItem) -> Shown | None:
        """What whoever answers sees of a model's opinion; None in the first batch, which has no model."""
        if not self.model and not item.opinions:
            return None
        if not item.probs and not item.opinions:
            return Shown("none", self.model)
        return Shown(self.mode, self.model, tuple(item.probs.items()), tuple(item.opinions.items()))


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
        how: how it came about.
        batch: id of the batch that it answers; "" where the file does not say.
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
    how: Circumstances = UNKNOWN
    batch: str = ""

    def targets(self, names: Sequence[str]) -> tuple[int, ...] | None:
        """(L,) in the order of `names`: 1 applies, 0 does not, -1 was not considered; None for a skip."""
        if self.status == "skipped":
            return None
        considered: Collection[str] = names if self.considered is None else self.considered
        return tuple(int(name in self.labels) if name in considered else -1 for name in names)
