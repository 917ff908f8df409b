"""Where label names lie among the texts' vectors, before any text is labelled.

A label's name, read as a text, lies near the texts that it applies to, if the encoder was trained to compare
sentences. Two things that need no label bring it nearer: the axes along which all texts of this pool vary
most count less (they tell the labels apart least), and each label moves part of the way towards the texts of
the pool that are nearest to its name, which are written as the pool's texts are and not as a name is.
"""

from collections.abc import Sequence

import numpy as np

from text_al.types import FloatArray, Label

SAMPLE = 5_000
"""Texts spread over the pool that it is looked at by."""
NEAREST = 20
"""Texts a label moves towards, and at most one in so many of the sample:"""
ONE_IN = 50
SHARE = 0.4
"""How far it moves. In a trial (MiniLM; mean average precision of the names alone, names as they are / axes
evened / both): NLU++ .628 / .623 / .650, GoEmotions .173 / .163 / .186; with 50 labels .675 / .678 / .692 and
.179 / .170 / .192."""


def phrases(label: Label) -> list[str]:
    """What is said of a label, as texts: its name with blanks, its description, its examples."""
    name = label.name.replace("_", " ").replace("-", " ")
    return [text for text in (name, label.description, *label.examples) if text.strip()]


def directions(
    vectors: FloatArray, owners: Sequence[int], n_labels: int, *, sample: FloatArray | None = None
) -> FloatArray:
    """(L, D) where the labels lie, less what all of them have in common.

    Args:
        vectors: (P, D) of unit length, of all labels' phrases.
        owners: (P,) the label of each phrase.
        n_labels: L.
        sample: (m, D) of unit length, of texts of the pool; None or fewer than two: the names as they are.

    Source: for the move towards the nearest texts, Rocchio (1971), Relevance Feedback in Information
    Retrieval.
    """
    names = _means(vectors, owners, n_labels)
    if sample is None or len(sample) < 2:
        return _centred(names, names.mean(axis=0))
    sample = sample.astype(np.float64)
    names = _centred(names, sample.mean(axis=0))
    usual = _usual_length(names)
    names = _of_length(names @ _evened(sample), usual)
    n_nearest = min(NEAREST, len(sample) // ONE_IN)
    if n_nearest == 0:
        return names
    nearest = np.argpartition(-(sample @ names.T), n_nearest - 1, axis=0)[:n_nearest]
    seen = np.stack([sample[rows].mean(axis=0) for rows in nearest.T])
    towards = _of_length(_centred(seen, sample.mean(axis=0)), usual)
    return np.asarray((1 - SHARE) * names + SHARE * towards)


def carried_over(directions: FloatArray, known: FloatArray, features: FloatArray) -> FloatArray:
    """(L, D) the directions in other features that rank texts as directions in known ones do.

    For names that another encoder than the head's has read: ridge regression of what they say of some texts.

    Args:
        directions: (L, E) among the known vectors.
        known: (m, E) of unit length, of some texts.
        features: (m, D) of unit length, of the same texts.
    """
    said = known.astype(np.float64) @ directions.T
    seen = features.astype(np.float64)
    seen, said = seen - seen.mean(axis=0), said - said.mean(axis=0)
    squares = seen.T @ seen
    ridge = np.trace(squares) / len(squares)
    if ridge == 0:  # texts that are all alike rank nothing
        return np.zeros((len(directions), features.shape[1]))
    found = np.linalg.solve(squares + ridge * np.eye(len(squares)), seen.T @ said).T
    return _of_length(found, _usual_length(directions))


def _means(vectors: FloatArray, owners: Sequence[int], n_labels: int) -> FloatArray:
    """(L, D) of unit length; zeros for a label of which nothing is said."""
    means = np.zeros((n_labels, vectors.shape[1]))
    np.add.at(means, np.asarray(owners, dtype=np.int64), vectors.astype(np.float64))
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(means / np.where(lengths > 0, lengths, 1.0))


def _centred(means: FloatArray, of_texts: FloatArray) -> FloatArray:
    """(L, D) less what the labels have in common.

    The mean text counts as one label more: one label alone has nothing in common with others, but it differs
    from what texts are usually about.
    """
    common = (means.sum(axis=0) + of_texts) / (len(means) + 1)
    return np.asarray(means - common)


def _evened(sample: FloatArray) -> FloatArray:
    """(D, D) what shrinks axes by half the power of their variance; those that vary little, hardly.

    All the way, as linear discriminants have it, was worse: a name is not the mean of its label's texts.
    """
    variances, axes = np.linalg.eigh(np.cov(sample.T))
    kept = np.maximum(variances, 0) + variances.mean()
    # Texts that are all alike vary along no axis.
    return np.asarray((axes * kept**-0.5) @ axes.T if kept.min() > 0 else np.eye(len(axes)))


def _usual_length(rows: FloatArray) -> float:
    return float(np.linalg.norm(rows, axis=1).mean())


def _of_length(rows: FloatArray, usual: float) -> FloatArray:
    """The same with a mean length of `usual`."""
    length = _usual_length(rows)
    return rows * (usual / length) if length > 0 else rows
