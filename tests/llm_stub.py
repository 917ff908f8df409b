"""An endpoint that speaks OpenAI's chat completions, on loopback, and answers what a test tells it to."""

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

from text_al.oracles.llm.access import Key
from text_al.oracles.llm.budget import Budget
from text_al.oracles.llm.client import Client, Endpoint
from text_al.oracles.llm.dialect import Dialect
from text_al.oracles.llm.journal import Journal
from text_al.oracles.llm.oracle import LLMOracle, Manner
from text_al.types import Label, LabelRequest

LABELS = (Label("joy", "is glad", ("hooray",)), Label("anger"), Label('sad "blue", or so', "is sad"))
NAMES = tuple(label.name for label in LABELS)
SECRET = "sk-very-secret-key-0123456789"


@dataclass(frozen=True)
class Reply:
    """What the endpoint sends back; `hold` keeps it from answering until the test is over."""

    body: object = ""
    status: int = 200
    headers: dict = field(default_factory=dict)
    hold: bool = False


def completion(content, *, finish="stop", refusal=None, usage=(100, 10), ref="chatcmpl-1"):
    """A usual response with this content; `usage` None: the endpoint does not count tokens."""
    body = {"id": ref, "choices": [{"message": {"content": content}, "finish_reason": finish}]}
    if refusal is not None:
        body["choices"][0]["message"]["refusal"] = refusal
    if usage is not None:
        body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return Reply(body)


def labels(*names, **more):
    """A usual response: these labels."""
    return completion(json.dumps({"labels": list(names)}), **more)


def error(status, message, **headers):
    """An error as OpenAI words it."""
    return Reply({"error": {"message": message}}, status, headers)


class Stub:
    """The endpoint; `requests` holds what it received, in order, and `headers` what came with that.

    Args:
        answer: takes the request's body and how many there were before it; gives a `Reply`.
    """

    def __init__(self, answer):
        self.answer = answer
        self.requests, self.headers, self.paths = [], [], []
        self.over = Event()
        self.lock = Lock()
        self.n_at_once = self.most_at_once = 0
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with stub.lock:
                    number = len(stub.requests)
                    stub.requests.append(body)
                    stub.headers.append(dict(self.headers))
                    stub.paths.append(self.path)
                    stub.n_at_once += 1
                    stub.most_at_once = max(stub.most_at_once, stub.n_at_once)
                try:
                    self._send(stub.answer(body, number))
                finally:
                    with stub.lock:
                        stub.n_at_once -= 1

            def _send(self, reply):
                if reply.hold:
                    stub.over.wait(30)
                    self.close_connection = True
                    return
                content = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(content.encode())))
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def texts(self):
        """The texts of each request, in order."""
        return [texts_in(body) for body in self.requests]


def texts_in(body):
    """The texts of one request, out of their tags."""
    return re.findall(r"<(text-\w+)[^>]*>\n(.*?)\n</\1>", body["messages"][1]["content"], re.DOTALL)


def text_in(body):
    """The one text of a request."""
    ((_, text),) = texts_in(body)
    return text


@contextmanager
def serving(answer):
    """A stub that is up; `answer` may be one reply for all, a list of replies, or a function."""
    if isinstance(answer, Reply):
        replies = lambda body, number: answer  # noqa: E731
    elif isinstance(answer, list):
        replies = lambda body, number: answer[min(number, len(answer) - 1)]  # noqa: E731
    else:
        replies = answer
    stub = Stub(replies)
    stub.server.daemon_threads = True
    thread = Thread(target=stub.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.over.set()
        stub.server.shutdown()
        thread.join()
        stub.server.server_close()


class Texts:
    """Texts in memory, with ids that no path should hold."""

    def __init__(self, *texts, labels=LABELS):
        self.labels = labels
        self.all_texts = texts

    def ids(self, rows):
        return [f"../{row}" for row in rows]

    def texts(self, rows):
        return [self.all_texts[row] for row in rows]

    def rows_of(self, ids):
        return [int(text_id.removeprefix("../")) for text_id in ids]


def corpus_of(n, labels=LABELS):
    """Texts "text 0", "text 1", ..."""
    return Texts(*(f"text {row}" for row in range(n)), labels=labels)


def request(n, name="round-003", **more):
    """A request for rows 0 to n - 1."""
    rows = tuple(range(n))
    return replace(LabelRequest(name, 3, rows, None, tuple("why" for _ in rows), "margin"), **more)


def oracle(
    url,
    folder,
    corpus,
    *,
    sleeps=None,
    key="",
    n_retries=2,
    timeout_seconds=10.0,
    dialect=(),
    budget=Budget(),  # noqa: B008
    guidelines="",
    **manner,
):
    """An oracle that waits for nothing between tries; `sleeps` collects for how long it would have."""
    endpoint = Endpoint(url, timeout_seconds, n_retries, 60.0)
    usual = {"n_parallel": 1, "n_attempts": 2, "texts_per_request": 1, "max_labels": 100}
    how = Manner(**{"model": "stub", "max_tokens": 50, **usual, **manner})
    paused = [] if sleeps is None else sleeps
    spoken = Dialect("stub", how.max_tokens, **dict(dialect))
    return LLMOracle(
        lambda: Client(endpoint, spoken, Key(key), sleep=paused.append),
        corpus,
        Journal(folder / "llm"),
        manner=how,
        budget=budget,
        guidelines=guidelines,
    )


def decided(answers):
    """What each answer comes down to."""
    return [(answer.row, answer.status, answer.targets) for answer in answers.answers]
