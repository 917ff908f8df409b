"""What is known of several annotators: how far they agree, and where they do not."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SetAgreement:
    """How far some annotators agree on whole sets of labels.

    Attributes:
        n_texts: texts with two answers or more that can be compared.
        alpha: Krippendorff's, with MASI distance between sets; at most 1, nan without such texts.
        low: of the 95% interval, by texts drawn again; nan with fewer than two texts.
        high: of the same.
        same: the share of pairs of answers that are the same set, in [0, 1]; nan without texts.
    """

    n_texts: int
    alpha: float
    low: float
    high: float
    same: float


@dataclass(frozen=True)
class LabelLine:
    """How far people agree on one label.

    Attributes:
        name: the label's.
        n_texts: texts on which two people or more decided.
        observed: the share of pairs that agree, in [0, 1]; nan without texts.
        kappa: Fleiss' kappa, at most 1; nan where it is not defined, as where all say the same.
    """

    name: str
    n_texts: int
    observed: float
    kappa: float


@dataclass(frozen=True)
class PairLine:
    """How far two people agree.

    Attributes:
        first: one of them.
        second: the other.
        agreement: of their answers about the same texts.
        kappas: label to Cohen's kappa, where it is defined.
    """

    first: str
    second: str
    agreement: SetAgreement
    kappas: Mapping[str, float]


@dataclass(frozen=True)
class Dispute:
    """A text that people differ about.

    Attributes:
        id: in the corpus.
        text: its beginning.
        said: annotator to the labels they gave.
        labels: those in dispute; where all are settled, those that were.
        settled: whether somebody has ended it.
    """

    id: str
    text: str
    said: Mapping[str, tuple[str, ...]]
    labels: tuple[str, ...]
    settled: bool


@dataclass(frozen=True)
class Agreement:
    """How far the annotators of a run agree; settling decisions are no answers here.

    Attributes:
        folder: the run's.
        n_answers: annotator to how many answers they gave, corrections and skips among them; most first.
        machines: each program to how far it agrees with what most people say, label by label.
        people: how far people agree among themselves.
        labels: the same on each label, in their order.
        pairs: the same of every two people who decided on the same texts.
        disputes: texts that people differ about, in the order of the pool.
    """

    folder: Path
    n_answers: Mapping[str, int]
    machines: Mapping[str, SetAgreement]
    people: SetAgreement
    labels: tuple[LabelLine, ...]
    pairs: tuple[PairLine, ...]
    disputes: tuple[Dispute, ...]


def worst_first(labels: Iterable[LabelLine]) -> list[LabelLine]:
    """By kappa; those for which it is not defined come last."""
    return sorted(
        labels, key=lambda line: (math.isnan(line.kappa), -1 if math.isnan(line.kappa) else line.kappa)
    )
