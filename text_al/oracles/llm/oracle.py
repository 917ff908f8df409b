"""A language model answers, or suggests answers to people."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from text_al.circumstances import MACHINE
from text_al.errors import OracleError
from text_al.oracles.base import TextsToLabel
from text_al.oracles.llm.answering import decision, never_decides, skip, undecided
from text_al.oracles.llm.asking import Asker
from text_al.oracles.llm.budget import Budget, BudgetUsedUpError, Purse
from text_al.oracles.llm.client import Client
from text_al.oracles.llm.journal import Journal, short_hash
from text_al.oracles.llm.prompt import Prompt
from text_al.oracles.llm.questions import Question, questions_of, together
from text_al.oracles.llm.standing import Standing, standings
from text_al.types import Answers, LabelRequest, label_names

LOGGER = logging.getLogger("text_al.oracles.llm")


@dataclass(frozen=True)
class Manner:
    """How texts are asked about.

    Attributes:
        model: the model's name.
        max_tokens: most tokens of an answer.
        n_parallel: how many requests are under way at once.
        n_attempts: how often a text is asked about until it is skipped.
        texts_per_request: how many texts a request holds.
        max_labels: most labels of a question.
        sent: the hash of what else shapes an answer: the endpoint, and what is sent with each question.
    """

    model: str
    max_tokens: int
    n_parallel: int
    n_attempts: int
    texts_per_request: int
    max_labels: int
    sent: str = ""


class LLMOracle:
    """A language model decides; its decisions bear its name, which begins with "llm:".

    Args:
        make_client: a client of the endpoint; called where there is something to ask, and not before.
        corpus: the pool's texts, ids and labels.
        journal: keeps the replies.
        manner: how texts are asked about.
        budget: prices and limits.
        guidelines: what annotators are told.
    """

    def __init__(
        self,
        make_client: Callable[[], Client],
        corpus: TextsToLabel,
        journal: Journal,
        *,
        manner: Manner,
        budget: Budget,
        guidelines: str = "",
    ) -> None:
        self._make_client = make_client
        self._corpus = corpus
        self._journal = journal
        self._manner = manner
        self._budget = budget
        self._prompt = Prompt(corpus.labels, guidelines)

    @property
    def annotator(self) -> str:
        """Who answers: the model, and the prompt by its hash."""
        return f"{MACHINE}{self._manner.model}@{self._prompt.hash}"

    @property
    def settings(self) -> str:
        """The hash of all that shapes an answer; with other settings attempts count anew."""
        return short_hash(self.annotator, replace(self._manner, n_parallel=0, n_attempts=0))

    def ask(self, request: LabelRequest) -> None:
        """Nothing: `collect` asks."""

    def collect(self, request: LabelRequest) -> Answers:
        """An answer for every row; only what no kept reply decides is asked, and so costs anything.

        A row without a decision in so many attempts as are allowed is skipped, and says why.

        Raises:
            OracleError: the endpoint cannot be used, never decides, or the budget is used up; what came in is
                kept, and in the error.
        """
        questions = self.questions(request)
        try:
            self.ask_open(request, questions)
        except OracleError as error:
            error.answers = self._answers(request, questions)
            raise
        return self._answers(request, questions)

    def questions(self, request: LabelRequest) -> tuple[Question, ...]:
        """What each row is asked, in order."""
        return questions_of(request, self._corpus, max_labels=self._manner.max_labels)

    def standings(self, request: LabelRequest) -> Mapping[str, Standing]:
        """Where each text of a request stands, by id, from what is kept."""
        return standings(self._journal.read(request.id), self.settings)

    def ask_open(self, request: LabelRequest, questions: Sequence[Question]) -> None:
        """Asks what is not decided, until it is, or its attempts are used up.

        Raises:
            OracleError: the endpoint cannot be used, or the budget is used up; or all was asked, and not one
                of several texts is decided.
        """
        if self._open(request, questions):
            self._ask_until_none(request, questions)
        known = self.standings(request)
        if never_decides(known, len(questions)):
            path, manner = self._journal.path(request.id), self._manner
            asked = f"the {len(known)} texts of {request.id}"
            raise OracleError(
                f"oracle llm: none of {asked} got a decision, and none is skipped. "
                f"{undecided(known, path, max_tokens=manner.max_tokens, n_attempts=manner.n_attempts)}"
            )

    def _ask_until_none(self, request: LabelRequest, questions: Sequence[Question]) -> None:
        purse = Purse(self._budget, self._journal.spent())
        with closing(self._make_client()) as client:
            asker = self._asker(client, purse, request)
            try:
                while still := self._open(request, questions):
                    asker.ask(still)
            except BudgetUsedUpError as limit:
                raise OracleError(self._used_up(request, questions, purse, limit)) from None
            finally:
                LOGGER.info("%s  %s  in this run so far: %s", request.id, self.annotator, purse.spent)

    def is_exhausted(self, standing: Standing) -> bool:
        """Whether a text was asked about as often as it may be, without a decision."""
        return standing.labels is None and standing.n_attempts >= self._manner.n_attempts

    def _asker(self, client: Client, purse: Purse, request: LabelRequest) -> Asker:
        return Asker(
            client,
            self._prompt,
            self._corpus.labels,
            annotator=self.annotator,
            settings=self.settings,
            budget=self._budget,
            purse=purse,
            keep=lambda replies: self._journal.append(request.id, replies),
            max_tokens=self._manner.max_tokens,
            n_parallel=self._manner.n_parallel,
        )

    def _open(self, request: LabelRequest, questions: Sequence[Question]) -> list[tuple[Question, ...]]:
        """Questions without a decision that may be asked, as they go out together."""
        known = self.standings(request)
        still = [
            question
            for question in questions
            if (standing := known.get(question.id)) is None
            or (standing.labels is None and not self.is_exhausted(standing))
        ]
        attempts = {text_id: standing.n_attempts for text_id, standing in known.items()}
        return list(together(still, attempts, texts_per_request=self._manner.texts_per_request))

    def _used_up(
        self, request: LabelRequest, questions: Sequence[Question], purse: Purse, limit: BudgetUsedUpError
    ) -> str:
        n_open = sum(len(group) for group in self._open(request, questions))
        return (
            f"oracle llm: {n_open} of the {len(questions)} texts of {request.id} are not asked, as the next "
            f"request might go beyond {limit}; this run has taken {purse.spent} in {purse.spent.n_replies:,} "
            f"replies, which are kept in {self._journal.path(request.id).parent}; raise the limit to go on"
        )

    def _answers(self, request: LabelRequest, questions: Sequence[Question]) -> Answers:
        known, places = self.standings(request), self._places()
        if never_decides(known, len(questions)):
            return Answers(request.id)
        found = []
        for rank, (row, question) in enumerate(zip(request.rows, questions, strict=True)):
            standing = known.get(question.id)
            if standing is None:
                continue
            if standing.labels is not None:
                found.append(decision(row, standing, places))
            elif self.is_exhausted(standing):
                considered = None if request.considered is None else request.considered[rank]
                found.append(skip(row, standing, considered))
        return Answers(request.id, tuple(found))

    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(label_names(self._corpus.labels))}
