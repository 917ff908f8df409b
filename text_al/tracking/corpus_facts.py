"""What is known of a corpus that was labelled in a run: its card is made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from text_al.tracking.agreement import Agreement


@dataclass(frozen=True)
class LabelFacts:
    """How often a label stands.

    Attributes:
        name: the label's.
        yes: texts that have it.
        known: texts of which it is known whether they have it.
        yes_by_chance: the same among texts that were drawn by chance.
        known_by_chance: the same.
    """

    name: str
    yes: int
    known: int
    yes_by_chance: int = 0
    known_by_chance: int = 0


@dataclass(frozen=True)
class ChoiceFacts:
    """What chose texts, and how many.

    Attributes:
        chosen_by: a strategy's name; "" for texts that nobody asked for.
        purpose: "train", or "audit" for texts drawn to measure with.
        n_texts: how many of the labelled texts.
        by_chance: whether each open text was as likely as any other.
        n_inclusion: of how many the probability of being chosen is known.
        rounds: the first and the last round in which they were chosen; None where nobody chose.
    """

    chosen_by: str
    purpose: str
    n_texts: int
    by_chance: bool
    n_inclusion: int
    rounds: tuple[int, int] | None = None


@dataclass(frozen=True)
class AnnotatorFacts:
    """Who labelled.

    Attributes:
        name: as answers have it.
        n_labelled: answers with labels, corrections among them.
        n_skipped: answers without.
        n_settling: of those with labels, how many settle a disagreement.
        seconds: the median an answer took; None where nobody knows.
        first: the day of the first answer, "" where nobody knows.
        last: the day of the last.
        shown: how a model's opinion was shown to how many answers; "" where nobody knows.
    """

    name: str
    n_labelled: int
    n_skipped: int
    n_settling: int
    seconds: float | None
    first: str
    last: str
    shown: Mapping[str, int]


@dataclass(frozen=True)
class CorpusFacts:
    """A labelled corpus.

    Attributes:
        name: the run's.
        n_pool: texts there were to choose from.
        n_labelled: texts of which labels hold.
        n_skipped: texts that somebody saw and nobody labelled.
        words: why those were skipped, and how many; "" where nobody said.
        n_nothing: labelled texts that have no label.
        n_partly: labelled texts of which not every label is known.
        n_yes: labels that texts have, in all.
        labels: in their order.
        together: pairs of labels that stand together most often, and in how many texts.
        choices: by what texts were chosen, most texts first.
        n_by_chance: labelled texts that were drawn by chance.
        annotators: those with most answers first.
        rule: what holds where annotators differ.
        agreement: of the annotators.
        models: what learned in the run, such as kind and encoder.
        versions: of programs and texts.
        n_open: texts that were labelled, but of which annotators leave every label open; none of n_labelled.
    """

    name: str
    n_pool: int
    n_labelled: int
    n_skipped: int
    words: Mapping[str, int]
    n_nothing: int
    n_partly: int
    n_yes: int
    labels: tuple[LabelFacts, ...]
    together: tuple[tuple[str, str, int], ...]
    choices: tuple[ChoiceFacts, ...]
    n_by_chance: int
    annotators: tuple[AnnotatorFacts, ...]
    rule: str
    agreement: Agreement
    models: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[str, ...] = ()
    n_open: int = 0
