"""What an encoder makes of label names, on one pool: read once, and the same in every round."""

from collections.abc import Callable, Sequence

from text_al.reporting import Silent
from text_al.training.frozen import FrozenEncoder
from text_al.training.label_directions import SAMPLE, carried_over, directions, phrases
from text_al.training.model import TextList
from text_al.training.samples import PartOfTexts, spread
from text_al.types import FloatArray, IntArray, Label, Texts


class LabelNames:
    """Where the names of labels lie among the vectors of an encoder.

    Args:
        pool: N texts, which the labels are for.
        encoder: whose vectors the head sees.
        reader: reads the names, and a sample of the pool, in the encoder's stead, which may not have been
            trained to compare sentences; None: the encoder itself.
    """

    def __init__(self, pool: Texts, encoder: FrozenEncoder, *, reader: FrozenEncoder | None = None) -> None:
        self.pool, self.encoder, self.reader = pool, encoder, reader
        self._found: dict[tuple[Label, ...], FloatArray] = {}

    def directions(
        self, labels: Sequence[Label], of_rows: Callable[[IntArray], FloatArray] | None = None
    ) -> FloatArray:
        """(L, D) float64; see `label_directions.directions`.

        Args:
            labels: L of them.
            of_rows: gives the encoder's vectors (m, D) of pool rows (m,), where they are there already;
                None: the sample is encoded by itself.
        """
        key = tuple(labels)
        if key not in self._found:
            self._found = {key: self._made(key, of_rows)}
        return self._found[key]

    def _made(self, labels: Sequence[Label], of_rows: Callable[[IntArray], FloatArray] | None) -> FloatArray:
        rows = spread(len(self.pool), SAMPLE)
        part = PartOfTexts(self.pool, rows)
        seen = self.encoder.vectors(part, Silent()) if of_rows is None else of_rows(rows)
        if self.reader is None:
            return _by(self.encoder, labels, seen)
        read = self.reader.vectors(part, Silent())
        return carried_over(_by(self.reader, labels, read), read, seen)


def _by(encoder: FrozenEncoder, labels: Sequence[Label], sample: FloatArray) -> FloatArray:
    """(L, D) directions by an encoder; `sample` (m, D) are its vectors."""
    said = [(phrase, at) for at, label in enumerate(labels) for phrase in phrases(label)]
    vectors = encoder.vectors(TextList([phrase for phrase, _ in said]), Silent())
    return directions(vectors, [at for _, at in said], len(labels), sample=sample)
