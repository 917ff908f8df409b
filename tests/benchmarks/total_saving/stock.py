"""Stock fine-tuning: `transformers.Trainer` on a sequence-classification model, as documented."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks.performance.measuring import Stopwatch
from tests.benchmarks.total_saving.cells import Figures
from tests.benchmarks.total_saving.sets import DataSet, Part
from text_al.training.encoders import DEMO, demo_encoder, quiet_transformers
from text_al.types import FloatArray

MAX_LENGTH = 256
"""Tokens read of a text, as with our own learners."""
TEST_BATCH = 64


@dataclass(frozen=True)
class Stock:
    """A recipe: what it changes of the defaults of `TrainingArguments`, all of which else it keeps.

    The head is transformers' own for the encoder (BERT: the first token through the pretrained pooler,
    dropout, a linear layer drawn at random), the loss the mean of BCE, the threshold 0.5.

    Attributes:
        name: as the tables call it.
        epochs: None: the default, 3.
        learning_rate: None: the default, 5e-5.
        encoder: a folder, or MiniLM of the extra `demo`.
    """

    name: str = "stock"
    epochs: float | None = None
    learning_rate: float | None = None
    encoder: str = DEMO

    @property
    def made_with(self) -> str:
        """The Trainer's version, and the recipe."""
        import torch
        import transformers

        recipe = ", ".join(f"{name}={value:g}" for name, value in self._changes.items()) or "defaults"
        return f"transformers {transformers.__version__}, torch {torch.__version__}, {recipe}"

    def measure(self, data: DataSet, n_labelled: int, seed: int) -> Figures:
        """Trains on random texts, and predicts a label from 0.5 on."""
        part = data.train.at(data.drawn(n_labelled, seed))
        with Stopwatch() as watch:
            logits = self.logits(part, data.test.texts, seed=seed)
        return Figures.of(data.test.targets, logits, 0.5, cpu_seconds=watch.seconds, thresholds="0.5")

    def logits(self, part: Part, texts: Sequence[str], *, seed: int) -> FloatArray:
        """(n, L) logits of n texts, after training on `part`."""
        with quiet_transformers(), tempfile.TemporaryDirectory() as folder:
            trainer, tokenizer = self._trainer(part, folder, seed)
            trainer.train()
            return np.asarray(trainer.predict(_rows(tokenizer, texts)).predictions)

    @property
    def _changes(self) -> dict[str, Any]:
        asked = {"num_train_epochs": self.epochs, "learning_rate": self.learning_rate}
        return {name: value for name, value in asked.items() if value is not None}

    def _trainer(self, part: Part, folder: str, seed: int) -> tuple[Any, Any]:
        """The Trainer and its tokenizer; what is set beside the recipe changes no weight."""
        from transformers import (
            AutoModelForSequenceClassification,
            AutoTokenizer,
            DataCollatorWithPadding,
            PrinterCallback,
            Trainer,
            TrainingArguments,
        )

        source = str(demo_encoder()) if self.encoder == DEMO else self.encoder
        tokenizer = AutoTokenizer.from_pretrained(source)
        trainer = Trainer(
            # not a model: the Trainer makes it after it has set its seed, which the head is drawn by
            model_init=lambda: AutoModelForSequenceClassification.from_pretrained(
                source, num_labels=part.targets.shape[1], problem_type="multi_label_classification"
            ),
            args=TrainingArguments(
                output_dir=folder, seed=seed, per_device_eval_batch_size=TEST_BATCH, save_strategy="no",
                report_to="none", disable_tqdm=True, dataloader_pin_memory=False, **self._changes,
            ),
            train_dataset=_rows(tokenizer, part.texts, part.targets.astype(np.float32).tolist()),
            data_collator=DataCollatorWithPadding(tokenizer),
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        return trainer, tokenizer


def _rows(tokenizer: Any, texts: Sequence[str], targets: Sequence[Sequence[float]] | None = None) -> Any:
    """What the Trainer takes: a mapping for each text, not padded yet."""
    encoded = dict(tokenizer(list(texts), truncation=True, max_length=MAX_LENGTH))
    columns = encoded if targets is None else {**encoded, "labels": targets}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


DEFAULTS = Stock()
KINDER = Stock("stock, kinder (10 epochs, 2e-4)", epochs=10, learning_rate=2e-4)
"""More updates at a higher rate. It is kinder, not well tuned: a head drawn at random over many rare labels
may first find their rates alone, and with few texts the recipe ends before it finds more."""
