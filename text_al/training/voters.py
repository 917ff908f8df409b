"""What is labelled, as it votes on any text: all that a nearest-neighbour learner remembers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np

from text_al.errors import TrainingError
from text_al.metrics import sigmoid
from text_al.neighbours import Neighbours, nearest
from text_al.seeds import generator
from text_al.training.calibration import Calibration
from text_al.training.thresholds import rates
from text_al.training.votes import Voting, times_drawn, votes
from text_al.types import FloatArray, IntArray, TargetArray

CERTAIN = 1e-6
"""A probability is at least so far from 0 and 1, as a logit must be finite."""


@dataclass(frozen=True)
class Voters:
    """The labelled texts.

    Attributes:
        vectors: (n, D) as the encoder gives them.
        targets: (n, L) int8; -1 has no vote.
        voting: how their votes are counted.
        calibration: of the logits of their votes.
        rows: (n,) of the pool; None where that is not known, as in an exported model.
        round_number: in which they were taught; None with the rows.
    """

    vectors: FloatArray
    targets: TargetArray
    voting: Voting
    calibration: Calibration
    rows: IntArray | None = None
    round_number: int | None = None

    def near(self, vectors: FloatArray, k: int | None = None) -> Neighbours:
        """Those that vote on vectors (M, D), as places among the n, nearest first; or the k nearest."""
        return nearest(vectors, self.vectors, self.voting.k if k is None else k)

    def logits(self, near: Neighbours, times: IntArray | None = None) -> FloatArray:
        """(M, L) float32 calibrated logits of votes; see `votes`."""
        probs = votes(near, self.targets, rates(self.targets), self.voting, times=times)
        return self.calibration.apply(_logits(probs)).astype(np.float32)

    def left_out(self) -> FloatArray | None:
        """(n, L) logits of the n texts, each by votes of the others, not calibrated; None for one text.

        A label's rate stays that of all n: without a text's own answer it would be lower just for texts that
        have the label.
        """
        n = len(self.targets)
        if n < 2:
            return None
        found = self.near(self.vectors, self.voting.k + 1)
        # Itself goes last, to be cut off; of many equal texts it may not be among the nearest at all.
        order = np.argsort(found.indices == np.arange(n)[:, None], axis=1, kind="stable")
        others = order[:, : min(self.voting.k, n - 1)]
        near = Neighbours(
            np.take_along_axis(found.indices, others, axis=1),
            np.take_along_axis(found.similarities, others, axis=1),
        )
        return replace(self, calibration=Calibration.none(self.targets.shape[1])).logits(near)

    def passes(self, near: Neighbours, draws: IntArray) -> FloatArray:
        """(T, M, L) float32 probabilities by T draws (T, n) of how often each text stands in the committee's.

        Source: Efron (1979), Bootstrap Methods: Another Look at the Jackknife.
        """
        each = (times_drawn(counts, near.indices, self.voting.k) for counts in draws)
        return np.stack([sigmoid(self.logits(near, times)) for times in each])

    def draws(self, n_draws: int, seed: int) -> IntArray:
        """(T, n) how often each text stands in each of T draws with replacement, the same each time.

        Raises:
            TrainingError: it is not known in which round they were taught.
        """
        if self.round_number is None:
            raise TrainingError("learner knn was not taught here, and has no committee; fit it")
        n, rng = len(self.targets), generator(seed, self.round_number, "committee")
        return rng.multinomial(n, np.full(n, 1 / n), size=n_draws)

    def in_pool(self, near: Neighbours) -> Neighbours:
        """The same neighbours as rows of the pool.

        Raises:
            TrainingError: their rows are not known.
        """
        if self.rows is None:
            raise TrainingError("learner knn was not taught here, and knows no rows of its texts; fit it")
        return replace(near, indices=self.rows[near.indices])

    @property
    def description(self) -> Mapping[str, Any]:
        """What a model's description says of them."""
        taught = {} if self.round_number is None else {"round": self.round_number}
        return {**asdict(self.voting), **taught}

    def arrays(self) -> dict[str, Any]:
        """What `read` takes back as arrays; the rows have the name by which an export leaves them out."""
        kept = {
            "vectors": self.vectors,
            "answers": self.targets,
            "slope": np.array([self.calibration.slope]),
            "shifts": self.calibration.shifts,
        }
        return kept if self.rows is None else {**kept, "rows": self.rows.astype(np.int64)}

    @classmethod
    def read(cls, arrays: Mapping[str, Any], said: Mapping[str, Any]) -> Self:
        """Those of which `arrays` and `description` gave these."""
        voting = Voting(said["k"], said["weights"], said["smoothing"])
        calibration = Calibration(float(arrays["slope"][0]), arrays["shifts"])
        answers, rows = arrays["answers"], arrays.get("rows")
        return cls(arrays["vectors"], answers, voting, calibration, rows, said.get("round"))


def enough(k: int) -> int:
    """Neighbours of which fewer than k votes come about once in 100,000 draws with replacement."""
    return 2 * k + 10


def first(near: Neighbours, k: int) -> Neighbours:
    """The k nearest of those that were found."""
    return Neighbours(near.indices[:, :k], near.similarities[:, :k])


def _logits(probs: FloatArray) -> FloatArray:
    inside = np.clip(probs, CERTAIN, 1 - CERTAIN)
    return np.asarray(np.log(inside / (1 - inside)))
