"""What travels between the rooms: frozen values and array names. Nothing here computes.

Shapes use N (pool), M (candidates), n (chosen or labelled), L (labels), D (embedding width), T (passes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from text_al.circumstances import UNKNOWN, Circumstances

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]
BoolArray = NDArray[np.bool_]
TargetArray = NDArray[np.int8]
"""(n, L) int8: 1 yes, 0 no, -1 not known."""

Purpose = Literal["train", "audit"]
Need = Literal[
    "probs", "embeddings", "passes", "label_embeddings", "labelled", "labelled_probs", "labelled_embeddings"
]


@dataclass(frozen=True)
class Label:
    """One label: its name, and what it means to people and to the learner."""

    name: str
    description: str = ""
    examples: tuple[str, ...] = ()


class Texts(Protocol):
    """Texts by row; in memory or on disk."""

    @property
    def text_fingerprint(self) -> str:
        """A hash of the texts, in order: what was computed from them holds for equal ones."""
        ...

    def __len__(self) -> int: ...

    def texts(self, rows: IntArray) -> list[str]:
        """The texts of these rows, in the order of `rows`."""
        ...


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with targets (n, L): a validation or test set."""

    source: Texts
    targets: TargetArray


@dataclass(frozen=True)
class Labelled:
    """What is labelled, for a strategy.

    Attributes:
        rows: (n,) of the pool.
        targets: (n, L).
        probs: (n, L) what the model makes of them, though it learned from them; only where needed.
        embeddings: (n, D), only where needed.
    """

    rows: IntArray
    targets: TargetArray
    probs: FloatArray | None = None
    embeddings: FloatArray | None = None


@dataclass(frozen=True)
class Candidates:
    """What a strategy sees: the model's view of M texts, never the model.

    Attributes:
        rows: (M,) positions in the pool.
        logits: (M, L) float32, what the head gives.
        probs: (M, L) in [0, 1], the calibrated sigmoids.
        thresholds: (L,) in [0, 1], where a label is predicted.
        embeddings: (M, D), only where a strategy needs them.
        passes: (T, M, L) probabilities of a committee or of dropout, only where needed.
        label_embeddings: (L, D), only where needed.
        labelled: what is labelled, only where needed.

    Example:
        >>> import numpy as np
        >>> from text_al import Candidates, strategy
        >>> probs = np.array([[0.9, 0.1], [0.5, 0.4]])
        >>> seen = Candidates(np.array([7, 8]), np.log(probs / (1 - probs)), probs, np.array([0.5, 0.5]))
        >>> strategy("multilabel_margin").choose(seen, 1, np.random.default_rng(0)).rows
        array([8])
    """

    rows: IntArray
    logits: FloatArray
    probs: FloatArray
    thresholds: FloatArray
    embeddings: FloatArray | None = None
    passes: FloatArray | None = None
    label_embeddings: FloatArray | None = None
    labelled: Labelled | None = None

    def __post_init__(self) -> None:
        m, n_labels = self.probs.shape
        found = {"rows": self.rows.shape, "logits": self.logits.shape, "thresholds": self.thresholds.shape}
        wanted = {"rows": (m,), "logits": (m, n_labels), "thresholds": (n_labels,)}
        for name, shape in wanted.items():
            if found[name] != shape:
                raise ValueError(
                    f"{name} has shape {found[name]}, but probs {self.probs.shape} asks for {shape}"
                )

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_labels(self) -> int:
        """L."""
        return int(self.probs.shape[1])


@dataclass(frozen=True)
class Why:
    """Why a text was chosen, beside its score.

    Attributes:
        at_stake: (label index, probability) of labels in doubt, most first: those nearest to their threshold.
        nearest: (pool row, cosine in [-1, 1]) of the labelled texts most like it, most first.

    Example:
        >>> from text_al.types import Why
        >>> Why(at_stake=((2, 0.41),)).nearest
        ()
    """

    at_stake: tuple[tuple[int, float], ...] = ()
    nearest: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class LabelRequest:
    """A batch of texts somebody is asked to label.

    Attributes:
        id: unique in the run, for example "round-003"; asking twice with one id asks once.
        round: the round whose model chose the rows; 0 is the first batch, chosen without a model.
        rows: (n,) pool rows, best first.
        scores: (n,) the strategy's scores, or None where it gives none.
        reasons: (n,) one sentence each: why this text.
        strategy: the strategy's name.
        purpose: "train", or "audit" for rows drawn at random to measure with.
        inclusion: (n,) probability of each row of having been chosen, or None where the rule has none.
        considered: (n,) of label indices, ascending: what each text is asked about; None: every label.
        whys: (n,) what the model saw in each; None where there was no model yet.
        probs: (n, L) the model's probability of each label, to four digits; None where there was no model.
        thresholds: (L,) where the model predicts a label; None where there was no model.
        people: (n,) how many different annotators are to answer for each row; None: one.
        blind: (n,) whether the model's opinion is hidden from whoever answers, to measure what it does to
            them; None: of none.

    Example:
        >>> from text_al import LabelRequest
        >>> LabelRequest("round-003", 3, (7, 4), (-0.1, -0.2), ("least sure", "less sure"), "margin").purpose
        'train'
    """

    id: str
    round: int
    rows: tuple[int, ...]
    scores: tuple[float, ...] | None
    reasons: tuple[str, ...]
    strategy: str
    purpose: Purpose = "train"
    inclusion: tuple[float, ...] | None = None
    considered: tuple[tuple[int, ...], ...] | None = None
    whys: tuple[Why, ...] | None = None
    probs: tuple[tuple[float, ...], ...] | None = None
    thresholds: tuple[float, ...] | None = None
    people: tuple[int, ...] | None = None
    blind: tuple[bool, ...] | None = None


AnswerStatus = Literal["labelled", "skipped"]


@dataclass(frozen=True)
class Answer:
    """One decision about one text.

    Attributes:
        row: the pool row.
        status: "labelled" (targets given; all zeros means labelled with nothing) or "skipped".
        targets: (L,) of 1, 0, -1; None for a skip.
        annotator: who decided.
        source: where it came from: "simulated", "corpus", or a file's name.
        at: ISO 8601 time of the decision, UTC.
        comment: what the annotator noted.
        considered: label indices that it is about, ascending. None: where a target is -1, those with
            another one; else, as for a skip, those that the text was asked about.
        how: how the decision came about.
        request: the request that it answers, where that is known; "" for the last one that asked.

    Example:
        >>> from text_al import Answer
        >>> Answer(7, "labelled", (1, 0), annotator="anna", source="here", at="2026-01-01T12:00Z").targets
        (1, 0)
    """

    row: int
    status: AnswerStatus
    targets: tuple[int, ...] | None
    annotator: str
    source: str
    at: str
    comment: str = ""
    considered: tuple[int, ...] | None = None
    how: Circumstances = UNKNOWN
    request: str = ""


@dataclass(frozen=True)
class Answers:
    """What has come in for a request so far: maybe all, maybe a part, maybe nothing.

    Example:
        >>> from text_al import Answers
        >>> Answers("round-003").answers
        ()
    """

    request_id: str
    answers: tuple[Answer, ...] = ()


def label_names(labels: Sequence[Label]) -> tuple[str, ...]:
    """The names, in order."""
    return tuple(label.name for label in labels)
