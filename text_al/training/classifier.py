"""The model: a pretrained encoder, its token vectors pooled into one, and one sigmoid per label.

Not the stock sequence-classification head: that one starts from random weights behind a pooler that was
trained for something else, and with a few hundred labels it does not get off the ground
(docs/decisions/0002-head.md).
"""

from typing import Any, Literal

import torch
from torch import Tensor, nn

from text_al.training.linear_head import LinearHead

Pooling = Literal["mean", "cls", "pooler"]


class MultilabelClassifier(nn.Module):
    """Encoder, pooling, dropout, linear head.

    Args:
        encoder: a transformers encoder whose output has `last_hidden_state` (B, S, D).
        n_labels: L.
        pooling: "mean" over a text's own tokens, "cls" the first token, or "pooler" the encoder's own.
        dropout: on the pooled vector, while training.
    """

    def __init__(
        self, encoder: Any, n_labels: int, *, pooling: Pooling = "mean", dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.dropout = nn.Dropout(dropout)
        # Zeros draw nothing from torch's global generator; a fit sets the head before it is used.
        width = int(encoder.config.hidden_size)
        self.head = nn.Linear(width, n_labels, device="meta").to_empty(device="cpu")
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def embed(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(B, D) pooled vectors of token ids and mask (B, S)."""
        output = self.encoder(input_ids=ids, attention_mask=mask)
        if self.pooling == "pooler":
            return output.pooler_output  # type: ignore[no-any-return]
        hidden = output.last_hidden_state
        if self.pooling == "cls":
            return hidden[:, 0]  # type: ignore[no-any-return]
        # In float32 also under autocast: bf16 counts no further than 256 tokens.
        weights = mask.unsqueeze(-1).float()
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)  # type: ignore[no-any-return]

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(B, L) logits of token ids and mask (B, S)."""
        return self.head(self.dropout(self.embed(ids, mask)))  # type: ignore[no-any-return]

    def fitted_head(self) -> LinearHead:
        """The head (L, D) as it is now."""
        weight, bias = self.head.weight.detach().cpu(), self.head.bias.detach().cpu()
        return LinearHead(weight.numpy(), bias.numpy())

    @torch.no_grad()
    def set_head(self, head: LinearHead) -> None:
        """Takes a fitted head (L, D) as the start."""
        self.head.weight.copy_(torch.as_tensor(head.weights))
        self.head.bias.copy_(torch.as_tensor(head.bias))
