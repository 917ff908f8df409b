"""Requests to a Label Studio server: tried again where that may help, explained where not."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from text_al.errors import OracleError
from text_al.oracles.label_studio.access import Access
from text_al.oracles.label_studio.refusals import ServerAwayError, UncertainError, sentence_of
from text_al.oracles.label_studio.tokens import Token
from text_al.oracles.waiting import seconds_to_wait

if TYPE_CHECKING:
    import httpx2

_BUSY = frozenset({429, 500, 502, 503, 504})
_NOT_DONE = frozenset({429})  # the server says that it has not even begun
_LONGEST_WAIT = 30.0


@dataclass(frozen=True)
class _Trouble:
    """A try that may be repeated."""

    sentence: str
    may_be_done: bool
    retry_after: str = ""


class Client:
    """Speaks to one server, as a context manager; not for several threads.

    Args:
        url: the server's address; paths follow it.
        token: of either kind.
        timeout_seconds: of silence, until a request counts as failed.
        n_retries: how often a failed request is sent again.
        sleep: takes seconds.
        clock: seconds, which only grow.
        transport: instead of the network, in tests.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        *,
        timeout_seconds: float = 30.0,
        n_retries: int = 3,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        transport: "httpx2.BaseTransport | None" = None,
    ) -> None:
        import httpx2

        self.url = url.rstrip("/")
        self._access = Access(token, clock)
        self._timeout_seconds = timeout_seconds
        self._n_retries = n_retries
        self._sleep = sleep
        # A redirect would carry the token, and perhaps texts, to where nobody meant them to go.
        self._http = httpx2.Client(timeout=timeout_seconds, transport=transport, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes all connections."""
        self._http.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """What the server has at a path, out of JSON.

        Raises:
            ServerAwayError: it cannot be reached now.
            OracleError: it refuses, or is no Label Studio.
        """
        return self._json(self._repeated("GET", path, params=params))

    def find(self, path: str) -> Any:
        """The same; None where the server says that there is no such thing."""
        reply = self._repeated("GET", path)
        return None if reply.status_code == 404 and _is_json(reply) else self._json(reply)

    def change(self, path: str, body: Mapping[str, Any]) -> Any:
        """Sets these fields of what is at a path; twice is once."""
        return self._json(self._repeated("PATCH", path, body=body))

    def make(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Makes something; never sent again once it may have arrived.

        Raises:
            UncertainError: it may have been made, or not.
            ServerAwayError: it cannot be reached now, and nothing was made.
            OracleError: it refuses, or is no Label Studio.
        """
        return self._json(self._repeated("POST", path, body=body, params=params, is_repeatable=False))

    def make_once(self, path: str, body: Any, find: Callable[[], Any]) -> Any:
        """Makes something, once, even if the server is slow: `find` finds it again, or gives None."""
        for n_tries in range(self._n_retries + 1):
            try:
                return self.make(path, body)
            except UncertainError as error:
                sentence = str(error)
            self.pause(n_tries)
            found = find()
            if found is not None:
                return found
        raise ServerAwayError(sentence)

    def pause(self, n_tries: int, retry_after: str = "") -> None:
        """Leaves the server alone, the longer the more often it failed."""
        self._sleep(seconds_to_wait(retry_after, n_tries, share=0.5, longest=_LONGEST_WAIT))

    def _repeated(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        is_repeatable: bool = True,
    ) -> "httpx2.Response":
        for n_tries in range(self._n_retries + 1):
            found = self._try(method, path, body, params)
            if not isinstance(found, _Trouble):
                return found
            if found.may_be_done and not is_repeatable:
                raise UncertainError(self._said(found.sentence))
            sentence = found.sentence
            if n_tries < self._n_retries:
                self.pause(n_tries, found.retry_after)
        tries = f", in each of {self._n_retries + 1} tries" if self._n_retries else ""
        raise ServerAwayError(self._said(f"{sentence}{tries}; nothing is lost, try again later"))

    def _try(
        self, method: str, path: str, body: Any, params: Mapping[str, Any] | None
    ) -> "httpx2.Response | _Trouble":
        """One try, under an access token that is bought anew where the server does not take it any more."""
        may_be_stale = self._access.token.is_personal and self._access.is_there
        if not self._access.is_there and (trouble := self._buy()):
            return trouble
        found = self._sent(method, path, body, params, {"Authorization": self._access.header()})
        if may_be_stale and not isinstance(found, _Trouble) and found.status_code == 401:
            self._access.drop()
            return self._try(method, path, body, params)
        return found

    def _buy(self) -> _Trouble | None:
        """Exchanges the personal access token for an access token, or says why it cannot now."""
        began = self._access.now()
        reply = self._sent("POST", "/api/token/refresh/", self._access.token.to_exchange(), None, {})
        if isinstance(reply, _Trouble):
            return replace(reply, may_be_done=False)
        if not self._access.keep(self._json(reply), began):
            raise self._error("it gave no access token for the personal access token; check the url")
        return None

    def _sent(
        self, method: str, path: str, body: Any, params: Mapping[str, Any] | None, headers: dict[str, str]
    ) -> "httpx2.Response | _Trouble":
        import httpx2

        try:
            reply = self._http.request(method, f"{self.url}{path}", json=body, params=params, headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return _Trouble(f"it cannot be reached ({str(error) or type(error).__name__})", may_be_done=False)
        except httpx2.TimeoutException:
            return _Trouble(f"it did not answer within {self._timeout_seconds:g} s", may_be_done=True)
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            return _Trouble(f"the connection broke ({str(error) or type(error).__name__})", may_be_done=True)
        if reply.status_code not in _BUSY:
            return reply
        sentence = self._sentence(reply)
        return _Trouble(sentence, reply.status_code not in _NOT_DONE, reply.headers.get("retry-after", ""))

    def _json(self, reply: "httpx2.Response") -> Any:
        """What an answer holds, once its status is known: an error's body has an "id" too."""
        status = reply.status_code
        if 300 <= status < 400:
            place = urlsplit(reply.headers.get("location", ""))
            goal = f"{place.scheme}://{place.netloc}" if place.netloc else "another page"
            raise self._error(
                f"it redirects to {goal}, which is not followed; write the url that it leads to"
            )
        if status >= 400:
            raise self._error(self._sentence(reply))
        if status == 204:
            return None
        if not _is_json(reply):
            raise self._error("it answers with a page, not with JSON; check the url, and any proxy before it")
        return reply.json()

    def _sentence(self, reply: "httpx2.Response") -> str:
        return sentence_of(reply.status_code, reply.content, is_personal=self._access.token.is_personal)

    def _error(self, sentence: str) -> OracleError:
        return OracleError(self._said(sentence))

    def _said(self, sentence: str) -> str:
        return f"Label Studio at {self.url}: {self._access.hidden_in(sentence)}"


def _is_json(reply: "httpx2.Response") -> bool:
    try:
        reply.json()
    except ValueError:
        return False
    return True
