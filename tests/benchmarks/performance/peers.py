"""The peers' ways of scoring, each as its own documentation has it. Imported only when asked for."""

import tempfile
from importlib.util import find_spec
from typing import Any

import numpy as np

from tests.benchmarks.performance.measuring import Stopwatch
from tests.benchmarks.performance.scorer import NotHereError, Saved, Scored, Scorer
from text_al.metrics import sigmoid


def trainer(saved: Saved, *, max_length: int, dynamic: bool = True) -> Scorer:
    """`transformers.Trainer.predict`, batches of 32 in the order of the texts."""
    from transformers import AutoTokenizer, DataCollatorWithPadding, Trainer, TrainingArguments

    from tests.benchmarks.performance.twin import load_twin

    tokenizer = AutoTokenizer.from_pretrained(saved.twin)
    arguments = TrainingArguments(
        output_dir=tempfile.gettempdir(), per_device_eval_batch_size=32, use_cpu=True, report_to="none",
        disable_tqdm=True, dataloader_pin_memory=False,
    )  # fmt: skip
    peer: Any = Trainer(load_twin(saved.twin), arguments, data_collator=DataCollatorWithPadding(tokenizer))
    padding = False if dynamic else "max_length"

    def score(texts: list[str]) -> Scored:
        with Stopwatch() as tokenising:
            encoded = tokenizer(texts, truncation=True, max_length=max_length, padding=padding)
            rows: Any = [
                dict(zip(encoded, values, strict=True)) for values in zip(*encoded.values(), strict=True)
            ]
        with Stopwatch() as scoring:
            logits = peer.predict(rows).predictions
        return Scored(sigmoid(logits), tokenising.seconds, scoring.seconds)

    return score


def pipeline(saved: Saved, *, max_length: int, batch_size: int) -> Scorer:
    """`transformers.pipeline`, which tokenises as it goes and gives names and scores, best first."""
    from transformers import AutoTokenizer
    from transformers import pipeline as make_pipeline

    from tests.benchmarks.performance.twin import load_twin

    peer: Any = make_pipeline(
        "text-classification", model=load_twin(saved.twin),
        tokenizer=AutoTokenizer.from_pretrained(saved.twin), device="cpu", batch_size=batch_size,
        top_k=None, function_to_apply="sigmoid",
    )  # fmt: skip
    place: Any = peer.model.config.label2id

    def score(texts: list[str]) -> Scored:
        with Stopwatch() as watch:
            found = peer(texts, truncation=True, max_length=max_length)
        probs = np.zeros((len(texts), len(place)))
        for row, labels in enumerate(found):
            for item in labels:
                probs[row, place[item["label"]]] = item["score"]
        return Scored(probs, None, watch.seconds)

    return score


def sentence_transformers(saved: Saved, *, max_length: int) -> Scorer:
    """`SentenceTransformer.encode` with our encoder and mean pooling; the head is applied behind it."""
    if find_spec("sentence_transformers") is None:
        raise NotHereError("sentence-transformers is not installed")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    from tests.benchmarks.performance.twin import load_twin

    transformer = Transformer(str(saved.ours), max_seq_length=max_length)
    peer = SentenceTransformer(
        modules=[transformer, Pooling(transformer.get_embedding_dimension(), "mean")], device="cpu"
    )
    head = load_twin(saved.twin).head
    weights, bias = (parameter.detach().numpy() for parameter in (head.weight, head.bias))

    def score(texts: list[str]) -> Scored:
        with Stopwatch() as watch:
            logits = peer.encode(texts, batch_size=32, show_progress_bar=False) @ weights.T + bias
        return Scored(sigmoid(logits), None, watch.seconds)

    return score


def small_text(saved: Saved, *, max_length: int, batch_size: int) -> Scorer:
    """small-text's `TransformerBasedClassification.predict_proba` on its `TransformersDataset`."""
    if find_spec("small_text") is None:
        raise NotHereError("small-text is not installed")
    from tests.benchmarks.performance import small_text_parts as parts
    from tests.benchmarks.performance import twin  # noqa: F401 - registers its class with transformers

    classifier = parts.classifier(saved.twin, len(saved.labels), batch_size=batch_size)
    classifier.initialize()

    def score(texts: list[str]) -> Scored:
        with Stopwatch() as tokenising:
            none = np.zeros((len(texts), len(saved.labels)), dtype=np.int8)
            rows = parts.dataset(texts, none, classifier.tokenizer, max_length)
        with Stopwatch() as scoring:
            probs = classifier.predict_proba(rows).toarray()
        return Scored(probs, tokenising.seconds, scoring.seconds)

    return score
