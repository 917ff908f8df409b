"""A language model suggests, people decide."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from text_al.circumstances import SuggestionMode
from text_al.oracles.base import Oracle
from text_al.oracles.batches import is_blind
from text_al.oracles.llm.oracle import LLMOracle
from text_al.oracles.llm.questions import Question
from text_al.oracles.suggestions import Suggestion, suggestions_file, write_suggestions
from text_al.types import Answers, LabelRequest


class SuggestingOracle:
    """Keeps what a language model would answer beside the batch, and leaves the answers to people.

    Args:
        model: the language model.
        people: whoever answers.
        folder: where the suggestions go.
        mode: what people see; a text whose suggestion would be hidden is not asked about.
    """

    def __init__(self, model: LLMOracle, people: Oracle, folder: Path, *, mode: SuggestionMode) -> None:
        self._model = model
        self._people = people
        self._folder = folder
        self._mode = mode

    def ask(self, request: LabelRequest) -> None:
        """Asks the model, then people; where the suggestions are there already, people only.

        Raises:
            OracleError: the endpoint cannot be used, or the budget is used up; what came in is kept.
        """
        if not suggestions_file(self._folder, request.id).exists():
            questions = self._shown(request)
            self._model.ask_open(request, questions)
            write_suggestions(self._folder, request.id, self._made(request, questions))
        self._people.ask(request)

    def collect(self, request: LabelRequest) -> Answers:
        """What people have answered, never what the model suggests."""
        return self._people.collect(request)

    def _shown(self, request: LabelRequest) -> list[Question]:
        questions = self._model.questions(request)
        return [one for rank, one in enumerate(questions) if not is_blind(request, rank, self._mode)]

    def _made(self, request: LabelRequest, questions: Sequence[Question]) -> Iterator[Suggestion]:
        """Of the texts that the model decides on; the others have none."""
        known = self._model.standings(request)
        for question in questions:
            standing = known.get(question.id)
            if standing is not None and standing.labels is not None:
                kept = standing.kept
                yield Suggestion(question.id, standing.labels, kept.annotator, kept.at, kept.asked)
