"""The settings of the fine-tuned learner; `config.schema` explains each and has the same defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class EncoderSettings:
    """Which encoder, and how its tokens become one vector."""

    encoder: str = "sentence-transformers/all-MiniLM-L6-v2"
    revision: str | None = None
    pooling: Literal["auto", "mean", "cls", "pooler"] = "auto"
    max_length: int = 256
    dropout: float = 0.1
    label_encoder: str | None = None


@dataclass(frozen=True)
class EarlyStoppingSettings:
    """When a fit ends before its schedule."""

    metric: str = "val_macro_f1_tuned"
    patience: int = 3
    min_evaluations: int = 6


@dataclass(frozen=True)
class LoraSettings:
    """Low-rank adapters instead of whole layers."""

    rank: int = 8
    alpha: int = 16
    dropout: float = 0.0
    target_modules: Literal["auto"] | Sequence[str] = "auto"


@dataclass(frozen=True)
class TrainingSettings:
    """How the classifier is trained each round."""

    max_epochs: int = 4
    min_updates: int = 150
    batch_size: int = 32
    gradient_accumulation_steps: int = 1
    learning_rate: float = 3e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 1.0
    head_pull: float = 0.0
    weight_decay: float = 0.01
    warmup_ratio: float = 0.1
    lr_scheduler_type: Literal["auto", "linear", "cosine", "constant"] = "auto"
    max_grad_norm: float = 1.0
    loss: str = "bce"
    loss_args: Mapping[str, Any] = field(default_factory=dict)
    pos_weight: Literal["none", "balanced"] = "none"
    head_start: Literal["fitted", "zeros"] = "fitted"
    head_c: float = 1.0
    head_sharpness: float = 0.5
    label_prior: float | Literal["auto"] = "auto"
    name_texts: bool = True
    weight_averaging: float = 0.5
    label_correlation: bool = False
    trained_share: float | Literal["auto"] = "auto"
    cross_fit: int = 3
    start: Literal["fresh", "warm"] = "fresh"
    evaluations: int = 10
    early_stopping: EarlyStoppingSettings | None = EarlyStoppingSettings()
    lora: LoraSettings | None = None
    committee: int = 10
    passes: Literal["heads", "dropout"] = "heads"


@dataclass(frozen=True)
class ComputeSettings:
    """Where and how precisely."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    backend: Literal["torch", "openvino", "onnx"] = "torch"
    compile: bool = False
    threads: int | None = None
    wait_policy: Literal["passive", "active"] | None = "passive"
    score_tokens: int | None = None
