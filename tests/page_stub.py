"""The labelling page's server, imitated: its contract and its headers, in memory, with faults on order."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from page_examples import GUIDELINES, SENTENCES, make_item, make_labels

STATIC = Path(__file__).parents[1] / "text_al" / "app" / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
KINDS = {".css": "text/css", ".js": "text/javascript", ".html": "text/html", ".svg": "image/svg+xml"}


class PageStub:
    """Serves the page and its API on loopback; a context manager.

    Attributes:
        log: every answer and withdrawal that reached the disk, in order.
        kept: (annotator, id) -> the answer that holds.
        lose_replies: so many answers are kept, but the browser hears nothing of it.
        deaf: answers are neither kept nor replied to.
        refuse: ids whose answers are refused.
        opened: (id, request) of each text that was asked for by its id.
    """

    def __init__(self, *, n_labels=28, n_texts=50, mode="ranked", texts=None, **project):
        self.labels = make_labels(n_labels) if "labels" not in project else project.pop("labels")
        texts = texts or [f"{SENTENCES[i % len(SENTENCES)]} ({i})" for i in range(n_texts)]
        self.mode = mode
        self.items = [
            make_item(i, text, len(texts), labels=self.labels, mode=self.mode) for i, text in enumerate(texts)
        ]
        self.project = {
            "name": "my_corpus",
            "labels": self.labels,
            "guidelines": GUIDELINES,
            "mode": mode,
            "default_annotator": "",
            "grace_seconds": 8,
            "n_texts": 12_345,
            **project,
        }
        self.state = {
            "phase": "labelling",
            "starts_in": None,
            "progress": None,
            "curve": {
                "metric": "macro-F1 (out of fold)",
                "points": [[50, 0.31], [100, 0.41], [150, 0.47], [200, 0.515]],
            },
            "budget": {
                "labelled": 212,
                "skipped": 3,
                "pending": 38,
                "budget": 1000,
                "n_rounds_left": 15,
                "queue_size": 50,
            },
            "outcome": "",
            "error": "",
            "disagreements": 0,
            "annotators": [{"name": "anna", "answers": 120}, {"name": "ben", "answers": 92}],
            "last_saved": None,
            "speed": {"median_seconds": 6.2, "minutes_left": 4.1},
        }
        self.request = "round-003"
        self.disagreements = []
        self.log, self.kept, self.problems, self.opened = [], {}, [], []
        self.lose_replies, self.deaf, self.refuse = 0, False, set()
        self.train_calls, self.version = 0, 1
        self._lock = threading.RLock()
        self._port = 0
        self._server = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        """Where the page is."""
        return f"http://127.0.0.1:{self._port}/"

    def start(self):
        """Begins to listen, again at the port it had."""
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", self._port), type("Handler", (_Handler,), {"stub": self})
        )
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def stop(self):
        """Nobody listens any more; what was answered is kept."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def change(self, **state):
        """Sets parts of the state, as training would."""
        with self._lock:
            self.state.update(state)
            self.version += 1

    def next_batch(self, request, texts):
        """Training is over: new texts wait."""
        with self._lock:
            self.request = request
            self.items = [
                {
                    **make_item(i, text, len(texts), labels=self.labels, mode=self.mode),
                    "id": f"{request}-{i}",
                    "request": request,
                }
                for i, text in enumerate(texts)
            ]
            self.change(phase="labelling", starts_in=None, progress=None)

    def labels_of(self, text_id, annotator="anna"):
        """The names that hold for a text."""
        return {self.labels[i]["name"] for i in self.kept[annotator, text_id]["labels"]}

    def answers(self):
        """The answers in order, without withdrawals."""
        return [entry for entry in self.log if "status" in entry]

    # What the contract says, path by path

    def get(self, path, query):
        who = query.get("annotator", [""])[0]
        with self._lock:
            if path == "/api/project":
                return self.project
            if path == "/api/state":
                return self._state(who)
            if path == "/api/next":
                return {"item": self._next(who, query.get("skip", [])), "state": self._state(who)}
            if path == "/api/mine":
                return {"answers": self._mine(who)[: int(query["limit"][0])]}
            if path == "/api/item":
                self.opened.append((query["id"][0], query["request"][0]))
                return {"item": self._with_answer(self._find(query["id"][0]), who)}
            if path == "/api/disagreements":
                return {"items": self.disagreements}
        return None

    def post(self, path, body):
        with self._lock:
            self.version += 1
            if path == "/api/answer":
                return self._take(body)
            if path == "/api/withdraw":
                self.log.append({"withdraw": body["id"]})
                self.kept.pop((body["annotator"], body["id"]), None)
                self.state["starts_in"] = None
                return {"item": self._with_answer(self._find(body["id"]), body["annotator"])}
            if path == "/api/train":
                self.train_calls += 1
                self.state.update(phase="training", starts_in=None)
                return {"started": True}
        return None

    def _take(self, body):
        if body["id"] in self.refuse:
            return 409, {"error": "This text has been withdrawn from the corpus.", "code": "gone"}
        self._check(body)
        self.log.append(body)
        self.kept[body["annotator"], body["id"]] = body
        if body["settles"]:
            self.disagreements = [item for item in self.disagreements if item["id"] != body["id"]]
            self.state["disagreements"] = len(self.disagreements)
        left = self._left(body["annotator"])
        if left == 0 and self.state["phase"] == "labelling":
            self.state["starts_in"] = float(self.project["grace_seconds"])
        return {"saved": True, "at": "2026-11-20T12:03:22Z", "n_yours_left": left, "version": self.version}

    def _check(self, body):
        wanted = {"annotator", "request", "id", "status", "labels", "seconds", "comment", "shown", "settles"}
        if body["settles"]:
            wanted.add("considered")
        if set(body) != wanted or body["status"] not in {"labelled", "skipped", "unsure", "rejected"}:
            self.problems.append(body)
        if (
            not all(0 <= label < len(self.labels) for label in body["labels"])
            or len(body["shown"]["labels"]) > 12
        ):
            self.problems.append(body)

    def _left(self, who):
        return sum((who, item["id"]) not in self.kept for item in self.items)

    def _state(self, who):
        left = self._left(who)
        done = len(self.items) - left
        request = {
            "id": self.request,
            "round": 3,
            "n": len(self.items),
            "n_done": done,
            "n_yours_done": done,
            "n_yours_left": left,
            "purpose": "train",
        }
        return {"version": self.version, "request": request, **self.state}

    def _next(self, who, skip):
        if self.state["phase"] != "labelling":
            return None
        open_ = (i for i in self.items if (who, i["id"]) not in self.kept and i["id"] not in skip)
        return next(open_, None)

    def _mine(self, who):
        mine = {body["id"]: body for body in self.answers() if (who, body["id"]) in self.kept}
        return [
            {**body, "text": self._find(body["id"])["text"], "at": "2026-11-20T12:03:22Z", "open": True}
            for body in reversed(mine.values())
        ]

    def _find(self, text_id):
        return next(item for item in [*self.items, *self.disagreements] if item["id"] == text_id)

    def _with_answer(self, item, who):
        return {**item, "answer": self.kept.get((who, item["id"]))}


class _Handler(BaseHTTPRequestHandler):
    stub: PageStub

    def do_GET(self):
        address = urlsplit(self.path)
        if address.path.startswith("/api/"):
            return self._json(self.stub.get(address.path, parse_qs(address.query)))
        name = "index.html" if address.path == "/" else Path(address.path).name
        return self._send(200, KINDS[Path(name).suffix], (STATIC / name).read_bytes())

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["X-Text-AL"] != "1" or self.headers["Content-Type"] != "application/json":
            self.stub.problems.append(dict(self.headers))
        if self.stub.deaf:
            return self._hang_up()
        found = self.stub.post(urlsplit(self.path).path, body)
        if self.path == "/api/answer" and self.stub.lose_replies:
            self.stub.lose_replies -= 1
            return self._hang_up()
        return self._json(found)

    def _hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _json(self, found):
        status, body = found if isinstance(found, tuple) else (200 if found is not None else 404, found)
        return self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: a test's output is pytest's."""
