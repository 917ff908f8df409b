"""A real Label Studio server, started for the tests: its own data, loopback only, nothing sent anywhere.

Label Studio lives in an environment of its own, because it pins much:

    python -m venv ls && ls/bin/pip install label-studio==1.23.2
    TEXT_AL_LABEL_STUDIO=ls/bin/label-studio pytest -m external tests/test_label_studio_real.py

Its first start makes a database, which takes a minute or two. A folder named by TEXT_AL_LABEL_STUDIO_DATA
keeps it for the next time.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx2

VARIABLE, DATA = "TEXT_AL_LABEL_STUDIO", "TEXT_AL_LABEL_STUDIO_DATA"
ADMIN, PASSWORD = "anna@example.org", "correct horse battery"
LEGACY_TOKEN = "0123456789abcdef0123456789abcdef01234567"
_FIRST_START_SECONDS = 240  # it makes its database


def program():
    """The path of the program, or None where it is not there."""
    found = os.environ.get(VARIABLE, "")
    return found if found and Path(found).is_file() else None


WHY_SKIPPED = (
    f"needs Label Studio: python -m venv ls && ls/bin/pip install label-studio==1.23.2, "
    f"then set {VARIABLE}=ls/bin/label-studio"
)


class LabelStudio:
    """A server that can be stopped and started again.

    Args:
        folder: keeps its data.
    """

    def __init__(self, folder):
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = None
        self._log = None
        kept = os.environ.get(DATA, "")
        if kept and not Path(kept).exists():
            self.start()
            self.stop()
            shutil.copytree(folder / "data", kept)
        elif kept:
            shutil.copytree(kept, folder / "data")

    def start(self):
        """Starts it, and waits until it answers."""
        command = [program(), "start", "--no-browser", "--internal-host", "127.0.0.1"]
        self._log = (self.folder / "server.log").open("ab")
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port)], env=self._environment(), stdout=self._log,
            stderr=subprocess.STDOUT, start_new_session=True, cwd=self.folder,
        )  # fmt: skip
        end = time.monotonic() + _FIRST_START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with suppress(httpx2.HTTPError):
                if httpx2.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            time.sleep(0.2)
        log = (self.folder / "server.log").read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"Label Studio did not start:\n{log}")

    def stop(self):
        """Ends it, and all that it started."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)
        self._log.close()
        self._process = None

    def freeze(self):
        """From now on it takes connections, and answers nothing."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self):
        """It answers again."""
        os.killpg(self._process.pid, signal.SIGCONT)

    def person(self, email, *, is_new=False):
        """Somebody who has logged in, or has just made an account."""
        return Person(self.url, email, is_new=is_new)

    def _environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | {
            "LABEL_STUDIO_BASE_DATA_DIR": str(self.folder / "data"),
            "DJANGO_DB": "sqlite",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
            "COLLECT_ANALYTICS": "false",
            "LATEST_VERSION_CHECK": "false",
            "LABEL_STUDIO_USERNAME": ADMIN,
            "LABEL_STUDIO_PASSWORD": PASSWORD,
            "LABEL_STUDIO_USER_TOKEN": LEGACY_TOKEN,
            "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        }


class Person:
    """Somebody in a browser, by the requests that it would send."""

    def __init__(self, url, email, *, is_new):
        self._http = httpx2.Client(base_url=url, follow_redirects=True, timeout=60)
        page = "/user/signup/" if is_new else "/user/login/"
        mark = re.search(r'csrfmiddlewaretoken" value="([^"]+)', self._http.get(page).text)[1]
        form = {"csrfmiddlewaretoken": mark, "email": email, "password": PASSWORD}
        self._http.post(page, data=form, headers={"Referer": url}).raise_for_status()
        self._url = url
        self.id = self.ask("GET", "/api/current-user/whoami")["id"]

    def close(self):
        self._http.close()

    def ask(self, method, path, body=None, **params):
        """What the server answers, out of JSON; None where it answers nothing."""
        headers = {"X-CSRFToken": self._http.cookies.get("csrftoken", ""), "Referer": self._url}
        reply = self._http.request(method, path, json=body, params=params, headers=headers)
        assert reply.is_success, (reply.status_code, reply.text[:500])
        return reply.json() if reply.content else None

    def personal_token(self):
        """A new personal access token; there is one a user."""
        return self.ask("POST", "/api/token/")["token"]

    def choose(self, task, labels, *, skip=False):
        """Answers a task; the annotation's number."""
        body = {"result": _result(labels), "lead_time": 2.5, "was_cancelled": skip}
        return self.ask("POST", f"/api/tasks/{task}/annotations/", body)["id"]

    def edit(self, annotation, labels):
        """Changes an answer."""
        self.ask("PATCH", f"/api/annotations/{annotation}/", {"result": _result(labels)})

    def delete(self, annotation):
        """Takes an answer away."""
        self.ask("DELETE", f"/api/annotations/{annotation}/")


def _result(labels):
    """What the page sends for labels; for none, nothing."""
    value = {"from_name": "labels", "to_name": "text", "type": "choices", "value": {"choices": list(labels)}}
    return [value] if labels else []


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
