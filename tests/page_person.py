"""Somebody at the labelling page in a real browser."""

import importlib.util
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    f"--{flag}"
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
    )
]

NEEDS = [
    pytest.mark.external,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="Playwright is not installed"),
]


class Person:
    """Somebody at the page: reads what is on it, presses keys."""

    def __init__(self, page, stub):
        self.page, self.stub = page, stub

    def come(self, name="anna"):
        self.page.goto(self.stub.url)
        self.page.get_by_label("Your name").fill(name)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(
            "#text .words, .state-waiting, .state-grace, .state-training, .state-failed"
        )
        return self

    def press(self, *keys):
        for key in keys:
            # Nobody presses keys at a page that says "one moment".
            self.page.wait_for_selector(".state-fetching, .state-starting", state="hidden")
            self.page.keyboard.press(key)
        return self

    def type(self, words):
        self.page.keyboard.type(words)
        return self

    @property
    def text(self):
        return self.page.locator("#text .words").text_content()

    @property
    def ticked(self):
        return self.page.locator("#ticked .on .label-name").all_text_contents()

    @property
    def saving(self):
        return self.page.locator("#saving").text_content()

    def until(self, truth, what="it to happen", seconds=10):
        """Waits for something outside the page; the page goes on meanwhile."""
        end = time.monotonic() + seconds
        while not truth():
            assert time.monotonic() < end, f"waited {seconds} s for {what}"
            self.page.wait_for_timeout(20)
        return self

    def until_saved(self, n_answers):
        return self.until(lambda: len(self.stub.answers()) >= n_answers, f"{n_answers} answers").until(
            lambda: self.saving.startswith("saved"), "the page to say saved"
        )


@contextmanager
def visit(browser, stub, *, faults=False, **context):
    """A person at the page; on leaving, the page must have broken no policy and raised no error."""
    said = []
    opened = browser.new_context(
        **{"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", **context}
    )
    page = opened.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    try:
        yield Person(page, stub)
    finally:
        opened.close()
    expected = "Failed to load resource" if faults else "nothing"
    assert [words for words in said if expected not in words] == []
    assert stub.problems == []
