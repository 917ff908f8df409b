"""What the cells of a table of probabilities add to an information, safe where a cell is never seen."""

import numpy as np

from text_al.types import FloatArray


def cell_information(expected: FloatArray, excess: FloatArray) -> FloatArray:
    """(e + x) ln((e + x) / e), in nats: what cells of probability e + x say where e was expected.

    Written with ln(1 + x / e), so that it is exactly zero without an excess and keeps its digits next to it.

    Args:
        expected: e >= 0, of any shape.
        excess: x >= -e, of the same shape; 0 where e is.
    """
    limits = np.finfo(expected.dtype)
    ratio = excess / np.maximum(expected, limits.tiny)
    np.maximum(ratio, limits.eps - 1, out=ratio)  # an empty cell counts nothing: 0 ln 0 = 0
    found: FloatArray = np.log1p(ratio)
    ratio += 1
    found *= ratio
    found *= expected
    return found
