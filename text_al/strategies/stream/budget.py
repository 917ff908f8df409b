"""What a stream may spend: a share of the texts, by an estimate that forgets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """A share of the texts of a stream that may be asked about.

    What is spent is estimated as u / w: u becomes u (w - 1) / w + 1 after a question, u (w - 1) / w after
    none. That is about the share asked among the last w texts, older ones counting less. While it has
    reached share (1 + slack), nothing is asked. So of any t texts in a row at most
    (share (1 + slack) + 1 / w) (t + w) are asked about, whatever comes and whatever the rule.

    Attributes:
        share: in (0, 1].
        window: w >= 1, in texts.
        slack: >= 0; 0 as published. With a rule that keeps to the share by itself it leaves room for
            chance, so that the budget steps in only where the stream changes.

    Source: Zliobaite, Bifet, Pfahringer and Holmes (2014), Active Learning With Drifting Streaming Data,
    section III.
    """

    share: float
    window: int = 500
    slack: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share is {self.share}; it must be above 0 and at most 1")
        if self.window < 1:
            raise ValueError(f"window is {self.window}; it counts texts, so give 1 or more")
        if self.slack < 0:
            raise ValueError(f"slack is {self.slack}; give 0 or more")

    def allows(self, used: float) -> bool:
        """Whether one more question may be asked after `used`, the u above."""
        return used / self.window < self.share * (1 + self.slack)

    def after(self, used: float, *, asked: bool) -> float:
        """The u above, one text later."""
        return used * (self.window - 1) / self.window + asked
