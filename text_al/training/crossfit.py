"""What models say of texts that they have not seen: every text is left out once."""

from collections.abc import Callable

import numpy as np

from text_al.types import BoolArray, FloatArray, IntArray

Predict = Callable[[BoolArray], FloatArray]
"""(n,) which texts are left out -> (n_out, ...) what a model that learned from the others says of them."""


def draw_folds(n: int, n_folds: int, rng: np.random.Generator) -> IntArray:
    """(n,) the fold of each text, in 0 .. n_folds - 1, as even as can be."""
    return rng.permutation(n) % n_folds


def out_of_fold(predict: Predict, n: int, *, n_folds: int, rng: np.random.Generator) -> FloatArray:
    """(n, ...) what is said of each text by the model of the fold that left it out.

    Args:
        predict: fits and predicts; called once a fold.
        n: texts.
        n_folds: >= 2; no more than n are used.
        rng: draws the folds.
    """
    folds = draw_folds(n, min(n_folds, n), rng)
    found: FloatArray | None = None
    for fold in range(min(n_folds, n)):
        left_out = folds == fold
        said = predict(left_out)
        if found is None:
            found = np.empty((n, *said.shape[1:]))
        found[left_out] = said
    return np.empty((0, 0)) if found is None else found
