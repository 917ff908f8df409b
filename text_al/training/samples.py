"""A part of a large set of texts, by which the whole is known well enough."""

import hashlib

import numpy as np

from text_al.types import IntArray, Texts


def spread(n: int, size: int) -> IntArray:
    """At most `size` of n rows, at even distances: the same ones each time, from all parts of a file."""
    return np.unique(np.linspace(0, max(0, n - 1), num=min(size, n)).astype(np.int64))


class PartOfTexts:
    """Some rows of texts, as `types.Texts`.

    Args:
        source: N texts.
        rows: (m,) of them.
    """

    def __init__(self, source: Texts, rows: IntArray) -> None:
        self._source, self._rows = source, np.asarray(rows, dtype=np.int64)
        digest = hashlib.sha256(source.text_fingerprint.encode())
        digest.update(self._rows.tobytes())
        self.text_fingerprint = digest.hexdigest()

    def __len__(self) -> int:
        return len(self._rows)

    def texts(self, rows: IntArray) -> list[str]:
        """The texts of these of the rows."""
        return self._source.texts(self._rows[np.asarray(rows, dtype=np.int64)])
