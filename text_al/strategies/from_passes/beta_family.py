"""The Beta family of proper scores, which weigh mistakes near 0, near 1, or everywhere alike."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from text_al.types import FloatArray

_TERMS = 48  # at 1/2, where the series is slowest, the terms left out are below 1e-16


@dataclass(frozen=True)
class BetaScore:
    """The convex function phi of a Beta score, with phi''(u) = u^(alpha - 1) (1 - u)^(beta - 1).

    The score's loss from predicting p where q holds is D(q, p) = phi(q) - phi(p) - phi'(p) (q - p), the
    integral of (q - u) phi''(u) from p to q. alpha = beta = 1 is half the Brier score, 0 and 0 the log score.

    Attributes:
        alpha: >= 0; the lower, the more mistakes near 0 weigh.
        beta: >= 0; the lower, the more mistakes near 1 weigh.

    Source: Buja, Stuetzle and Shen (2005), Loss Functions for Binary Class Probability Estimation and
    Classification: Structure and Applications.
    """

    alpha: float
    beta: float

    def phi(self, u: FloatArray) -> FloatArray:
        """Phi at u (float64, of any shape, in [0, 1]), up to a linear function, which no D depends on."""
        if self.beta == 1:  # the left series is one term then, and right on the whole of [0, 1]
            return self._left.values(u)
        found = np.empty_like(u)
        low = u <= 0.5
        found[low] = self._left.values(u[low])
        found[~low] = self._continued(u[~low])
        return found

    @cached_property
    def _left(self) -> "_Half":
        return _Half(self.alpha, self.beta)

    @cached_property
    def _right(self) -> "_Half":
        return _Half(self.beta, self.alpha)

    @cached_property
    def _join(self) -> tuple[FloatArray, FloatArray]:
        """How far apart the halves end at 1/2, and by how much their slopes differ."""
        middle = np.array([0.5])
        step = self._left.values(middle) - self._right.values(middle)
        return step, self._left.slopes(middle) + self._right.slopes(middle)

    def _continued(self, u: FloatArray) -> FloatArray:
        """The right half, a series in 1 - u, raised and tilted so that it goes on where the left one ends."""
        step, slope = self._join
        return np.asarray(self._right.values(1 - u) + step + slope * (u - 0.5))


@dataclass(frozen=True)
class _Half:
    """A function on [0, 1/2] with second derivative x^(a - 1) (1 - x)^(b - 1), as a series.

    (1 - x)^(b - 1) = sum_m k_m x^m is integrated twice term by term. The first, x^(a + 1) / (a (a + 1)), less
    a line that grows without bounds as a falls to 0, is x / (a + 1) times (x^a - 1) / a, or ln x.
    """

    a: float
    b: float

    def values(self, x: FloatArray) -> FloatArray:
        powers, roots = self._powers(x)
        m = np.arange(1, _TERMS)
        series = self._series / ((self.a + m) * (self.a + m + 1))
        return np.asarray(x * (roots / (self.a + 1) + x * powers * _polynomial(series, x)))

    def slopes(self, x: FloatArray) -> FloatArray:
        powers, roots = self._powers(x)
        series = self._series / (self.a + np.arange(1, _TERMS))
        return np.asarray((roots + powers) / (self.a + 1) + x * powers * _polynomial(series, x))

    def _powers(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """x^a, and (x^a - 1) / a or its limit."""
        logarithms = np.log(np.maximum(x, np.finfo(np.float64).tiny))
        if self.a == 0:
            return np.ones_like(logarithms), logarithms
        less_one = np.expm1(self.a * logarithms)
        return less_one + 1, less_one / self.a

    @cached_property
    def _series(self) -> FloatArray:
        """k_1, k_2, ... of (1 - x)^(b - 1); k_0 is 1."""
        m = np.arange(1, _TERMS)
        return np.cumprod((m - self.b) / m)


def _polynomial(coefficients: FloatArray, x: FloatArray) -> FloatArray:
    """The sum of coefficients[m] x^m; those at the end that are zero cost nothing."""
    found = np.zeros_like(x)
    for coefficient in np.trim_zeros(coefficients, "b")[::-1]:
        found *= x
        found += coefficient
    return found
