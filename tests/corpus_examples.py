"""Small files and short ways to read them, for the corpus tests."""

import json

import numpy as np

from text_al.data.prepare import prepare
from text_al.data.sources import FileSource


def write_jsonl(path, rows, encoding="utf-8"):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding=encoding)
    return path


def source(path, **settings):
    return FileSource((str(path),), **settings)


def prepared(folder, path, **settings):
    """The corpora of one file as the pool, in a folder of its own."""
    return prepare({"pool": source(path)}, folder / "corpus", **settings)


def everything(corpus):
    """ids, texts, and the label names of each row: None where it is not labelled."""
    rows = np.arange(len(corpus))
    names = [label.name for label in corpus.labels]
    marks = [
        [name for name, value in zip(names, row, strict=True) if value == 1] if known else None
        for row, known in zip(corpus.targets(rows), corpus.has_targets, strict=True)
    ]
    return corpus.ids(rows), corpus.texts(rows), marks
