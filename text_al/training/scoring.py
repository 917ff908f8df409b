"""Many texts through the model: sorted by length, batched by tokens, results in the order asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch

from text_al.reporting import Reporter
from text_al.training.batches import scoring_batches
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import Hardware
from text_al.training.processes import place, summed
from text_al.training.tokens import Tokens
from text_al.types import FloatArray, IntArray


@dataclass(frozen=True)
class Scores:
    """Of M texts: logits (M, L) and pooled embeddings (M, D), both float32."""

    logits: FloatArray
    embeddings: FloatArray


def score(
    model: MultilabelClassifier,
    tokens: Tokens,
    rows: IntArray,
    *,
    hardware: Hardware,
    pad_id: int,
    reporter: Reporter,
    keep_embeddings: bool = False,
) -> Scores:
    """One forward pass over the texts `rows` (M,) of `tokens`, dropout off.

    Args:
        model: on the hardware's device.
        tokens: of a whole pool or set.
        rows: (M,) which texts, in the order wanted.
        hardware: device, precision, and tokens a batch.
        pad_id: the tokenizer's padding id.
        reporter: hears of the progress.
        keep_embeddings: whether to return them; else (M, 0).
    """
    logits = np.zeros((len(rows), model.head.out_features), dtype=np.float32)
    embeddings = np.zeros((len(rows), model.head.in_features if keep_embeddings else 0), dtype=np.float32)
    was_training = model.training
    model.eval()
    with torch.inference_mode(), torch.autocast(hardware.device, torch.bfloat16, enabled=hardware.bf16):
        for batch in _own_share(scoring_batches(tokens.lengths[rows], hardware.score_tokens)):
            ids, mask = tokens.padded(rows[batch], pad_id)
            pooled = model.embed(
                torch.as_tensor(ids, device=hardware.device), torch.as_tensor(mask, device=hardware.device)
            )
            logits[batch] = model.head(pooled).float().cpu().numpy()
            if keep_embeddings:
                embeddings[batch] = pooled.float().cpu().numpy()
            reporter.advance(len(batch))
    model.train(was_training)
    return Scores(summed(logits), summed(embeddings))


def _own_share(batches: Iterator[IntArray]) -> Iterator[IntArray]:
    """Every n-th batch where n processes score together, else all; what is left out stays zero."""
    rank, n_processes = place()
    return islice(batches, rank, None, n_processes)
