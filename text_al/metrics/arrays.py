"""How every metric begins and ends: with arrays of one shape, and with a mean that is 0 of nothing."""

from text_al.types import BoolArray, FloatArray, TargetArray


def check_shapes(**arrays: TargetArray | FloatArray | BoolArray) -> None:
    """Looks whether two arrays, given by their names, are both (n, L).

    Raises:
        ValueError: they are not; the sentence names both with their shapes.
    """
    (first, one), (second, other) = arrays.items()
    if one.ndim != 2 or one.shape != other.shape:
        raise ValueError(f"{first} {one.shape} and {second} {other.shape} must both be (n, L)")


def mean_or_zero(values: FloatArray) -> float:
    """The mean of all values, or 0.0 where there are none."""
    return float(values.mean()) if values.size else 0.0
