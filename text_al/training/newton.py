"""Many logistic regressions on the same features, solved together by Newton's method."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from text_al.metrics import sigmoid
from text_al.types import FloatArray, IntArray

MAX_STEPS, MAX_INNER, MAX_HALVINGS = 100, 200, 50
ENOUGH = 1e-4  # of the fall that a straight line promises: Armijo's condition
NEAR = 0.01  # conjugate gradients stop at a residual of at most a tenth of the first, squared
TINY = 1e-300  # what a label that is solved to the last bit is divided by


@dataclass(frozen=True)
class Problem:
    """What is minimised for each of A labels: sum of weighted BCE + penalty / 2 ||w||^2; the bias is free.

    Parameters are (D + 1, A), a column a label; the last row is the bias.

    Attributes:
        features: (n, D) dense, or scipy sparse.
        squares: (D,) sums of squares of the features' columns.
        positive: (n, A) 1.0 where the target is yes, else 0.0.
        weights: (n, A) >= 0, what each target weighs; 0 leaves it out.
        offsets: (n, A) added to all logits.
        penalty: > 0.
    """

    features: Any
    squares: FloatArray
    positive: FloatArray
    weights: FloatArray
    offsets: FloatArray
    penalty: float

    def only(self, labels: IntArray) -> "Problem":
        """The same for some of the labels."""
        positive, weights, offsets = (part[:, labels] for part in (self.positive, self.weights, self.offsets))
        return Problem(self.features, self.squares, positive, weights, offsets, self.penalty)

    def along(self, parameters: FloatArray) -> FloatArray:
        """(n, A) what these parameters add to the logits."""
        added: FloatArray = np.asarray(self.features @ parameters[:-1]) + parameters[-1]
        return added

    def summed(self, cells: FloatArray) -> FloatArray:
        """(D + 1, A): cells (n, A) summed over the texts, each times its features and times 1."""
        return np.concatenate([np.asarray(self.features.T @ cells), cells.sum(axis=0)[None]])

    def pull(self, parameters: FloatArray) -> FloatArray:
        """(D + 1, A), the penalty's gradient."""
        pulled = self.penalty * parameters
        pulled[-1] = 0.0
        return pulled

    def values(self, logits: FloatArray, parameters: FloatArray) -> FloatArray:
        """(A,) what is minimised."""
        losses = self.weights * (np.logaddexp(0.0, logits) - self.positive * logits)
        return np.asarray(losses.sum(axis=0) + self.penalty / 2 * (parameters[:-1] ** 2).sum(axis=0))


def minimise(problem: Problem, start: FloatArray, *, tolerance: float) -> FloatArray:
    """The parameters (D + 1, A) at the minimum; labels that are there leave the computation.

    Each Newton step is found by conjugate gradients, so that no Hessian is ever formed, and shortened until
    it lowers the value.

    Args:
        problem: of A labels, each of which has a finite minimum.
        start: (D + 1, A).
        tolerance: a label is there when a Newton step promises to lower its value by less.

    Source: Nocedal and Wright (2006), Numerical Optimization, algorithm 7.1 (line search Newton-CG), here
    for all labels at a time.
    """
    found, open_labels = start.copy(), np.arange(start.shape[1])
    for _ in range(MAX_STEPS):
        if not len(open_labels):
            break
        part = problem if len(open_labels) == start.shape[1] else problem.only(open_labels)
        found[:, open_labels], promised = _step(part, found[:, open_labels])
        open_labels = open_labels[promised > tolerance]
    return found


def _step(problem: Problem, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The parameters (D + 1, A) after one Newton step, and the fall (A,) that a whole one promised."""
    logits = problem.along(parameters) + problem.offsets
    probs = sigmoid(logits)
    gradient = problem.summed(problem.weights * (probs - problem.positive)) + problem.pull(parameters)
    direction = _newton_direction(problem, problem.weights * probs * (1 - probs), gradient)
    slope = (gradient * direction).sum(axis=0)
    along, before = problem.along(direction), problem.values(logits, parameters)
    length, rounding = np.ones(len(slope)), 1e-12 * np.abs(before)
    for _ in range(MAX_HALVINGS):
        after = problem.values(logits + length * along, parameters + length * direction)
        too_far = after > before + ENOUGH * length * slope + rounding
        if not too_far.any():
            break
        length = np.where(too_far, length / 2, length)
    return parameters + length * direction, -slope / 2


def _newton_direction(problem: Problem, curvature: FloatArray, gradient: FloatArray) -> FloatArray:
    """(D + 1, A): minus the inverse Hessian times the gradient, nearly; curvature is (n, A).

    The preconditioner is the Hessian's diagonal as it would be if every text had the label's mean curvature:
    on orthogonal features that is all of it.
    """
    mean = curvature.mean(axis=0)
    diagonal = np.concatenate([problem.squares[:, None] * mean + problem.penalty, [curvature.sum(axis=0)]])
    diagonal = np.maximum(diagonal, TINY)
    direction, residual = np.zeros_like(gradient), -gradient
    search = residual / diagonal
    energy = (residual * search).sum(axis=0)
    enough = energy * np.minimum(NEAR, np.sqrt(energy))
    for _ in range(MAX_INNER):
        bent = problem.summed(curvature * problem.along(search)) + problem.pull(search)
        length = energy / np.maximum((search * bent).sum(axis=0), TINY)
        direction += length * search
        residual -= length * bent
        scaled = residual / diagonal
        before, energy = energy, (residual * scaled).sum(axis=0)
        if (energy <= enough).all():
            break
        search = scaled + energy / np.maximum(before, TINY) * search
    return direction
