"""Several questions at once: each reply is kept the moment it is there, whatever becomes of the others."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime

from text_al.oracles.llm.budget import Budget, Purse, estimated_tokens
from text_al.oracles.llm.client import Client, TextsFailedError
from text_al.oracles.llm.completions import Completion
from text_al.oracles.llm.failures import Failures
from text_al.oracles.llm.journal import Kept
from text_al.oracles.llm.prompt import Message, Prompt
from text_al.oracles.llm.questions import Question
from text_al.types import Label


class Asker:
    """Puts questions to an endpoint, several at a time.

    Args:
        client: reaches the endpoint.
        prompt: the instructions.
        labels: (L,) all labels.
        annotator: the name that replies are kept under.
        settings: the hash of the settings, kept with them.
        budget: prices.
        purse: what may be spent.
        keep: puts replies on the disk; called by several threads.
        max_tokens: most tokens of an answer.
        n_parallel: how many requests are under way at once.
    """

    def __init__(
        self,
        client: Client,
        prompt: Prompt,
        labels: Sequence[Label],
        *,
        annotator: str,
        settings: str,
        budget: Budget,
        purse: Purse,
        keep: Callable[[Sequence[Kept]], None],
        max_tokens: int,
        n_parallel: int,
    ) -> None:
        self._client = client
        self._prompt = prompt
        self._labels = labels
        self._annotator = annotator
        self._settings = settings
        self._budget = budget
        self._purse = purse
        self._keep = keep
        self._max_tokens = max_tokens
        self._n_parallel = n_parallel
        self._failures = Failures(ever_answered=purse.spent.n_replies > 0)

    def ask(self, groups: Sequence[tuple[Question, ...]]) -> None:
        """Asks each group in a request of its own, and keeps the replies.

        The first goes alone: what the endpoint does not take is known before many requests are under way.

        Raises:
            OracleError: the endpoint cannot be used, or fails on all texts.
            BudgetUsedUpError: the rest was not asked.
        """
        try:
            self._ask_at_once(groups[:1])
            self._ask_at_once(groups[1:])
            self._failures.end()
        finally:
            self._keep(self._failures.taken())

    def _ask_at_once(self, groups: Sequence[tuple[Question, ...]]) -> None:
        pool = ThreadPoolExecutor(self._n_parallel, thread_name_prefix="llm")
        try:
            under_way = {pool.submit(self._ask_one, group): group for group in groups}
            for done in as_completed(under_way):
                self._note(done, under_way[done])
        except BaseException:
            self._client.stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)  # what is under way is paid for, and kept

    def _note(self, done: "Future[None]", group: tuple[Question, ...]) -> None:
        try:
            done.result()
        except TextsFailedError as error:
            self._failures.add(error, self._kept(group, failure=str(error)))
        else:
            self._failures.answered()

    def _ask_one(self, group: tuple[Question, ...]) -> None:
        texts, asked = [question.text for question in group], group[0].asked
        messages, schema = self._prompt.messages(texts, asked), self._prompt.schema(len(texts), asked)
        tokens_in = sum(estimated_tokens(message["content"]) for message in messages)
        with self._purse.held(tokens_in, self._max_tokens):
            completion = self._client.complete(messages, schema, draw=f"{group[0].id} {len(group)}")
            reply = self._reply(group, messages, completion)
            self._keep([reply])
            self._purse.pay(reply.usage, tokens_in)

    def _reply(self, group: tuple[Question, ...], messages: Sequence[Message], found: Completion) -> Kept:
        tokens_in, tokens_out = found.tokens_in, found.tokens_out
        estimated = tokens_in is None or tokens_out is None
        if tokens_in is None:
            tokens_in = sum(estimated_tokens(message["content"]) for message in messages)
        if tokens_out is None:
            tokens_out = estimated_tokens(found.content)
        return self._kept(
            group,
            content=found.content,
            finish=found.finish,
            refusal=found.refusal,
            ref=found.ref,
            seconds=found.seconds,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost=self._budget.cost(tokens_in, tokens_out),
            estimated=estimated,
        )

    def _kept(self, group: tuple[Question, ...], **values: object) -> Kept:
        ids = tuple(question.id for question in group)
        asked = tuple(self._labels[label].name for label in group[0].asked)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return Kept(ids, asked, self._annotator, now, settings=self._settings, **values)  # type: ignore[arg-type]
