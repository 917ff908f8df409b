"""Texts as one encoder reads them: their tokens, and how they go through it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from text_al.data.cache import Cache
from text_al.reporting import Reporter
from text_al.training.agreement import Choice, can_tell, choose_forward
from text_al.training.classifier import MultilabelClassifier
from text_al.training.device import Hardware
from text_al.training.encoders import LoadedEncoder
from text_al.training.recent import Recent
from text_al.training.scoring import Work
from text_al.training.tokens import Tokens, tokenise
from text_al.types import Texts


class Reading:
    """The tokens of the last few sets of texts, and the forward pass chosen for them.

    Args:
        loaded: the encoder's tokenizer and limits.
        hardware: where, and how precisely.
        cache: where tokens are kept.

    Attributes:
        n_tokenised: texts whose tokens were made, or read from the cache, so far.
    """

    def __init__(self, loaded: LoadedEncoder, hardware: Hardware, cache: Cache) -> None:
        self.loaded, self.hardware, self.cache = loaded, hardware, cache
        self._tokens: Recent[Tokens] = Recent()
        self._choice: Choice | None = None
        self.n_tokenised = 0

    def tokens(self, texts: Texts, reporter: Reporter) -> Tokens:
        """The tokens of all texts, made once."""
        return self._tokens.of(texts, lambda: self._tokenised(texts, reporter))

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences a user should read about how texts are scored."""
        return () if self._choice is None else self._choice.notes

    def work(
        self, tokens: Tokens, pretrained: Callable[[], AbstractContextManager[MultilabelClassifier]]
    ) -> Work:
        """How these texts and, where they are enough to compare on, all later ones are scored.

        Args:
            tokens: of the pool; some of them are compared when this is called first. Where they are too few
                to tell, the plain way is taken until some come that are not.
            pretrained: within it, the model has its pretrained weights; called to compare only.
        """
        if self._choice is None or (not self._choice.is_compared and can_tell(tokens)):
            with pretrained() as model:
                self._choice = choose_forward(
                    model, tokens, hardware=self.hardware, pad_id=self.loaded.pad_id
                )
        return Work(self._choice.forward, self.hardware.score_tokens)

    def _tokenised(self, texts: Texts, reporter: Reporter) -> Tokens:
        self.n_tokenised += len(texts)
        return tokenise(texts, self.loaded.tokenizer, self.loaded.max_length, reporter, self.cache)
