"""The same classifier as a model of transformers, so that peers compute the very function that we do.

The stock class has another head (the encoder's pooler over the first token). It would cost the same, but a
difference in probability could then not be told from a difference in the model.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForSequenceClassification, BertConfig, BertModel
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.models.bert.modeling_bert import BertPreTrainedModel

from text_al.training.finetuned import FineTuned


class MeanPooledConfig(BertConfig):
    """BERT, its token vectors averaged."""

    model_type = "mean-pooled-bert"


class MeanPooledBert(BertPreTrainedModel):
    """Encoder, mean over a text's own tokens, dropout, one linear layer: `MultilabelClassifier`'s twin."""

    config_class = MeanPooledConfig

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    @property
    def encoder(self) -> BertModel:
        """Under the name that our optimizer looks for."""
        return self.bert

    @property
    def head(self) -> nn.Linear:
        """Under the name that our optimizer looks for."""
        return self.classifier

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_type_ids: Tensor | None = None,
        labels: Tensor | None = None,
    ) -> SequenceClassifierOutput:
        """Logits (B, L), and the mean loss where labels (B, L) are given."""
        hidden = self.bert(input_ids, attention_mask, token_type_ids).last_hidden_state
        weights = attention_mask.unsqueeze(-1).float()
        pooled = (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
        logits = self.classifier(self.dropout(pooled))
        loss = None if labels is None else nn.functional.binary_cross_entropy_with_logits(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)


AutoConfig.register("mean-pooled-bert", MeanPooledConfig)
AutoModelForSequenceClassification.register(MeanPooledConfig, MeanPooledBert)


def twin_of(learner: FineTuned) -> MeanPooledBert:
    """A twin with the learner's present weights."""
    config = MeanPooledConfig(**learner.net.loaded.encoder.config.to_dict())
    config.num_labels, config.problem_type = len(learner.labels), "multi_label_classification"
    twin = MeanPooledBert(config)
    weights = learner.net.loaded.encoder.state_dict()
    twin.bert.load_state_dict({name: weights[name] for name in twin.bert.state_dict()})
    twin.classifier.load_state_dict(learner.model.head.state_dict())
    return twin


def save_twin(learner: FineTuned, folder: Path) -> None:
    """Writes a twin and its tokenizer, for what loads from a folder."""
    tokenizer: Any = learner.net.loaded.tokenizer
    twin_of(learner).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def load_twin(folder: Path) -> MeanPooledBert:
    """Reads what `save_twin` wrote, to score with."""
    with torch.random.fork_rng(devices=[]):
        twin: Any = MeanPooledBert.from_pretrained(folder)
    return twin.eval()  # type: ignore[no-any-return]
