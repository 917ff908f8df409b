"""A server that answers as Label Studio 1.23.2 was seen to answer, and fails when told to."""

import base64
import json
import threading
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

LEGACY = "0123456789abcdef0123456789abcdef01234567"


def jwt(**claims):
    """A token of three parts; nobody checks the third."""
    parts = [json.dumps({"alg": "HS256"}), json.dumps(claims), "a signature"]
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


PERSONAL = jwt(token_type="refresh", user_id="1", iat=0, exp=8_000_000_000)


class Stub:
    """The server's state, and what it does wrong.

    Attributes:
        requests: (method, path, headers, body) of all that came.
        faults: (method, the path's beginning, fault) to be met by the next request that fits, in order; a
            fault is a status, "hang", "late" (it does what it should, and never says so), "page", "empty",
            "moved" or "away".
        takes_legacy: whether legacy tokens are let in.
        bought: access tokens that are let in.
    """

    def __init__(self):
        self.requests, self.faults = [], []
        self.takes_legacy, self.bought, self.lifetime = True, set(), 300
        self.projects, self.tasks, self.views = {}, {}, {}
        self.n_annotations = 0
        self.moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.released = threading.Event()
        self.lock = threading.Lock()

    def count(self, method, path):
        """How many requests of this kind came."""
        return sum(one[0] == method and one[1].startswith(path) for one in self.requests)

    def tick(self, seconds=1):
        """The time by its clock, which goes on."""
        self.moment += timedelta(seconds=seconds)
        return self.moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def annotate(self, task, labels, *, person=1, skip=False, key=None):
        """Somebody answers a task, or changes the answer `key`; its number."""
        found = self.tasks[task]
        value = {"from_name": "labels", "to_name": "text", "type": "choices", "value": {"choices": labels}}
        if key is None:
            self.n_annotations += 1
            key = self.n_annotations
            found["annotations"].append({"id": key, "completed_by": person, "created_at": self.tick()})
        own = next(one for one in found["annotations"] if one["id"] == key)
        now = self.tick()
        result = [value] if labels else []
        own |= {"result": result, "was_cancelled": skip, "lead_time": 2.5, "updated_at": now}
        found["updated_at"] = now
        return key

    # what it does for each request

    def refresh(self, body):
        if body.get("refresh") != PERSONAL:
            return 401, _refusal(401, "Token is invalid")
        access = jwt(token_type="access", user_id="1", iat=0, exp=self.lifetime, jti=str(uuid.uuid4()))
        self.bought.add(access)
        return 200, {"access": access}

    def projects_listed(self, query):
        found = sorted(self.projects.values(), key=lambda one: -one["id"])
        return _page(found, query, "results", "count")

    def project_made(self, body):
        if len(body["title"]) < 3:
            wrong = {"title": ["Ensure this field has at least 3 characters."]}
            return 400, _refusal(400, "Validation error") | {"validation_errors": wrong}
        key = len(self.projects) + 1
        self.projects[key] = {"model_version": "", **body, "id": key}
        return 201, self._shown(key)

    def project(self, key, body=None):
        if key not in self.projects:
            return 404, _refusal(404, "No Project matches the given query.")
        self.projects[key] |= body or {}
        return 200, self._shown(key)

    def _shown(self, key):
        found = dict(self.projects[key])
        found["label_config"] = found["label_config"].strip()
        choices = [one.get("value") for one in ET.fromstring(found["label_config"]).iter("Choice")]
        return found | {"parsed_label_config": {"labels": {"type": "Choices", "labels": choices}}}

    def imported(self, project, tasks):
        ids = []
        for task in tasks:
            key = len(self.tasks) + 1
            ids.append(key)
            self.tasks[key] = {
                "id": key, "project": project, "data": task["data"], "overlap": 1, "annotations": [],
                "predictions": task.get("predictions", []), "updated_at": self.tick(0.001),
            }  # fmt: skip
        return 201, {"task_count": len(ids), "task_ids": ids}

    def tasks_listed(self, query):
        own = [task for task in self.tasks.values() if task["project"] == int(query["project"])]
        items = json.loads(query.get("query", "{}")).get("filters", {}).get("items", [])
        for item in items:
            if item["filter"] == "filter:tasks:data.text_al_batch":
                own = [task for task in own if task["data"].get("text_al_batch") == item["value"]]
            elif item["filter"] == "filter:tasks:updated_at":
                datetime.strptime(item["value"], "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007
                own = [task for task in own if task["updated_at"] > item["value"]]
            else:
                return 500, _refusal(500, "no such filter")
        status, found = _page(own, query, "tasks", "total")
        if status == 200 and query.get("fields") != "all":
            hidden = ("annotations", "predictions")
            found["tasks"] = [
                {name: value for name, value in task.items() if name not in hidden} for task in found["tasks"]
            ]
        return status, found

    def answer(self, method, path, query, body):  # noqa: C901 - a table
        """(status, JSON) for a request that was let in."""
        parts = path.strip("/").split("/")
        match method, parts:
            case "GET", ["api", "projects"]:
                return self.projects_listed(query)
            case "POST", ["api", "projects"]:
                return self.project_made(body)
            case (("GET" | "PATCH"), ["api", "projects", key]):
                return self.project(int(key), body)
            case "POST", ["api", "projects", key, "import"]:
                return self.imported(int(key), body)
            case "GET", ["api", "tasks"]:
                return self.tasks_listed(query)
            case "PATCH", ["api", "tasks", key]:
                self.tasks[int(key)] |= body
                return 200, self.tasks[int(key)]
            case "GET", ["api", "dm", "views"]:
                return 200, [one for one in self.views.values() if one["project"] == int(query["project"])]
            case "POST", ["api", "dm", "views"]:
                self.views[len(self.views) + 1] = {**body, "id": len(self.views) + 1}
                return 201, self.views[len(self.views)]
        return 404, _refusal(404, "Not found.")

    def is_let_in(self, header):
        """None, or the refusal."""
        kind, _, value = header.partition(" ")
        if kind == "Token" and value == LEGACY:
            return None if self.takes_legacy else _refusal(401, _PHASED_OUT)
        if kind == "Token":
            return _refusal(401, "Invalid token.")
        if kind == "Bearer" and value in self.bought:
            return None
        return _refusal(401, "Authentication credentials were not provided.")

    def next_fault(self, method, path):
        """The fault that this request meets."""
        for place, (of_method, beginning, fault) in enumerate(self.faults):
            if of_method == method and path.startswith(beginning):
                del self.faults[place]
                return fault
        return None


_PHASED_OUT = (
    "Authentication token no longer valid: "
    "legacy token authentication has been disabled for this organization"
)


def _refusal(status, detail):
    return {
        "id": str(uuid.uuid4()),
        "status_code": status,
        "version": "1.23.2",
        "detail": detail,
        "exc_info": None,
    }


def _page(found, query, name, total):
    size, page = int(query.get("page_size", 100)), int(query.get("page", 1))
    if page > 1 and (page - 1) * size >= len(found):
        return 404, _refusal(404, "Invalid page.")
    return 200, {total: len(found), name: found[(page - 1) * size : page * size]}


def _handler(stub):  # noqa: C901 - all that a server can do wrong
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # in one piece: a second one would wait for the first to be acknowledged

        def log_message(self, *arguments):
            """Says nothing."""

        def _serve(self):
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(raw) if raw else None
            with stub.lock:
                stub.requests.append((self.command, parts.path, dict(self.headers), body))
                fault = stub.next_fault(self.command, parts.path)
                status, found = (
                    (0, None) if fault not in (None, "late") else self._done(parts.path, query, body)
                )
            if fault in ("hang", "late"):
                stub.released.wait(20)
            if fault in ("hang", "late", "away"):
                self.close_connection = True
                return
            if fault == "page":
                self._send(200, b"<!doctype html><title>Sign in</title>", "text/html")
            elif fault == "empty":
                self._send(200, b"{}")
            elif fault == "moved":
                self._send(302, b"", "text/html", Location="https://elsewhere.example.org/login?next=x")
            elif fault is not None:
                self._send(int(fault), json.dumps(_refusal(int(fault), "busy")).encode())
            else:
                self._send(status, json.dumps(found).encode())

        def _done(self, path, query, body):
            if path == "/api/token/refresh/":
                return stub.refresh(body)
            refusal = stub.is_let_in(self.headers.get("Authorization", ""))
            return (401, refusal) if refusal else stub.answer(self.command, path, query, body)

        def _send(self, status, content, kind="application/json", **headers):
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": len(content), **headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815

    return Handler


@contextmanager
def serving(stub):
    """The address of a server with this state, as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        stub.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
