"""People answer in Label Studio: each request becomes a batch of its tasks."""

from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from text_al.circumstances import SuggestionMode
from text_al.oracles.base import ORACLES, Oracle, TextsToLabel
from text_al.oracles.batches import batch_of
from text_al.oracles.label_studio.connector import Connector, people_of
from text_al.oracles.label_studio.memory import FILE
from text_al.oracles.label_studio.settings import Owner, Settings, Url, Variable
from text_al.types import Answers, LabelRequest


class CorpusToLabel(TextsToLabel, Protocol):
    """Texts that are told from those of another run."""

    @property
    def fingerprint(self) -> str:
        """A hash of ids, texts and labels."""
        ...


class LabelStudioOracle:
    """Pushes each request to a server, and pulls what people decided there.

    Args:
        connector: to the server.
        corpus: the pool's texts, ids and labels.
        guidelines: what annotators are told.
        mode: what they see of the model.
    """

    def __init__(
        self,
        connector: Connector,
        corpus: TextsToLabel,
        *,
        guidelines: str = "",
        mode: SuggestionMode = "ranked",
    ) -> None:
        self.connector = connector
        self._corpus = corpus
        self._guidelines = guidelines
        self._mode = mode

    def ask(self, request: LabelRequest) -> None:
        """Push what is not there yet.

        Raises:
            OracleError: the server cannot be reached, or refuses; asking again goes on where this one was.
        """
        batch = batch_of(request, self._corpus, guidelines=self._guidelines, mode=self._mode)
        self.connector.push(batch, people_of([item.id for item in batch.items], request.people))

    def collect(self, request: LabelRequest) -> Answers:
        """What came in for the request since the last `text-al label-studio pull`, or at all.

        Raises:
            OracleError: the server cannot be reached, or refuses.
            AnswersError: something in it is not the run's.
        """
        pulled = self.connector.pull(self._corpus, batch_id=request.id)
        return next(iter(pulled.answers), Answers(request.id))


@ORACLES.register("label_studio")
def label_studio(
    *,
    url: Url = "http://localhost:8080",
    project: Annotated[str, Field(max_length=50)] = "",
    token_env: Variable = "LABEL_STUDIO_TOKEN",  # noqa: S107 - a name, not a token
    token_file: str = "",
    annotators: Annotated[int, Field(ge=1)] = 1,
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0,
    _folder: Path,
    _corpus: CorpusToLabel,
    _name: str,
    _guidelines: str = "",
    _mode: SuggestionMode = "ranked",
) -> Oracle:
    """People answer in Label Studio, by REST: see docs/label_studio.md.

    Args:
        url: the server's address.
        project: title of the run's project there, 3 letters or more; "" for the run's name.
        token_env: name of the environment variable that holds the token.
        token_file: a file that holds it instead.
        annotators: how many people label each text.
        timeout_seconds: of silence, until a request counts as failed.
        _folder: the run's folder of queries.
        _corpus: the pool's texts, ids and labels.
        _name: the run's name.
        _guidelines: what annotators are told.
        _mode: what they see of the model.
    """
    settings = Settings(url, project, token_env, token_file, annotators, timeout_seconds)
    owner = Owner(_name, _corpus.fingerprint, _guidelines)
    connector = Connector(settings, owner, _folder.parent / FILE)
    return LabelStudioOracle(connector, _corpus, guidelines=_guidelines, mode=_mode)
