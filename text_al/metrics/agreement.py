"""How far annotators agree on sets of labels: Krippendorff's alpha, of any number of them, with gaps.

Answers are (A, n, L) int8: of A annotators about n texts, 1 yes, 0 no, -1 not known. A row that is -1 all
over is no answer; zeros all over are one: the empty set. Two answers are compared on the labels that both
know, and not at all where there is no such label. 1 is perfect agreement, 0 what chance gives, less is worse
than that. What cannot be computed is nan.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np

from text_al.types import BoolArray, FloatArray, IntArray, TargetArray

Distance = Literal["masi", "nominal"]
_BLOCK = 256
_RESAMPLED_AT_A_TIME = 1_000_000


def set_distance(
    only_first: FloatArray, only_second: FloatArray, both: FloatArray, *, distance: Distance = "masi"
) -> FloatArray:
    """How far two sets are from each other, from what is in them.

    MASI is 1 - Jaccard x monotonicity, which is 1 for equal sets, 2/3 where one holds the other, 1/3 where
    they overlap, 0 where they do not. Two empty sets are equal. Nominal: 0 for equal sets, else 1.

    Args:
        only_first: how many labels are in the first alone.
        only_second: in the second alone.
        both: in both.
        distance: which one.

    Returns:
        In [0, 1], of the shape of the arguments.

    Source: Passonneau (2006), Measuring Agreement on Set-valued Items (MASI), LREC.
    """
    apart = only_first + only_second
    if distance == "nominal":
        return (apart > 0).astype(np.float64)
    union = apart + both
    thirds = np.add(np.minimum(only_first, only_second) == 0, apart == 0, dtype=np.float64)
    similarity: FloatArray = (thirds + 1) * (both + (union == 0)) / np.maximum(union, 1)
    return 1 - similarity / 3


@dataclass(frozen=True)
class AlphaSums:
    """What alpha is made of, text by text; only texts with two answers or more that can be compared.

    Attributes:
        observed: (u,) distances within the text, each answer having the same weight.
        observed_weights: (u,) the weight of those.
        expected: (u,) distances from its answers to all answers.
        expected_weights: (u,) how many those are.
    """

    observed: FloatArray
    observed_weights: FloatArray
    expected: FloatArray
    expected_weights: FloatArray

    @property
    def alpha(self) -> float:
        """At most 1; 1 where no two answers differ, nan where no text has two."""
        observed, weights = self.observed.sum(keepdims=True), self.observed_weights.sum(keepdims=True)
        return float(_alpha(observed, weights, _ratio(self.expected.sum(), self.expected_weights.sum()))[0])

    def interval(
        self, rng: np.random.Generator, *, resamples: int = 1000, level: float = 0.95
    ) -> tuple[float, float]:
        """A percentile bootstrap interval: texts are drawn with replacement.

        What chance gives is taken to the first order in how often each text is drawn, so that a resample
        costs a sum; from about 20 texts on this is within a few hundredths of resampling it in full.

        Args:
            rng: draws the texts.
            resamples: how many.
            level: in (0, 1), the share of resamples inside.

        Returns:
            Low and high; nan where fewer than two texts can be compared.
        """
        n = len(self.observed)
        if n < 2:
            return np.nan, np.nan
        step = max(1, _RESAMPLED_AT_A_TIME // n)
        parts = [
            self._resampled(rng.integers(n, size=(min(step, resamples - done), n)))
            for done in range(0, resamples, step)
        ]
        low, high = np.quantile(np.concatenate(parts), [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def _resampled(self, drawn: IntArray) -> FloatArray:
        """(R,) alphas of the texts drawn (R, u)."""
        observed, weights, expected, pairs = (
            sums[drawn].sum(axis=1)
            for sums in (self.observed, self.observed_weights, self.expected, self.expected_weights)
        )
        # Both answers of a pair are drawn; the square is above 0 and has the right first order.
        in_all = _ratio(self.expected.sum(), self.expected_weights.sum())
        chance = _ratio(_ratio(expected, pairs) ** 2, in_all)
        return _alpha(observed, weights, chance)


def _alpha(observed: FloatArray, weights: FloatArray, chance: FloatArray) -> FloatArray:
    disagreement = _ratio(observed, weights)
    return np.where(disagreement == 0, 1.0, 1 - _ratio(disagreement, chance))


def _ratio(part: Any, whole: Any) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.divide(part, whole))


def krippendorff_alpha(answers: TargetArray, *, distance: Distance = "masi") -> float:
    """Krippendorff's alpha of sets of labels; any answer may be missing, or know a part of the labels.

    The weights are Krippendorff's: each answer in a text with m of them counts 1 / (m - 1) a pair. Pairs that
    cannot be compared are left out of what is observed and of what is expected; where every answer knows
    every label this is the usual alpha.

    Args:
        answers: (A, n, L).
        distance: between two sets.

    Returns:
        At most 1; 1 where no two answers differ (chance then agrees as well: a convention), nan where no text
        has two answers that can be compared, as with one annotator.

    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; Passonneau (2006), the distance.
    """
    return alpha_sums(answers, distance=distance).alpha


def alpha_sums(answers: TargetArray, *, distance: Distance = "masi") -> AlphaSums:
    """What alpha and its interval are made of; see `krippendorff_alpha`.

    Time goes with the square of the number of different answers, memory with the number of answers.
    """
    n_annotators, n_texts, _ = answers.shape
    sums, pairs = np.zeros(n_texts), np.zeros(n_texts)
    compared = np.zeros((n_annotators, n_texts), dtype=bool)
    answered = (answers != -1).any(axis=2)
    for one, other in combinations(range(n_annotators), 2):
        rows = np.flatnonzero(answered[one] & answered[other])
        distances, comparable = _in_pairs(answers[one, rows], answers[other, rows], distance)
        sums[rows] += 2 * distances
        pairs[rows] += 2 * comparable
        compared[one, rows] |= comparable
        compared[other, rows] |= comparable
    texts = np.flatnonzero(compared.any(axis=0))
    own = 1 / (compared[:, texts].sum(axis=0) - 1)
    who, place = np.nonzero(compared[:, texts])
    expected, weights = _from_all(answers[who, texts[place]], distance)
    return AlphaSums(
        sums[texts] * own,
        pairs[texts] * own,
        np.bincount(place, expected, minlength=len(texts)).astype(np.float64),
        np.bincount(place, weights, minlength=len(texts)).astype(np.float64),
    )


def _in_pairs(first: TargetArray, second: TargetArray, distance: Distance) -> tuple[FloatArray, BoolArray]:
    """(n,) distances of answers (n, L) side by side, 0 where they cannot be compared; and which can."""
    only_first = ((first == 1) & (second == 0)).sum(axis=1)
    only_second = ((first == 0) & (second == 1)).sum(axis=1)
    both = ((first == 1) & (second == 1)).sum(axis=1)
    comparable = ((first != -1) & (second != -1)).any(axis=1)
    return set_distance(only_first, only_second, both, distance=distance), comparable


def _from_all(values: TargetArray, distance: Distance) -> tuple[FloatArray, FloatArray]:
    """(v,) the sum of distances from each value (v, L) to all others, and to how many it can be compared."""
    different, place, counts = np.unique(values, axis=0, return_inverse=True, return_counts=True)
    is_whole = not (different == -1).any()
    yes, no = (different == 1).astype(np.float32), (different == 0).astype(np.float32)
    sums, others = np.zeros(len(different)), np.full(len(different), float(len(values)))
    starts = range(0, len(different), _BLOCK)
    for one in (slice(start, start + _BLOCK) for start in starts):
        for other in (slice(start, start + _BLOCK) for start in starts if start >= one.start):
            apart = set_distance(
                yes[one] @ no[other].T, no[one] @ yes[other].T, yes[one] @ yes[other].T, distance=distance
            )
            sums[one] += apart @ counts[other]
            if other != one:
                sums[other] += counts[one] @ apart
    if not is_whole:
        others = _comparable(yes + no, counts)
    return sums[place], others[place] - 1


def _comparable(known: FloatArray, counts: IntArray) -> FloatArray:
    """(U,) how many answers know a label that each kind of answer (U, L) knows, itself among them."""
    kinds, place = np.unique(known, axis=0, return_inverse=True)
    of_kind = np.bincount(place, counts)
    found = np.array([of_kind[(kinds @ kind) > 0].sum() for kind in kinds], dtype=np.float64)
    return found[place]


def exact_agreement(answers: TargetArray) -> float:
    """The share of pairs of answers about one text that are the same set, in [0, 1]; every pair counts alike.

    Args:
        answers: (A, n, L).

    Returns:
        nan where no two answers can be compared.
    """
    alike = compared = 0.0
    for one, other in combinations(answers, 2):
        distances, comparable = _in_pairs(one, other, "nominal")
        alike += float((comparable & (distances == 0)).sum())
        compared += float(comparable.sum())
    return float(_ratio(alike, compared))
