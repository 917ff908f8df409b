"""small-text 2.0.0.dev4 as it is, but for one thing.

It runs on transformers 5 unchanged. But a multilabel `predict_proba` returns a sparse matrix of only those
probabilities that exceed a threshold, and the one that `TransformerBasedClassification` takes is not passed
on, so it is always 0.5: with few labels hardly any probability is left, and no strategy has anything to go
by. Its base class takes the threshold, and below zero keeps all; `Dense` calls that.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from small_text import TransformerBasedClassification, TransformerModelArguments, TransformersDataset
from small_text.integrations.pytorch.classifiers.base import PytorchClassifier
from small_text.query_strategies import ConfidenceBasedQueryStrategy

from text_al.types import FloatArray, TargetArray


class Dense(TransformerBasedClassification):
    """Gives all probabilities."""

    def predict_proba(self, dataset: Any, **settings: Any) -> Any:
        """(n, L) sparse, with every entry."""
        return PytorchClassifier.predict_proba(self, dataset, multi_label_threshold=-1.0, **settings)


class MultilabelMargin(ConfidenceBasedQueryStrategy):
    """Texts whose probabilities are nearest to 0.5 over all labels: ours, as small-text has none like it."""

    def __init__(self) -> None:
        super().__init__(lower_is_better=True)

    def get_confidence(self, clf: Any, dataset: Any, *_: Any) -> FloatArray:
        """(N,) sums over labels of |p - 0.5|."""
        distances: FloatArray = np.abs(clf.predict_proba(dataset).toarray() - 0.5).sum(axis=1)
        return distances


def classifier(folder: Path, n_labels: int, *, batch_size: int, **settings: Any) -> Dense:
    """A classifier that is not fitted yet; `settings` are small-text's own (num_epochs, lr)."""
    arguments = TransformerModelArguments(
        str(folder), train_batch_size=16, predict_batch_size=batch_size, show_progress_bar=False
    )
    return Dense(
        arguments, n_labels, multi_label=True, device="cpu", cache_dir=tempfile.gettempdir(), **settings
    )


def dataset(texts: list[str], targets: TargetArray, tokenizer: Any, max_length: int) -> TransformersDataset:
    """Texts with targets (n, L) as small-text holds them: tokens padded to `max_length`."""
    labels = np.arange(targets.shape[1])
    return TransformersDataset.from_arrays(
        texts, csr_matrix(targets.astype(int)), tokenizer, target_labels=labels, max_length=max_length
    )
