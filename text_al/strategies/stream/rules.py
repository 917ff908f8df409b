"""When to ask about a text that has just come: thresholds that stay, that move, and that tremble.

Source of all three: Zliobaite, Bifet, Pfahringer and Holmes (2014), Active Learning With Drifting Streaming
Data. There a threshold theta stands on the probability of the likeliest class. Here any score may be used,
so theta stands on a text's place among the latest scores (`recent`): a text is asked about where its place
is below theta.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

Steps = Literal["by_share", "equal"]


@dataclass(frozen=True)
class Seen:
    """What a rule sees of a text.

    Attributes:
        score: higher is more worth labelling.
        place: in [0, 1), the share of the latest scores that are above this one.
        rng: this text's own chance.
    """

    score: float
    place: float
    rng: np.random.Generator


class Rule(Protocol):
    """Decides on texts by a threshold theta, which it moves; it is asked only while the budget allows.

    It keeps nothing, and its repr names its settings, by which a saved state is known to be its own: best a
    frozen dataclass.
    """

    def start(self, share: float) -> float:
        """Theta before the first text of a stream, of which this share may be asked about."""
        ...

    def asks(self, text: Seen, theta: float) -> bool:
        """Whether to ask about the text."""
        ...

    def moved(self, theta: float, share: float, *, asked: bool) -> float:
        """Theta for the next text."""
        ...


@dataclass(frozen=True)
class FixedUncertainty:
    """Asks about every text that scores at least a threshold, for as long as the budget allows.

    Attributes:
        threshold: in units of the score. What share of the texts reaches it is yours to know: where it is
            more than the budget allows, those that come first are asked about.
    """

    threshold: float

    def start(self, share: float) -> float:  # noqa: ARG002  the protocol's signature
        """The threshold."""
        return self.threshold

    def asks(self, text: Seen, theta: float) -> bool:
        """Whether the score reaches the threshold."""
        return text.score >= theta

    def moved(self, theta: float, share: float, *, asked: bool) -> float:  # noqa: ARG002  likewise
        """The threshold."""
        return theta


@dataclass(frozen=True)
class VariableUncertainty:
    """Asks about texts with a place below theta, which shrinks with each question and grows without one.

    Attributes:
        step: s > 0, how fast theta moves.
        steps: "by_share": theta is multiplied by exp(-s (1 - share)) after a question and by exp(s share)
            after none, which even out where just this share is asked about: those that score highest.
            "equal", as published: by 1 - s and 1 + s, which even out where every second text is, so that it
            is the budget that limits, and texts that score in the upper half are asked about whenever it
            allows; set its slack to 0.
    """

    step: float = 0.05
    steps: Steps = "by_share"

    def __post_init__(self) -> None:
        if not 0 < self.step < 1:
            raise ValueError(f"step is {self.step}; it must be between 0 and 1")

    def start(self, share: float) -> float:
        """The share: of texts that come in random order it is the share with a place below it."""
        return share

    def asks(self, text: Seen, theta: float) -> bool:
        """Whether the place is below theta."""
        return text.place < theta

    def moved(self, theta: float, share: float, *, asked: bool) -> float:
        """A step down after a question, up after none."""
        if self.steps == "equal":
            return theta * (1 - self.step if asked else 1 + self.step)
        return theta * float(np.exp(self.step * (share - asked)))


@dataclass(frozen=True)
class RandomVariableUncertainty(VariableUncertainty):
    """As `VariableUncertainty`, with theta multiplied by a draw of N(1, delta^2), anew for each text.

    So texts of which the model is rather sure are asked about too, now and then: where it is sure and
    wrong, as after a change of the stream, nothing else would show it.

    Attributes:
        delta: of 0 or more; the larger, the more texts are asked about by chance.
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.delta < 0:
            raise ValueError(f"delta is {self.delta}; give 0 or more")

    def asks(self, text: Seen, theta: float) -> bool:
        """Whether the place is below theta times a draw."""
        return text.place < theta * text.rng.normal(1, self.delta)
