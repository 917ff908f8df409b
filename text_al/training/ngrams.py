"""Which n-grams of a text are counted."""

from typing import Any, Literal

import numpy as np

from text_al.types import Texts

Analyzer = Literal["word", "char"]
SAMPLE = 1000
"""Texts looked at to choose between words and characters."""


def make_vectorizer(analyzer: Analyzer, **settings: Any) -> Any:
    """scikit-learn's TfidfVectorizer: 1- and 2-grams of words, or 1- to 3-grams of characters.

    Args:
        analyzer: which of the two.
        settings: of TfidfVectorizer.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    shape: dict[str, Any] = (
        {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}
        if analyzer == "word"
        else {"analyzer": "char", "ngram_range": (1, 3)}
    )
    return TfidfVectorizer(sublinear_tf=True, **shape, **settings)


def suitable_analyzer(pool: Texts) -> Analyzer:
    """Characters where fewer than one character in twenty is a space, seen on texts spread over the pool."""
    rows = np.unique(np.linspace(0, max(0, len(pool) - 1), num=min(SAMPLE, len(pool))).astype(np.int64))
    joined = "".join(pool.texts(rows))
    return "char" if joined.count(" ") < len(joined) / 20 else "word"
