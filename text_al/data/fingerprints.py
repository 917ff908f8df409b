"""A hash of a column's content, the same however the column is cut into parts."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def column_digest(column: pa.ChunkedArray) -> bytes:
    """SHA-256 of a column of strings, or of lists of int8 with nulls; read part by part."""
    lengths, values = hashlib.sha256(), hashlib.sha256()
    for chunk in column.chunks:
        if pa.types.is_list(chunk.type):
            counts = pc.fill_null(pc.list_value_length(chunk), -1)
            values.update(chunk.flatten().to_numpy().tobytes())
        else:
            counts = pc.binary_length(chunk)
            values.update(_characters(chunk))
        lengths.update(counts.to_numpy().astype("<i4").tobytes())
    return hashlib.sha256(lengths.digest() + values.digest()).digest()


def _characters(chunk: pa.StringArray) -> memoryview:
    """The UTF-8 of all strings of the chunk, one after another, not copied."""
    _, offsets, characters = chunk.buffers()
    if characters is None or len(chunk) == 0:
        return memoryview(b"")
    ends = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    return memoryview(characters)[int(ends[0]) : int(ends[-1])]
