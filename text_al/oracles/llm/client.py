"""One question to an OpenAI-compatible endpoint: tried again where that may help, explained where not."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from text_al.errors import OracleError
from text_al.oracles.llm.access import Key
from text_al.oracles.llm.completions import Completion, ErrorInsideError, completion_of
from text_al.oracles.llm.dialect import Dialect, complaint_of
from text_al.oracles.llm.prompt import Message
from text_al.oracles.waiting import seconds_to_wait
from text_al.seeds import generator

if TYPE_CHECKING:
    import httpx2

_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})  # 529: overloaded, at some providers
_FAILS_ON_TEXT = frozenset({500, 504})
_MAY_COMPLAIN = frozenset({400, 404, 422, 500, 501})
_ABOUT_TEXTS = re.compile(
    "context[ _](length|size|window)|maximum context|too (long|large|many tokens)|content[ _](filter|policy)"
    "|content management|safety|flagged|moderation|invalid_prompt",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Endpoint:
    """Where a language model is, and how long it is waited for.

    Attributes:
        base_url: up to where "/chat/completions" follows, for example "https://api.example.org/v1".
        timeout_seconds: of silence, until a request counts as failed.
        n_retries: how often a failed request is sent again.
        max_wait_seconds: longest pause before that, whatever the endpoint asks for.
    """

    base_url: str
    timeout_seconds: float
    n_retries: int
    max_wait_seconds: float


class TextsFailedError(Exception):
    """The endpoint works, but perhaps not on these texts.

    Attributes:
        is_slow: it failed after some time, as when it is down; else it refused the texts at once.
    """

    def __init__(self, sentence: str, *, is_slow: bool) -> None:
        self.is_slow = is_slow
        super().__init__(sentence)


class StoppedError(Exception):
    """The client was stopped while it waited to try again."""


@dataclass(frozen=True)
class _Failure:
    """A try that may be repeated; its `retry_after` is the header, its texts may be the cause."""

    sentence: str
    retry_after: str = ""
    may_be_texts: bool = False


class Client:
    """Asks an endpoint; may be used by several threads at once.

    Args:
        endpoint: where it is.
        dialect: how to begin; what the endpoint does not take is left out from then on.
        key: for the endpoint.
        seed: of the pauses, which differ so that threads do not come back together.
        sleep: takes seconds; None waits, but ends at once when the client is stopped.
        transport: instead of the network, in tests.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        dialect: Dialect,
        key: Key,
        *,
        seed: int = 0,
        sleep: Callable[[float], object] | None = None,
        transport: "httpx2.BaseTransport | None" = None,
    ) -> None:
        import httpx2

        self._endpoint = endpoint
        self._dialect = dialect
        self._key = key
        self._seed = seed
        self._stopped = Event()
        self._sleep = self._stopped.wait if sleep is None else sleep
        self._lock = Lock()
        self._url = f"{endpoint.base_url.rstrip('/')}/chat/completions"
        # A redirect would carry the texts, and perhaps the key, to where nobody meant them to go.
        self._http = httpx2.Client(
            timeout=endpoint.timeout_seconds, transport=transport, follow_redirects=False
        )

    def close(self) -> None:
        """Closes all connections."""
        self._http.close()

    def stop(self) -> None:
        """No request is sent again; one that is under way ends as it does."""
        self._stopped.set()

    def complete(self, messages: Sequence[Message], schema: dict[str, Any], *, draw: str) -> Completion:
        """A reply to these messages.

        Args:
            messages: the question.
            schema: of the answer; only endpoints that know schemas are held to it.
            draw: names the question, so that its pauses are its own.

        Raises:
            OracleError: the endpoint cannot be used: unreachable, refuses the key, is no such endpoint.
            TextsFailedError: it failed on these texts, and may do well on others.
            StoppedError: the client was stopped.
        """
        for n_tries in range(self._endpoint.n_retries):
            found = self._try(messages, schema)
            if isinstance(found, Completion):
                return found
            self._pause(found.retry_after, n_tries, draw)
        found = self._try(messages, schema)
        if isinstance(found, Completion):
            return found
        raise self._gave_up(found)

    def _gave_up(self, last: _Failure) -> Exception:
        n_tries = self._endpoint.n_retries + 1
        sentence = f"{last.sentence}, in each of {n_tries} tries" if n_tries > 1 else last.sentence
        if last.may_be_texts:
            return TextsFailedError(sentence, is_slow=True)
        return self._error(f"{sentence}; run again when it can be reached")

    def _pause(self, retry_after: str, n_tries: int, draw: str) -> None:
        share = float(generator(self._seed, n_tries, f"llm pause {draw}").random())
        self._sleep(
            seconds_to_wait(retry_after, n_tries, share=share, longest=self._endpoint.max_wait_seconds)
        )
        if self._stopped.is_set():
            raise StoppedError

    def _try(self, messages: Sequence[Message], schema: dict[str, Any]) -> Completion | _Failure:
        """One try, repeated at once where only something in the request is not known to the endpoint."""
        import httpx2

        while True:
            dialect, began = self._dialect, monotonic()
            headers = {"Content-Type": "application/json", **self._key.headers()}
            try:
                reply = self._http.post(self._url, content=dialect.body(messages, schema), headers=headers)
            except httpx2.TimeoutException as error:
                late = isinstance(error, httpx2.ReadTimeout)
                return _Failure(
                    f"it did not answer within {self._endpoint.timeout_seconds:g} s", may_be_texts=late
                )
            except (httpx2.RequestError, httpx2.InvalidURL, ValueError) as error:
                return _Failure(
                    f"it cannot be reached: {self._key.hidden_in(str(error)) or type(error).__name__}"
                )
            if reply.status_code not in _MAY_COMPLAIN or not self._learn(
                dialect, complaint_of(reply.content)
            ):
                return self._judged(reply, monotonic() - began)

    def _learn(self, used: Dialect, complaint: str) -> bool:
        """Whether there is another way to ask than the one that was complained of."""
        with self._lock:
            if self._dialect == used:
                self._dialect = used.without(complaint) or used
            return self._dialect != used

    def _judged(self, reply: "httpx2.Response", seconds: float) -> Completion | _Failure:
        status = reply.status_code
        if status == 200:
            return self._completion(reply.content, seconds)
        complaint = complaint_of(reply.content)
        said = self._key.hidden_in(f"HTTP {status}{f': {complaint[:300]}' if complaint else ''}")
        if status in (401, 403):
            raise self._error(f"it refuses the key ({said}); check oracle.api_key_env or oracle.api_key_file")
        if status == 402 or (status == 429 and "insufficient_quota" in complaint):
            raise self._error(f"the account has nothing left ({said}); run again when it has")
        if status in _BUSY:
            may_be_texts = status in _FAILS_ON_TEXT
            return _Failure(f"it answers {said}", reply.headers.get("retry-after", ""), may_be_texts)
        if status == 413 or (status in (400, 422) and _ABOUT_TEXTS.search(complaint)):
            raise TextsFailedError(f"the endpoint does not take the text: {said}", is_slow=False)
        if 300 <= status < 400:
            raise self._error(
                f"it answers {status}, a redirect, which is not followed; write where it leads to"
            )
        raise self._error(f"it answers {said}; check oracle.base_url and oracle.model")

    def _completion(self, body: bytes, seconds: float) -> Completion | _Failure:
        try:
            return completion_of(body, seconds)
        except ErrorInsideError as error:
            return _Failure(f"it answers: {self._key.hidden_in(str(error))[:300]}", may_be_texts=True)
        except ValueError:
            sentence = "what it answers is no JSON; check oracle.base_url, which often ends with /v1"
            raise self._error(sentence) from None

    def _error(self, sentence: str) -> OracleError:
        return OracleError(f"oracle llm, {self._endpoint.base_url}: {sentence}")
