"""Heads that each learned from another draw of the labelled texts: where they differ, labels would help."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.metrics import sigmoid
from text_al.training.linear_head import LinearHead, fit_linear_head
from text_al.types import FloatArray, TargetArray


@dataclass(frozen=True)
class Committee:
    """T heads of L labels on the same features.

    Attributes:
        heads: all of them as one head of T * L labels, the first head's labels first.
        n_heads: T.
    """

    heads: LinearHead
    n_heads: int

    @classmethod
    def fit(
        cls,
        features: Any,
        targets: TargetArray,
        *,
        n_heads: int,
        c: float,
        rng: np.random.Generator,
        weights: FloatArray | None = None,
        prior: FloatArray | None = None,
    ) -> "Committee":
        """Fits every head on n texts drawn with replacement from n, by the same objective.

        A text is drawn for all labels of a head alike, so that what labels have in common stays.

        Args:
            features: (n, D) dense, or a scipy sparse matrix.
            targets: (n, L) int8; -1 weighs nothing.
            n_heads: T.
            c: see `fit_linear_head`.
            rng: draws.
            weights: (n,) or (n, L) what a text, or a target, weighs when it is drawn once; None: 1.
            prior: (L, D) see `fit_linear_head`; the same for every head.

        Source: Efron (1979), Bootstrap Methods: Another Look at the Jackknife.
        """
        n, n_labels = targets.shape
        draws = rng.multinomial(n, np.full(n, 1 / n), size=n_heads).T.astype(float)  # (n, T)
        once: FloatArray = np.ones((n, 1)) if weights is None else weights.reshape(n, -1)
        each = np.broadcast_to(draws[:, :, None] * once[:, None, :], (n, n_heads, n_labels))
        heads = fit_linear_head(
            features,
            np.tile(targets, (1, n_heads)),
            weights=each.reshape(n, n_heads * n_labels),
            prior=None if prior is None else np.tile(prior, (n_heads, 1)),
            c=c,
        )
        return cls(heads, n_heads)

    def probs(self, features: Any) -> FloatArray:
        """(T, n, L) float32 probabilities for features (n, D), dense or scipy sparse."""
        probs = sigmoid(self.heads.in_float32().logits(features)).astype(np.float32)
        n_labels = len(self.heads.bias) // self.n_heads
        return probs.reshape(len(probs), self.n_heads, n_labels).transpose(1, 0, 2)
