"""The labelling page without a browser: a small run, a server in a thread, and a client that knows it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import httpx2
from loop_examples import Learner, Oracle, a_run, write_config, write_jsonl

from text_al.app.desk import Desk
from text_al.app.keys import Keys
from text_al.app.server import create_app
from text_al.app.serving import PageServer, listen_on, place_of
from text_al.app.views import Manner
from text_al.data.generated import generate
from text_al.data.sources import GeneratedSource
from text_al.data.store import RunStore
from text_al.loop.people import People

ANNA, BEN = "anna", "ben"
N = 40


class Page:
    """A browser's side of a page.

    Args:
        port: of its server.
        token: of its link; "" for a browser that was there before.
        desk: of the server, where it runs in this process.
    """

    def __init__(self, port, token="", desk=None):
        self.port, self.token, self.desk = port, token, desk
        self.address = f"http://127.0.0.1:{port}"
        self.http = httpx2.Client(base_url=self.address, timeout=20, trust_env=False)
        if token:
            reply = self.http.get("/", params={"token": token})
            assert reply.status_code == 303, reply.text
        self.headers = {"X-Text-AL": "1", "Origin": self.address, "Content-Type": "application/json"}

    def get(self, path, **params):
        reply = self.http.get(f"/api/{path}", params=params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def send(self, path, body, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.post(f"/api/{path}", content=content, headers={**self.headers, **headers})

    def post(self, path, **body):
        reply = self.send(path, body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def state(self, annotator=ANNA):
        return self.get("state", annotator=annotator)

    def next(self, annotator=ANNA, *held):
        return self.get("next", annotator=annotator, skip=list(held))["item"]

    def answer(self, item, labels=(), annotator=ANNA, **changes):
        return self.post("answer", **body_of(item, labels, annotator, **changes))

    def wait_for(self, phase, annotator=ANNA, seconds=20):
        """The state once it is in this phase and, where it is labelling, not in a grace period."""
        self.wait_for_any(phase, seconds=seconds)
        return self.state(annotator)

    def wait_for_any(self, *phases, seconds=20):
        """The first of these phases that comes."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self.state()
            if state["phase"] in phases and state["starts_in"] is None:
                return state["phase"]
            time.sleep(0.005)
        raise AssertionError(f"still {state['phase']}: {state['error']}")

    def label_batch(self, annotator=ANNA, decide=lambda item: []):
        """Answers all that waits for this annotator; the ids, in order."""
        ids = []
        while (item := self.next(annotator)) is not None:
            self.answer(item, decide(item), annotator)
            ids.append(item["id"])
        return ids

    def close(self):
        self.http.close()


def body_of(item, labels=(), annotator=ANNA, **changes):
    """What the page sends of a text that it showed."""
    return {
        "annotator": annotator, "request": item["request"], "id": item["id"], "status": "labelled",
        "labels": list(labels), "seconds": 2.5, "comment": "",
        "shown": {"mode": item["mode"], "labels": (item["ranked"] or [])[:9]}, "settles": False, **changes,
    }  # fmt: skip


class PeopleOracle(Oracle):
    """People answer on the page alone."""

    def __init__(self):
        super().__init__(waits=range(N))


class SlowLearner(Learner):
    """Fits only once it may.

    Attributes:
        may_fit: set by the test.
    """

    def __init__(self):
        super().__init__()
        self.may_fit, self.is_fitting = threading.Event(), threading.Event()

    def fit(self, *arguments, reporter, **others):
        self.is_fitting.set()
        reporter.stage("train", 10)
        while not self.may_fit.wait(0.005):
            reporter.advance(1)
        self.may_fit.clear()
        self.is_fitting.clear()
        return super().fit(*arguments, reporter=reporter, **others)


def people_run(folder, **settings):
    """A run of parts that can be seen through, which people answer; opened again, it goes on."""
    folder.mkdir(exist_ok=True)
    state = folder / "state.db"
    if not state.exists():
        RunStore.create(state, {}).close()
    store = RunStore.open(state)
    run = a_run(folder, store=store, oracle=PeopleOracle(), **{"people": People(), **settings})
    run.held.callback(store.close)
    return run


@contextmanager
def served(open_run, keys=None, port=0, **manner):
    """A page over a run, in this process."""
    manner = {"name": "run", "grace_seconds": 0.0, **manner}
    desk, keys = Desk(open_run, Manner(**manner)), keys or Keys("s" * 43)
    with listen_on("127.0.0.1", port) as listening:
        place = place_of("127.0.0.1", listening)
        desk.start()
        ready = threading.Event()
        server = PageServer(create_app(desk, keys, place), listening, ready.set)
        thread = threading.Thread(target=server.listen)
        thread.start()
        try:
            assert ready.wait(10)
            page = Page(place.port, keys.token, desk)
            try:
                yield page
            finally:
                page.close()
        finally:
            server.should_exit = True
            thread.join(10)
            assert desk.stop(10)


def tickets():
    """Generated texts as rows of a file, each with its labels."""
    source = GeneratedSource("tickets", 60, 0)
    return [
        {"id": row.id, "text": row.text, "labels": sorted(row.marks.names)}
        for row in generate(source, seed=0)
    ]


def ticket_config(folder, *, asks_people, **changes):
    """A configuration over `tickets`, which people label or the labels beside them."""
    folder.mkdir()
    rows = tickets()
    names = sorted({label for row in rows for label in row["labels"]})
    shown = [{"id": row["id"], "text": row["text"]} for row in rows] if asks_people else rows
    data = {"pool": str(write_jsonl(folder / "pool.jsonl", shown)), "labels": names, "validation": None}
    data["columns"] = {"labels": None} if asks_people else {}
    oracle = {"type": "file" if asks_people else "simulated"}
    active = {"initial_size": 10, "query_size": 5, "budget": 20}
    return write_config(folder, data=data, oracle=oracle, active_learning=active, **changes), names


class LabelProcess:
    """A real `text-al label`, which may be killed.

    Args:
        arguments: after `text-al label`.
        browser: whether it may open one.
    """

    def __init__(self, *arguments, browser=False):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, __file__, "label", *map(str, arguments)]
        command += [] if browser else ["--no-browser"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def page(self):
        """A client of its page, once it says where that is."""
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", line)
        assert found, line + self.process.stderr.read()
        return Page(int(found[1]), found[2])

    def kill(self):
        self.process.kill()
        return self._end()

    def stop(self, number=signal.SIGINT):
        """The exit status and what stands on standard error."""
        self.process.send_signal(number)
        return self._end()

    def _end(self):
        try:
            _, shown = self.process.communicate(timeout=30)
        finally:
            with suppress(ProcessLookupError):
                self.process.kill()
        return self.process.returncode, shown


class ForgedPage:
    """`text-al label` in processes that begin at once; each is to be killed or stopped before the next.

    Args:
        forge: which has imported this module.
        config: the configuration.
        run: the folder of its run.
    """

    def __init__(self, forge, config, run):
        self._forge, self._config, self._kept = forge, config, run / "page.json"

    def page(self):
        """A browser at a new server, which knows it from before."""
        began = self._kept.stat().st_mtime_ns if self._kept.exists() else 0
        self._process = self._forge.start("label", self._config, "--grace", "0", "--no-browser")
        deadline = time.monotonic() + 30
        while not self._kept.exists() or self._kept.stat().st_mtime_ns == began:
            assert time.monotonic() < deadline, "no server began"
            time.sleep(0.002)
        kept = json.loads(self._kept.read_text("utf-8"))
        page = Page(kept["port"])
        page.http.cookies.set(f"text_al_{page.port}", kept["secret"])
        return page

    def kill(self, number=signal.SIGKILL):
        """Sends this signal."""
        os.kill(self._process, number)

    def ended(self):
        """The exit status."""
        return self._forge.end()

    def end(self, number=signal.SIGKILL):
        """The exit status after this signal."""
        self.kill(number)
        return self.ended()


if __name__ == "__main__":
    from text_al.cli import main

    main()
